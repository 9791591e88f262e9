/** Which partners had a part in a deal, and which part: sourced, influenced, assisted. */
import { compareIds, compareMoments, type Moment, momentOf } from './moment.ts';

export const PARTNER_ROLES = ['sourced', 'influenced', 'assisted'] as const;
export type PartnerRole = (typeof PARTNER_ROLES)[number];

/** A lead of the deal's people that a partner accepted, whatever became of it since. */
export interface PartnerWork {
  readonly partnerId: string;
  readonly leadId: string;
  /** ISO instant. */
  readonly acceptedAt: string;
  /** What the lead's person is to the deal. */
  readonly tie: 'converted lead' | 'contact role' | 'account';
}

/** A partner that the CRM names on the deal. */
export interface NamedPartner {
  readonly partnerId: string;
  /** Where it stands, as in "the deal's partner field". */
  readonly where: string;
}

/** A registration of the deal that the vendor approved. */
export interface ApprovedRegistration {
  readonly partnerId: string;
  readonly registrationId: string;
  /** ISO instant. */
  readonly approvedAt: string;
}

export interface PartnerFactsOfDeal {
  readonly works: readonly PartnerWork[];
  readonly named: readonly NamedPartner[];
  readonly registrations: readonly ApprovedRegistration[];
}

/** When the deal was, and which lead it came of. */
export interface DealOfPartners {
  /** ISO instant; null where the CRM does not say: then what came before the close came before the deal. */
  readonly createdAt: string | null;
  /** Calendar date; null: not closed, or not said. */
  readonly closeDate: string | null;
  readonly isClosed: boolean;
  /** The lead that the deal is matched to. */
  readonly leadId: string | null;
}

/** One partner's part in a deal. */
export interface DealPartner {
  readonly partnerId: string;
  readonly role: PartnerRole;
  /** The strongest tie, in two or three words. */
  readonly how: string;
  readonly evidence: { readonly reasons: readonly string[]; readonly leads: readonly string[] };
}

/**
 * The partners of a deal, by id, each with one part:
 *
 * - `sourced`: at most one. A registration approved before the deal was made comes first (of several the earliest: the vendor
 *   decided it); else the partner that last accepted the matched lead before the deal was made.
 * - `influenced`: it had accepted a lead of the deal's people or its account, or had the deal registered, before the close.
 * - `assisted`: it is named on the deal, or accepted a lead of its people only after the close.
 *
 * Times that are equal count as before. An open deal has no close yet.
 */
export function dealPartners(deal: DealOfPartners, facts: PartnerFactsOfDeal): DealPartner[] {
  const close = deal.isClosed && deal.closeDate !== null ? momentOf(deal.closeDate) : null;
  const start = deal.createdAt === null ? close : momentOf(deal.createdAt);
  const isBefore = (at: string, limit: Moment | null) => limit === null || compareMoments(momentOf(at), limit) <= 0;
  const sourced = sourceOf(deal, facts, (at) => isBefore(at, start));
  const ids = [...facts.works, ...facts.named, ...facts.registrations].map(({ partnerId }) => partnerId);
  return [...new Set(ids)].sort(compareIds).flatMap((partnerId): DealPartner[] => {
    const works = strongest(facts.works.filter((work) => work.partnerId === partnerId));
    const registrations = facts.registrations.filter((each) => each.partnerId === partnerId).sort(byApproval);
    const named = facts.named.filter((each) => each.partnerId === partnerId);
    const before = works.filter((work) => isBefore(work.acceptedAt, close));
    const registeredBefore = registrations.filter((each) => isBefore(each.approvedAt, close));
    // Who took on somebody else of the account after the close had no part in this deal.
    const late = works.filter((work) => !before.includes(work) && work.tie !== 'account');
    const reasons = [
      ...registrations.map((each) => `Its registration ${each.registrationId} was approved on ${each.approvedAt}.`),
      ...[...before, ...late].map((work) => workReason(work, late.includes(work))),
      ...[...new Set(named.map(({ where }) => where))].sort(compareIds).map((where) => `It stands in ${where}.`),
    ];
    const evidence = {
      reasons,
      leads: [...new Set([...before, ...late].map(({ leadId }) => leadId))].sort(compareIds),
    };
    const part = (role: PartnerRole, how: string) => [{ partnerId, role, how, evidence }];
    if (sourced?.partnerId === partnerId) return part('sourced', sourced.how);
    if (registeredBefore.length > 0) return part('influenced', 'registration');
    if (before[0]) return part('influenced', `lead: ${before[0].tie}`);
    if (named.length > 0) return part('assisted', 'named on the deal');
    if (registrations.length > 0) return part('assisted', 'registration after the close');
    return late[0] ? part('assisted', `lead after the close: ${late[0].tie}`) : [];
  });
}

function sourceOf(
  deal: DealOfPartners,
  facts: PartnerFactsOfDeal,
  inTime: (at: string) => boolean,
): { partnerId: string; how: string } | null {
  const [first] = facts.registrations.filter(({ approvedAt }) => inTime(approvedAt)).sort(byApproval);
  if (first) return { partnerId: first.partnerId, how: 'registration' };
  // A lead that was taken from one partner and given to another was brought by who had it last.
  const held = facts.works.filter((work) => work.leadId === deal.leadId && inTime(work.acceptedAt)).sort(byStrength);
  const last = held.reduce<PartnerWork | null>(
    (latest, work) =>
      latest === null || compareMoments(momentOf(work.acceptedAt), momentOf(latest.acceptedAt)) > 0 ? work : latest,
    null,
  );
  return last && { partnerId: last.partnerId, how: `lead: ${last.tie}` };
}

function workReason(work: PartnerWork, isLate: boolean): string {
  const whose = {
    'converted lead': 'whose conversion made the deal',
    'contact role': 'who has a role in the deal',
    account: "of somebody at the deal's company",
  }[work.tie];
  return `It accepted lead ${work.leadId}, ${whose}, on ${work.acceptedAt}${isLate ? ', after the close' : ''}.`;
}

/** Each acceptance once, by the strongest tie of its lead to the deal. */
function strongest(works: readonly PartnerWork[]): PartnerWork[] {
  const once = new Map<string, PartnerWork>();
  for (const work of [...works].sort(byStrength)) {
    const key = `${work.leadId} ${work.acceptedAt}`;
    if (!once.has(key)) once.set(key, work);
  }
  return [...once.values()];
}

const STRENGTH = ['converted lead', 'contact role', 'account'];

function byStrength(a: PartnerWork, b: PartnerWork): number {
  return (
    STRENGTH.indexOf(a.tie) - STRENGTH.indexOf(b.tie) ||
    compareMoments(momentOf(a.acceptedAt), momentOf(b.acceptedAt)) ||
    compareIds(a.leadId, b.leadId) ||
    compareIds(a.partnerId, b.partnerId)
  );
}

function byApproval(a: ApprovedRegistration, b: ApprovedRegistration): number {
  return (
    compareMoments(momentOf(a.approvedAt), momentOf(b.approvedAt)) ||
    compareIds(a.partnerId, b.partnerId) ||
    compareIds(a.registrationId, b.registrationId)
  );
}
