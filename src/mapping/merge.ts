import { canonical, sameValue } from './canonical.ts';
import type { FieldKind, FieldValue } from './described.ts';

/**
 * Who decides about a field that a CRM and the channel both hold:
 *
 * - `crm`: the CRM. It is read, never written.
 * - `channel`: Sluice. An edit in the CRM is set back.
 * - `crm-unless-blank`: the CRM, and where its field is blank, Sluice fills it.
 * - `channel-unless-blank`: Sluice, and where it holds nothing, the CRM's value is taken.
 * - `newest`: whoever changed it; where both did, the later one.
 * - `review`: whoever changed it; where both did, a person, and until then nothing is written.
 */
export const POLICIES = ['crm', 'channel', 'newest', 'crm-unless-blank', 'channel-unless-blank', 'review'] as const;
export type Policy = (typeof POLICIES)[number];

/** A value, or undefined where nothing is known: absent, null (holds nothing) and '' (holds an empty text) are three things. */
export type Maybe = FieldValue | undefined;

export interface MergeInput {
  /** What the CRM held when both sides agreed last; undefined at first contact. */
  readonly base: Maybe;
  /** What the CRM holds now; undefined where it did not say. */
  readonly crm: Maybe;
  /** What the channel holds now; undefined where it never held anything. */
  readonly channel: Maybe;
  readonly policy: Policy;
  /** ISO instants at which either side was changed; the CRM's is that of the whole record. */
  readonly crmAt: string;
  readonly channelAt: string | null;
  readonly kind: FieldKind;
}

export interface Merged {
  /** What both sides are to hold; for `held` what the channel goes on to hold. */
  readonly value: Maybe;
  /** Whose value that is; `same`: nothing is to be decided. */
  readonly winner: 'same' | 'crm' | 'channel' | 'held';
  /** The value or edit of the other side that is lost by it. */
  readonly overwritten?: { readonly side: 'crm' | 'channel'; readonly value: FieldValue };
}

/**
 * Merges one field three ways. It never makes a value of its own, and merging its own result again changes nothing. A blank
 * (null or '') that is met at first contact is no edit: the other side's value fills it, whatever the policy says.
 */
export function merge(input: MergeInput): Merged {
  const { base, crm, channel, policy, kind } = input;
  if (crm === undefined) return { value: channel, winner: 'same' };
  if (channel === undefined) return { value: crm, winner: 'crm' };
  if (sameHeld(crm, channel, kind)) return { value: channel, winner: 'same' };
  const won = (side: 'crm' | 'channel'): Merged => {
    const [value, lost, other] = side === 'crm' ? [crm, channel, 'channel' as const] : [channel, crm, 'crm' as const];
    // A blank that nobody put there is not lost when it is filled.
    const isLoss = !isBlank(lost) || (base !== undefined && !sameHeld(base, lost, kind));
    return { value, winner: side, ...(isLoss ? { overwritten: { side: other, value: lost } } : {}) };
  };
  if (base === undefined && isBlank(crm) !== isBlank(channel)) return won(isBlank(crm) ? 'channel' : 'crm');
  switch (policy) {
    case 'crm':
      return won('crm');
    case 'channel':
      return won('channel');
    case 'crm-unless-blank':
      return won(isBlank(crm) ? 'channel' : 'crm');
    case 'channel-unless-blank':
      return won(isBlank(channel) ? 'crm' : 'channel');
    case 'newest':
    case 'review':
      if (base !== undefined && sameHeld(base, crm, kind)) return won('channel');
      if (base !== undefined && sameHeld(base, channel, kind)) return won('crm');
      return policy === 'review' ? { value: channel, winner: 'held' } : won(later(input, crm, channel));
  }
}

/** Whether two values are the same to a merge: as the CRM compares them, but nothing is not an empty text. */
export function sameHeld(a: Maybe, b: Maybe, kind: FieldKind): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (kind !== 'boolean' && (a === null || b === null)) return a === b;
  return sameValue(a, b, kind) && isBlank(a) === isBlank(b);
}

/** Whether a value says nothing. */
export function isBlank(value: Maybe): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** Whether a record's field may have to follow a value of the channel, by policy and by what the field holds. */
export function mayWrite(policy: Policy, channel: FieldValue, crm: FieldValue): boolean {
  switch (policy) {
    case 'crm':
      return false;
    case 'crm-unless-blank':
      return isBlank(crm);
    case 'channel-unless-blank':
      return !isBlank(channel);
    default:
      return true;
  }
}

/**
 * The side that was changed later. At one instant the order of the values themselves decides, so that the same inputs give
 * the same result in whatever order the sides are merged; a value then counts more than a blank.
 */
function later(input: MergeInput, crm: FieldValue, channel: FieldValue): 'crm' | 'channel' {
  const ahead = Date.parse(input.crmAt) - Date.parse(input.channelAt ?? '');
  if (ahead > 0 || Number.isNaN(ahead)) return 'crm';
  if (ahead < 0) return 'channel';
  const weight = (value: FieldValue) => (value === null ? 0 : isBlank(value) ? 1 : 2);
  if (weight(crm) !== weight(channel)) return weight(crm) > weight(channel) ? 'crm' : 'channel';
  const text = (value: FieldValue) => String(canonical(value, input.kind));
  return text(crm) > text(channel) ? 'crm' : 'channel';
}
