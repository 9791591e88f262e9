/** Which lead a deal came of: by what names it, else by evidence in three zones; and what a person said of it. */
import type { Opportunity } from '../model/revenue.ts';
import { type Candidate, type EvidenceOfDeal, type Weighed, weigh } from './evidence.ts';
import { compareIds, compareMoments, momentOf } from './moment.ts';
import { DEFAULT_RECONCILE, type ReconcileRules } from './reconcile-config.ts';

/** A person tied to a deal, with the lead that the person became, if any. */
export interface TiedPerson {
  readonly personId: string;
  readonly leadId: string | null;
  /** ISO instant at which a partner accepted the lead; null: none did. */
  readonly acceptedAt: string | null;
}

/** What a person answered when asked which lead a deal came of; the last answer of the deal. */
export interface MatchAnswer {
  /** The lead that it came of; null: of none of those that were shown. */
  readonly leadId: string | null;
  /** What was shown, with what was known then. */
  readonly shown: readonly ShownLead[];
  /** ISO instant. */
  readonly at: string;
}

/** A lead as a question shows it. */
export interface ShownLead {
  readonly leadId: string;
  readonly probability: number;
  /** By what the deal names the lead; null: it does not. */
  readonly by: MatchHow | null;
  readonly reasons: readonly string[];
}

/** Everything known that can tie one deal to a lead. */
export interface MatchFacts {
  /** Leads that the deal itself names: by id, or by the registration that it was approved under. */
  readonly named: readonly TiedPerson[];
  /** Persons of the CRM Leads whose conversion made this opportunity (ConvertedOpportunityId). */
  readonly converted: readonly TiedPerson[];
  readonly contactRoles: readonly (TiedPerson & { readonly isPrimary: boolean })[];
  /** Leads of the deal's company, whatever their part in the deal. */
  readonly candidates: readonly Candidate[];
  readonly evidence: Pick<EvidenceOfDeal, 'products' | 'partners'>;
  readonly answer: MatchAnswer | null;
}

export const NO_FACTS: MatchFacts = {
  named: [],
  converted: [],
  contactRoles: [],
  candidates: [],
  evidence: { products: [], partners: [] },
  answer: null,
};

/** By what a lead was found, the surest first. `account`: evidence; `answered`: a person said so. */
export type MatchHow = 'named' | 'converted lead' | 'contact role' | 'partner field' | 'account' | 'answered';

/** Where the lead follows the course of the deal: where the deal is certainly its own. */
export const FOLLOWED: readonly MatchHow[] = ['named', 'converted lead', 'contact role', 'answered'];

/** `sure`: booked as matched; `doubtful`: waits for a person; `unattributed`: of no lead that is known, with the reason;
 * `twin`: it is a deal of another CRM, which counts in its place. */
export type Zone = 'sure' | 'doubtful' | 'unattributed' | 'twin';

/** Which lead a deal came of. `personIds` are the people whose touches count for it, which may be known without a lead. */
export interface Match {
  readonly leadId: string | null;
  readonly personIds: readonly string[];
  /** By what the lead was found; null where none was. */
  readonly how: MatchHow | null;
  readonly zone: Zone;
  /** One readable sentence. */
  readonly reason: string;
  /** The leads of its company as they were weighed, the likeliest first; none where the deal names a lead that a partner took. */
  readonly weighed: readonly Weighed[];
  /** What a person has to say: which of these it came of; empty: nothing. */
  readonly ask: readonly ShownLead[];
  /** What is known now that speaks against a person's answer; the answer stands. */
  readonly against: readonly string[];
}

type TiedLead = TiedPerson & { readonly leadId: string };
type Found = { readonly lead: TiedLead; readonly how: MatchHow; readonly reason: string };

/**
 * Ties a deal to the lead it came of: by what names the lead, else by the converted Lead, else by a contact role (the primary
 * one first), else by the partner that the deal names, else by evidence. The first three speak of this very deal, so of
 * several leads one is chosen; a company also has people who had no part in it, so there probability decides: see `Zone`.
 * What a person answered goes before all of it and stays; what has come to light since is shown and asked.
 *
 * Touches of the converted persons and of everybody with a contact role count, with a lead or without; of a company
 * only those of the matched lead's person.
 */
export function matchOpportunity(
  opportunity: Opportunity,
  facts: MatchFacts,
  rules: ReconcileRules = DEFAULT_RECONCILE,
): Match {
  const involved = [...facts.named, ...facts.converted, ...facts.contactRoles].map((person) => person.personId);
  const named = namedLead(opportunity, facts);
  const isTaken = named !== null && acceptedBefore(named.lead, opportunity) !== null;
  const weighed = isTaken ? [] : weighCandidates(opportunity, facts, rules);
  const shown = [...(named ? [{ ...showNamed(named) }] : []), ...weighed.map(showWeighed)];
  const base = { weighed, ask: [] as ShownLead[], against: [] as string[] };
  const personOf = (leadId: string) =>
    [...facts.named, ...facts.converted, ...facts.contactRoles, ...facts.candidates].find(
      (person) => person.leadId === leadId,
    )?.personId;
  const matched = (leadId: string, how: MatchHow, reason: string): Match => ({
    ...base,
    leadId,
    personIds: unique([...involved, ...[personOf(leadId) ?? []].flat()]),
    how,
    zone: 'sure',
    reason: sentence(reason),
  });
  const unmatched = (zone: Zone, reason: string): Match => ({
    ...base,
    leadId: null,
    personIds: unique(involved),
    how: null,
    zone,
    reason: sentence(reason),
  });

  const { answer } = facts;
  if (answer !== null) {
    const against = contradictions(answer, shown, rules);
    const on = `on ${answer.at.slice(0, 10)}`;
    const news = { against: against.map(({ text }) => text), ask: against.map(({ lead }) => lead) };
    if (answer.leadId !== null)
      return { ...matched(answer.leadId, 'answered', `a person said ${on} that it came of ${answer.leadId}`), ...news };
    const left = weighed.filter(({ candidate }) => !answer.shown.some(({ leadId }) => leadId === candidate.leadId));
    const rest = byEvidence(left, rules);
    if (rest.lead !== null && news.ask.length === 0) return matched(rest.lead, 'account', rest.reason);
    const doubtful = [...news.ask, ...rest.ask.filter((lead) => !news.ask.some((each) => each.leadId === lead.leadId))];
    const said = `a person said ${on} that it came of none of ${answer.shown.map(({ leadId }) => leadId).join(', ')}`;
    return { ...unmatched(doubtful.length > 0 ? 'doubtful' : 'unattributed', said), ...news, ask: doubtful };
  }
  if (named !== null) return matched(named.lead.leadId, named.how, named.reason);

  const field = partnerField(opportunity, facts);
  if (field !== null) return matched(field.leadId, 'partner field', field.reason);

  const found = byEvidence(weighed, rules);
  if (found.lead !== null) return matched(found.lead, 'account', found.reason);
  if (found.ask.length > 0) return { ...unmatched('doubtful', found.reason), ask: found.ask };
  return unmatched('unattributed', unmatchedReason(opportunity, facts, weighed, rules));
}

/** Of a deal that is one of another CRM: whom it came of is said there. */
export function matchOfTwin({ twinOf, reason }: { readonly twinOf: string; readonly reason: string }): Match {
  return {
    leadId: null,
    personIds: [],
    how: null,
    zone: 'twin',
    reason: `It is the same deal as ${twinOf}, which counts in its place. ${reason}`,
    weighed: [],
    ask: [],
    against: [],
  };
}

/** The lead that the deal itself names, by the surest of the ways that name one. */
function namedLead(opportunity: Opportunity, facts: MatchFacts): Found | null {
  const ways: [people: readonly TiedPerson[], how: MatchHow, one: string, several: string][] = [
    [facts.named, 'named', 'the deal names ID', 'the deal names N leads; ID was accepted last'],
    [
      facts.converted,
      'converted lead',
      'the CRM Lead of ID was converted into this opportunity',
      'N leads were converted into this opportunity; ID was accepted last',
    ],
    [
      facts.contactRoles.filter((role) => role.isPrimary),
      'contact role',
      'the primary contact of the deal is lead ID',
      'the primary contact of the deal is lead ID',
    ],
    [
      facts.contactRoles,
      'contact role',
      'lead ID has a contact role in the deal',
      'lead ID has a contact role in the deal, of N leads with one',
    ],
  ];
  for (const [people, how, one, several] of ways) {
    const leads = byPreference(leadsOf(people), opportunity);
    const [lead] = leads;
    if (lead === undefined) continue;
    const n = countLeads(leads);
    const reason = (n > 1 ? several : one).replace('ID', lead.leadId).replace('N', String(n));
    return { lead, how, reason };
  }
  return null;
}

/** The lead that the partner named on the deal had accepted: of several the one accepted last before the deal closed. */
function partnerField(
  opportunity: Opportunity,
  { candidates, evidence: { partners } }: MatchFacts,
): { leadId: string; reason: string } | null {
  const [lead] = byPreference(
    candidates.filter(({ partnerId }) => partnerId !== null && partners.includes(partnerId)),
    opportunity,
  ).filter((each) => acceptedBefore(each, opportunity) !== null);
  if (lead === undefined) return null;
  return {
    leadId: lead.leadId,
    reason: `the deal names the partner that had accepted ${lead.leadId}, a lead of its company, before it closed`,
  };
}

function weighCandidates(opportunity: Opportunity, facts: MatchFacts, rules: ReconcileRules): Weighed[] {
  const deal: EvidenceOfDeal = {
    createdAt: opportunity.createdAt ?? null,
    closeDate: opportunity.closeDate,
    amount: opportunity.amount,
    namesPeople: facts.converted.length + facts.contactRoles.length > 0,
    ...facts.evidence,
  };
  return weigh(deal, facts.candidates, rules);
}

function byEvidence(
  weighed: readonly Weighed[],
  { zones }: ReconcileRules,
): { lead: string | null; reason: string; ask: ShownLead[] } {
  const ask = weighed.filter(({ probability }) => probability >= zones.review).map(showWeighed);
  const [best] = weighed;
  if (best === undefined || best.probability < zones.review) return { lead: null, reason: '', ask: [] };
  const id = best.candidate.leadId;
  const why = `with a probability of ${percent(best.probability)}: ${best.evidence.map(({ text }) => text).join('; ')}`;
  if (best.probability >= zones.same) return { lead: id, reason: `it came of lead ${id} ${why}`, ask: [] };
  return { lead: null, reason: `it may have come of lead ${id}, ${why}; a person is asked`, ask };
}

function unmatchedReason(
  opportunity: Opportunity,
  facts: MatchFacts,
  weighed: readonly Weighed[],
  { zones }: ReconcileRules,
): string {
  const isNamed = facts.converted.length + facts.contactRoles.length > 0;
  const whose = isNamed ? 'nobody named on the deal is a lead' : 'nobody is named on the deal';
  if (opportunity.accountId === null && weighed.length === 0) return `${whose} and it has no account`;
  const [best] = weighed;
  if (best === undefined) return `${whose} and its account has no lead`;
  const each = weighed.length === 1 ? 'the one lead' : `of the ${weighed.length} leads`;
  const why = best.evidence.map(({ text }) => text).join('; ');
  const likeliest = `${best.candidate.leadId} with ${percent(best.probability)} (${why})`;
  return weighed.length === 1
    ? `${whose} and ${each} of its company is too unlikely: ${likeliest}, below ${percent(zones.review)}`
    : `${whose} and ${each} of its company none is likely enough: at most ${likeliest}, below ${percent(zones.review)}`;
}

/** Leads for which more is known now than when the person answered otherwise. */
function contradictions(
  answer: MatchAnswer,
  now: readonly ShownLead[],
  { zones }: ReconcileRules,
): { lead: ShownLead; text: string }[] {
  return now.flatMap((lead) => {
    if (lead.leadId === answer.leadId) return [];
    const then = answer.shown.find(({ leadId }) => leadId === lead.leadId);
    const named = lead.by !== null && (then === undefined || then.by === null);
    const surer = lead.probability >= zones.same && (then?.probability ?? 0) < zones.same;
    // Who was chosen before others that nobody knew of is not in doubt because of a mere likelihood.
    if (!named && !(surer && answer.leadId === null && then !== undefined)) return [];
    const what = named ? lead.reasons.join('; ') : `its probability is ${percent(lead.probability)} by now`;
    return [{ lead, text: `Since the answer of ${answer.at.slice(0, 10)}: lead ${lead.leadId}: ${what}.` }];
  });
}

function showNamed({ lead, how, reason }: Found): ShownLead {
  return { leadId: lead.leadId, probability: 1, by: how, reasons: [reason] };
}

function showWeighed({ candidate, probability, evidence }: Weighed): ShownLead {
  return {
    leadId: candidate.leadId,
    probability,
    by: null,
    reasons: evidence.map(({ text, times }) => `${text} (x ${times})`),
  };
}

function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}

/** Leads accepted before the close first, the latest of them foremost; ties and the others by lead id. */
function byPreference<L extends { readonly leadId: string; readonly acceptedAt: string | null }>(
  leads: readonly L[],
  opportunity: Opportunity,
): L[] {
  return leads
    .map((lead) => ({ lead, at: acceptedBefore(lead, opportunity) }))
    .sort((a, b) => {
      if (a.at && b.at) return compareMoments(b.at, a.at) || compareIds(a.lead.leadId, b.lead.leadId);
      return Number(b.at !== null) - Number(a.at !== null) || compareIds(a.lead.leadId, b.lead.leadId);
    })
    .map(({ lead }) => lead);
}

/** When the lead was accepted, where that was not after the deal closed; null otherwise. */
function acceptedBefore(lead: { readonly acceptedAt: string | null }, opportunity: Opportunity) {
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
