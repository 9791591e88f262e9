/** What partners and channel managers are told of offers: which of them, of what, and by which way. Pure. */
import { idOf } from '../../model/ids.ts';
import type { Offer } from '../../model/offer.ts';
import type { Consequence, DeadlineName } from '../sla/sla-schema.ts';

/**
 * `offer`: a lead is put before the partner. `warning`: a deadline comes near. `escalation`: the channel manager hears that
 * one is near, or over. `missed`: one is over, and what followed. `taken`: an offer was taken back for another reason.
 */
export const NOTICE_KINDS = ['offer', 'warning', 'escalation', 'missed', 'taken'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What a notice says beside who and whom it is about, which is read when it is sent. */
export interface NoticeDetail {
  readonly deadline: DeadlineName | null;
  /** ISO instant. */
  readonly dueAt: string | null;
  readonly follows: Consequence | null;
}

/** Something happened that somebody is to be told of. */
export interface NoticeEvent {
  readonly kind: NoticeKind;
  readonly offer: Offer;
  /** Tells it from others of its kind on the same offer. */
  readonly key: string;
  readonly detail: NoticeDetail;
}

/** A lead is put before a partner. */
export function newOffer(offer: Offer): NoticeEvent {
  return { kind: 'offer', offer, key: '', detail: { deadline: 'accept', dueAt: offer.acceptBy, follows: null } };
}

/** An offer was taken back though no deadline was missed. */
export function takenBack(offer: Offer): NoticeEvent {
  return { kind: 'taken', offer, key: '', detail: { deadline: null, dueAt: null, follows: null } };
}

export type Audience = 'partner' | 'manager';
/** `mail`, or the name of a webhook. */
export type Channel = string;

/** How notices go out. */
export interface NoticeRules {
  readonly mail: boolean;
  /** Those told once a day, and how to find the next time: from an instant, the first one after it. */
  readonly digest: { readonly of: ReadonlySet<NoticeKind>; readonly next: (after: number) => number } | null;
  /** When partners are told that wish to be told once a day: from an instant, the first one after it; left out, none is asked. */
  readonly wished?: (after: number) => number;
  /** Each with the kinds it is told of. */
  readonly webhooks: readonly { readonly name: string; readonly of: ReadonlySet<NoticeKind> }[];
}

/** One message to one audience by one way. */
export interface Notice {
  /** The same event gives the same id: no audience is told twice by one way. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly channel: Channel;
  readonly audience: Audience;
  readonly partnerId: string;
  readonly offerId: string;
  readonly leadId: string;
  readonly detail: NoticeDetail;
  readonly digest: boolean;
  /** Epoch milliseconds. */
  readonly notBefore: number;
}

/** Who is told of what by mail. */
const TOLD: Readonly<Record<NoticeKind, readonly Audience[]>> = {
  offer: ['partner'],
  warning: ['partner'],
  escalation: ['manager'],
  missed: ['partner', 'manager'],
  taken: ['partner'],
};

/** The notices that an event asks for. `wishes`: its partner wants to be told once a day, which what is due before does not wait for. */
export function noticesOf(event: NoticeEvent, rules: NoticeRules, now: number, wishes = false): Notice[] {
  const { kind, offer, key, detail } = event;
  const about = { kind, partnerId: offer.partnerId, offerId: offer.id, leadId: offer.leadId, detail };
  const notice = (channel: Channel, audience: Audience, at: number | null): Notice => ({
    ...about,
    id: idOf('no', offer.id, kind, key, channel, audience),
    ...{ channel, audience, digest: at !== null, notBefore: at ?? now },
  });
  const collectedAt = rules.digest?.of.has(kind) ? rules.digest.next(now) : null;
  const wishedAt = wishes ? (rules.wished?.(now) ?? null) : null;
  const canWait =
    detail.dueAt === null || (wishedAt !== null && wishedAt < Date.parse(detail.dueAt)) || kind === 'missed';
  const mailAt = (audience: Audience) =>
    collectedAt ?? (audience === 'partner' && wishedAt !== null && canWait ? wishedAt : null);
  // What happens when nothing follows was told to the manager by the escalation, and the partner can still do it.
  const audiences = TOLD[kind].filter(
    (audience) => !(detail.follows === 'none' && audience === 'manager' && kind === 'missed'),
  );
  return [
    ...(rules.mail ? audiences.map((audience) => notice('mail', audience, mailAt(audience))) : []),
    ...rules.webhooks.filter(({ of }) => of.has(kind)).map(({ name }) => notice(name, 'manager', null)),
  ];
}
