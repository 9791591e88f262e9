/** What was told of a lead to whom, by which way, and what became of it. */
import type { NotNull } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import type { Audience, NoticeDetail, NoticeKind } from '../notify/notice.ts';

export interface ToldNotice {
  readonly id: string;
  readonly offerId: string;
  readonly partnerId: string;
  readonly kind: NoticeKind;
  readonly audience: Audience;
  /** `mail`, or the name of another way. */
  readonly channel: string;
  readonly detail: NoticeDetail;
  /** When it was decided (ISO). */
  readonly at: string;
  readonly state: 'waiting' | 'sent' | 'dropped' | 'failed';
  readonly sentAt: string | null;
  /** While it waits: not before then. */
  readonly notBefore: string;
  /** Why it was not sent, or not yet. */
  readonly message: string | null;
}

/** The notices of a lead, oldest first. */
export async function noticesOfLead(db: Queryable, leadId: string): Promise<ToldNotice[]> {
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('lead_id', '=', leadId)
    .where('offer_id', 'is not', null)
    .$narrowType<{ offer_id: NotNull }>()
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    offerId: row.offer_id,
    partnerId: row.partner_id,
    kind: row.kind as NoticeKind,
    audience: row.audience as Audience,
    channel: row.channel,
    detail: row.detail as NoticeDetail,
    at: row.created_at,
    state: row.state as ToldNotice['state'],
    sentAt: row.sent_at,
    notBefore: row.not_before,
    message: row.message,
  }));
}

/** What a notice says, in a few words: "warning: first-touch comes near". */
export function noticeWords({ kind, detail }: Pick<ToldNotice, 'kind' | 'detail'>): string {
  const deadline = detail.deadline ?? 'accept';
  switch (kind) {
    case 'offer':
      return 'offer';
    case 'warning':
      return `warning: ${deadline} comes near`;
    case 'escalation':
      return `escalation: no ${deadline} yet`;
    case 'missed':
      return `${deadline} missed${detail.follows === null || detail.follows === 'none' ? '' : `: ${detail.follows}`}`;
    case 'taken':
      return 'offer taken back';
  }
}

/** What became of it: "sent 2026-03-02T09:00:00.000Z", "failed: no address". */
export function noticeFate({ state, sentAt, notBefore, message }: ToldNotice): string {
  const why = message === null ? '' : `: ${message}`;
  switch (state) {
    case 'sent':
      return `sent ${sentAt ?? ''}`.trim();
    case 'waiting':
      return `waits until ${notBefore}${why}`;
    case 'dropped':
      return `not sent${why}`;
    case 'failed':
      return `failed${why}`;
  }
}
