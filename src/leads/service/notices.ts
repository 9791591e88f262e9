/** The notices in the store: written with what they tell of, claimed and settled by who sends them. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import { type PersonFacts, personOf } from '../../model/person.ts';
import { upsert } from '../../store/bulk.ts';
import type { Database, Queryable } from '../../store/database.ts';
import {
  type Audience,
  type NoticeDetail,
  type NoticeEvent,
  type NoticeKind,
  type NoticeRules,
  noticesOf,
} from '../notify/notice.ts';

/** Writes what is to be told, in the transaction that decided it. */
export async function keepNotices(
  tx: Queryable,
  events: readonly NoticeEvent[],
  rules: NoticeRules,
  now: number,
): Promise<void> {
  if (events.length === 0) return;
  const wishing = rules.wished ? await partnersWishing(tx, events) : new Set<string>();
  await upsert(
    tx,
    'notices',
    events
      .flatMap((event) => noticesOf(event, rules, now, wishing.has(event.offer.partnerId)))
      .map((notice) => ({
        id: notice.id,
        kind: notice.kind,
        channel: notice.channel,
        audience: notice.audience,
        partner_id: notice.partnerId,
        offer_id: notice.offerId,
        lead_id: notice.leadId,
        detail: notice.detail,
        digest: notice.digest,
        created_at: iso(now),
        state: 'waiting',
        not_before: iso(notice.notBefore),
        attempts: 0,
        sent_at: null,
        message: null,
      })),
    ['id'],
    [],
  );
}

/** Those of the partners concerned that want to be told once a day. */
async function partnersWishing(tx: Queryable, events: readonly NoticeEvent[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(events.map(({ offer }) => offer.partnerId))];
  const { rows } = await sql<{ id: string }>`
    select id from partners where id = any(${ids}::text[]) and facts->>'dailyDigest' = 'true'`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

/** A notice that is due, with what it is about as that is now. */
export interface DueNotice {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly channel: string;
  readonly audience: Audience;
  readonly detail: NoticeDetail;
  readonly digest: boolean;
  readonly attempts: number;
  readonly offer: { readonly id: string; readonly status: string; readonly acceptBy: string };
  readonly lead: { readonly id: string; readonly state: string; readonly grade: string | null };
  readonly partner: { readonly id: string; readonly facts: PartnerFacts };
  readonly person: PersonFacts;
}

/**
 * Claims up to `limit` notices that are due: for `holdMs` nobody else takes them, and if nobody has said by then what became of
 * them they are sent again. `attempts` counts this attempt.
 */
export async function claimNotices(db: Database, now: number, limit: number, holdMs: number): Promise<DueNotice[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{
      id: string;
      kind: NoticeKind;
      channel: string;
      audience: Audience;
      detail: NoticeDetail;
      digest: boolean;
      attempts: number;
      offer_id: string;
      status: string;
      accept_by: string;
      lead_id: string;
      lead_state: string;
      grade: string | null;
      partner_id: string;
      partner: Partial<PartnerFacts>;
      person: unknown;
    }>`select n.id, n.kind, n.channel, n.audience, n.detail, n.digest, n.attempts, n.offer_id, o.status, o.accept_by, n.lead_id,
        l.state as lead_state, l.grade, n.partner_id, p.facts as partner, e.facts as person
      from notices n join offers o on o.id = n.offer_id join leads l on l.id = n.lead_id
        join partners p on p.id = n.partner_id join people e on e.id = l.person_id
      where n.state = 'waiting' and n.letter is null and n.not_before <= ${iso(now)}::timestamptz
      order by n.not_before, n.created_at, n.id limit ${limit} for update of n skip locked`.execute(tx);
    const claimed = rows.map((row) => ({
      id: row.id,
      attempts: row.attempts + 1,
      not_before: iso(now + holdMs),
    }));
    await sql`update notices n set attempts = r.attempts, not_before = r.not_before
      from jsonb_to_recordset(${JSON.stringify(claimed)}::jsonb) as r(id text, attempts int, not_before timestamptz)
      where n.id = r.id`.execute(tx);
    return rows.map(
      (row): DueNotice => ({
        id: row.id,
        kind: row.kind,
        channel: row.channel,
        audience: row.audience,
        detail: row.detail,
        digest: row.digest,
        attempts: row.attempts + 1,
        offer: { id: row.offer_id, status: row.status, acceptBy: row.accept_by },
        lead: { id: row.lead_id, state: row.lead_state, grade: row.grade },
        partner: { id: row.partner_id, facts: partnerFacts(row.partner) },
        person: personOf(row.person as Partial<PersonFacts>),
      }),
    );
  });
}

/** Keeps what became of notices. `waiting`: the attempt failed and another one follows, at `again` (ISO). */
export async function settleNotices(
  db: Queryable,
  ids: readonly string[],
  state: 'sent' | 'dropped' | 'failed' | 'waiting',
  message: string | null,
  at: string,
  again: string | null = null,
): Promise<void> {
  await sql`update notices set state = ${state}, message = ${message}, not_before = coalesce(${again}::timestamptz, not_before),
      sent_at = case when ${state} = 'sent' then ${at}::timestamptz else sent_at end
    where id = any(${ids}::text[])`.execute(db);
}
