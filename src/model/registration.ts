import type { Money } from './money.ts';

/**
 * Where a deal registration stands. `Held`: its CRM record must be corrected first. `Pending`: a decision is due. `Approved`:
 * protected until its window ends. `Won`, `Lost`: its deal was closed within the window. Every state comes with a reason.
 */
export const REGISTRATION_STATES = [
  'Held',
  'Pending',
  'Approved',
  'Rejected',
  'Withdrawn',
  'Expired',
  'Won',
  'Lost',
] as const;
export type RegistrationState = (typeof REGISTRATION_STATES)[number];

/**
 * What was found when a registration was compared with all that was there. `duplicate`: the same partner has it already.
 * `conflict`: another partner has it, or the vendor's own team. `review`: something may be the same, and a person must look.
 */
export const REGISTRATION_VERDICTS = ['clear', 'review', 'conflict', 'duplicate'] as const;
export type RegistrationVerdict = (typeof REGISTRATION_VERDICTS)[number];

/** The company that a deal is about, as far as it is known. */
export interface AccountIdentity {
  readonly name: string | null;
  /** Registrable domain, never a free-mail provider's. */
  readonly domain: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  readonly city: string | null;
  /** Its record in a CRM. */
  readonly record: { readonly connection: string; readonly id: string } | null;
}

/** Something that may stand against a registration, beside what it matched: who has it, since when, how surely it is the same company. */
export interface Evidence {
  readonly kind: 'registration' | 'opportunity' | 'named-account' | 'lead';
  /** Of the registration, opportunity or offer; the company's name of a named account. */
  readonly id: string;
  readonly holder: { readonly kind: 'partner' | 'direct'; readonly id: string | null; readonly name: string };
  /** ISO instant; null where it is not known. */
  readonly since: string | null;
  readonly state: string;
  readonly product: string | null;
  readonly account: Pick<AccountIdentity, 'name' | 'domain' | 'country' | 'city'>;
  /** That both are about one company, 0 to 1, and why, in words. */
  readonly probability: number;
  readonly reasons: readonly string[];
  /** What it comes to. `note`: nothing stands in the way; it is the registrant's own. */
  readonly weight: 'note' | 'review' | 'conflict' | 'duplicate';
}

/** One person's yes to a registration, as a step of the approval chain. */
export interface Approval {
  readonly step: string;
  readonly by: string;
  readonly at: string;
}

/** A partner's claim on a deal. */
export interface Registration {
  readonly id: string;
  readonly partnerId: string;
  readonly account: AccountIdentity;
  /** The product line; null: all that the company may buy. */
  readonly product: string | null;
  readonly amount: Money | null;
  /** Calendar date on which the partner expects to close; null: not said. */
  readonly closes: string | null;
  readonly opportunityId: string | null;
  readonly state: RegistrationState;
  /** One readable sentence. */
  readonly reason: string;
  readonly verdict: RegistrationVerdict;
  readonly conflicts: readonly Evidence[];
  /** The steps of the approval chain that must say yes, in order, and those that have. */
  readonly needed: readonly string[];
  readonly approvals: readonly Approval[];
  /** ISO instants. */
  readonly submittedAt: string;
  readonly decideBy: string | null;
  readonly decidedAt: string | null;
  readonly protectedUntil: string | null;
  readonly extensions: number;
  /** When its deal was closed; of one that was won, which share of it is the partner's, in ten-thousandths. */
  readonly closedAt: string | null;
  readonly share: number | null;
  /** Who brought it (a connection, `api`, `csv`, `cli` or a name of theirs), and by which key: the same two name the same registration. */
  readonly source: string;
  readonly key: string;
}

/** Whether the window of a registration holds at an instant (epoch milliseconds). The end itself is no longer in it. */
export function isProtected({ state, protectedUntil }: Registration, now: number): boolean {
  return state === 'Approved' && protectedUntil !== null && now < Date.parse(protectedUntil);
}
