import type { Opportunity } from '../model/revenue.ts';
import { compareIds, compareMoments, momentOf } from './moment.ts';

/** A person tied to a deal, with the lead that the person became, if any. */
export interface TiedPerson {
  readonly personId: string;
  readonly leadId: string | null;
  /** ISO instant at which a partner accepted the lead; null: none did. */
  readonly acceptedAt: string | null;
}

/** Everything known that can tie one deal to a lead. */
export interface MatchFacts {
  /** Persons of the CRM Leads whose conversion made this opportunity (ConvertedOpportunityId). */
  readonly converted: readonly TiedPerson[];
  readonly contactRoles: readonly (TiedPerson & { readonly isPrimary: boolean })[];
  /** Persons of the deal's account, whatever their part in the deal. */
  readonly account: readonly TiedPerson[];
}

export type MatchHow = 'converted lead' | 'contact role' | 'account';

/** Which lead a deal came of. `personIds` are the people whose touches count for it, which may be known without a lead. */
export interface Match {
  readonly leadId: string | null;
  readonly personIds: readonly string[];
  /** By what the lead was found; null where none was. */
  readonly how: MatchHow | null;
  /** One readable sentence. */
  readonly reason: string;
}

type TiedLead = TiedPerson & { readonly leadId: string };

/**
 * Ties a deal to the lead it came of: by the converted Lead, else by a contact role (the primary one first), else by the
 * account. The first two name people of this very deal, so of several leads one is chosen; an account also has people who
 * had no part in it, so there several leads decide nothing unless one was accepted later than all others, before the close.
 *
 * Touches of the converted persons and of everybody with a contact role count, with a lead or without; of an account
 * only those of the matched lead's person.
 */
export function matchOpportunity(opportunity: Opportunity, facts: MatchFacts): Match {
  const involved = [...facts.converted, ...facts.contactRoles].map((person) => person.personId);
  const found = (lead: TiedLead, how: MatchHow, reason: string): Match => ({
    leadId: lead.leadId,
    personIds: unique([...involved, lead.personId]),
    how,
    reason,
  });

  const converted = byPreference(leadsOf(facts.converted), opportunity);
  if (converted[0]) {
    const one = `the CRM Lead of ${converted[0].leadId} was converted into this opportunity`;
    const several = `${countLeads(converted)} leads were converted into this opportunity; ${converted[0].leadId} was accepted last`;
    return found(converted[0], 'converted lead', sentence(countLeads(converted) > 1 ? several : one));
  }

  const primary = byPreference(leadsOf(facts.contactRoles.filter((role) => role.isPrimary)), opportunity);
  if (primary[0])
    return found(primary[0], 'contact role', sentence(`the primary contact of the deal is lead ${primary[0].leadId}`));
  const roles = byPreference(leadsOf(facts.contactRoles), opportunity);
  if (roles[0]) {
    const among = countLeads(roles) > 1 ? `, of ${countLeads(roles)} leads with one` : '';
    return found(roles[0], 'contact role', sentence(`lead ${roles[0].leadId} has a contact role in the deal${among}`));
  }

  const account = byPreference(leadsOf(facts.account), opportunity);
  const [best] = account;
  const count = countLeads(account);
  if (best && count === 1)
    return found(best, 'account', sentence(`lead ${best.leadId} is the only lead of the deal's account`));
  const bestAt = best && acceptedBefore(best, opportunity);
  if (best && bestAt) {
    const rivals = account.filter((lead) => lead.leadId !== best.leadId);
    const isTied = rivals.some((lead) => {
      const at = acceptedBefore(lead, opportunity);
      return at !== null && compareMoments(at, bestAt) === 0;
    });
    if (!isTied)
      return found(
        best,
        'account',
        sentence(`of the ${count} leads of the deal's account ${best.leadId} was accepted last before the deal closed`),
      );
  }
  return {
    leadId: null,
    personIds: unique(involved),
    how: null,
    reason: unmatchedReason(opportunity, facts, count, !bestAt),
  };
}

function unmatchedReason(opportunity: Opportunity, facts: MatchFacts, count: number, noneAccepted: boolean): string {
  if (count > 1) {
    const why = noneAccepted ? 'none was accepted before the deal closed' : 'several were accepted at the same moment';
    return sentence(`the deal's account has ${count} leads and which of them brought it cannot be told: ${why}`);
  }
  const isNamed = facts.converted.length + facts.contactRoles.length > 0;
  const whose = isNamed ? 'nobody named on the deal is a lead' : 'nobody is named on the deal';
  const account = opportunity.accountId === null ? 'it has no account' : 'its account has no lead';
  return sentence(`${whose} and ${account}`);
}

/** Leads accepted before the close first, the latest of them foremost; ties and the others by lead id. */
function byPreference(leads: readonly TiedLead[], opportunity: Opportunity): TiedLead[] {
  return leads
    .map((lead) => ({ lead, at: acceptedBefore(lead, opportunity) }))
    .sort((a, b) => {
      if (a.at && b.at) return compareMoments(b.at, a.at) || compareIds(a.lead.leadId, b.lead.leadId);
      return Number(b.at !== null) - Number(a.at !== null) || compareIds(a.lead.leadId, b.lead.leadId);
    })
    .map(({ lead }) => lead);
}

/** When the lead was accepted, where that was not after the deal closed; null otherwise. */
function acceptedBefore(lead: TiedLead, opportunity: Opportunity) {
  if (lead.acceptedAt === null) return null;
  const at = momentOf(lead.acceptedAt);
  return opportunity.closeDate === null || compareMoments(at, momentOf(opportunity.closeDate)) <= 0 ? at : null;
}

function leadsOf(people: readonly TiedPerson[]): TiedLead[] {
  return people.flatMap((person) => (person.leadId === null ? [] : [{ ...person, leadId: person.leadId }]));
}

function countLeads(leads: readonly TiedLead[]): number {
  return new Set(leads.map((lead) => lead.leadId)).size;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort(compareIds);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
