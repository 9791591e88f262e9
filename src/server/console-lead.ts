import type { Outcome, RouteTrace } from '../leads/decision.ts';
import type { DropReason } from '../leads/drop-reason.ts';
import type { LeadExplanation, PartnerMention } from '../leads/service/explain.ts';
import { markWords } from '../leads/service/offer-text.ts';
import type { ExplainedDecision } from '../leads/service/replay.ts';
import { noticeFate, noticeWords } from '../leads/service/told.ts';
import type { HistoryEntry } from '../store/history.ts';
import type { CandidateView, DecisionView, LeadDetail, LeadRow, PartnerRef } from './api.ts';

/** A lead's page from its row and its explanation. */
export function leadDetail(row: LeadRow, explanation: LeadExplanation, changes: readonly HistoryEntry[]): LeadDetail {
  const { person, partnerNames } = explanation;
  return {
    lead: { ...row, scoreReasons: explanation.scoreReasons.map(({ text, points }) => ({ text, points })) },
    person: {
      name: row.name,
      email: person.email,
      phone: person.phone,
      title: person.title,
      company: person.companyName,
      country: person.country,
      industry: person.industry,
      employees: person.employees,
      product: person.product,
      stage: person.stage,
    },
    links: explanation.links
      .filter((link) => !link.retired)
      .map(({ connection, object, recordId, role }) => ({ connection, object, recordId, role })),
    offers: explanation.offers.map((offer) => ({
      ...{ ...offer, partner: refOf(offer.partner) },
      marks: offer.marks.map((mark) => ({ at: mark.at, what: markWords(mark) })),
    })),
    statements: explanation.statements
      .map(({ at, partner, via, said, effect, kind }) => ({
        ...{ at, partner: refOf(partner), via, said, counts: kind !== 'late' && kind !== 'contradiction' },
        effect: effect ?? (kind === 'waiting' ? 'Acts with the next run' : kind),
      }))
      .reverse(),
    notices: explanation.notices
      .map((notice) => ({
        at: notice.at,
        what: noticeWords(notice),
        to: notice.audience === 'partner' ? notice.partner.name : 'the channel manager',
        by: notice.channel,
        state: notice.state,
        fate: noticeFate(notice),
      }))
      .reverse(),
    decisions: explanation.decisions.map((decision) => decisionView(decision, partnerNames)).reverse(),
    history: historyOf(explanation),
    changes: changes.map(({ at, connection, object, recordId, field, before, after, why }) => ({
      ...{ at, connection, object, recordId, field, why },
      before: textOf(before),
      after: textOf(after),
    })),
  };
}

function textOf(value: HistoryEntry['before']): string | null {
  return value === null || value === '' ? null : String(value);
}

function historyOf({ history, feedback }: LeadExplanation): LeadDetail['history'] {
  const changes = history.map(({ at, from, to, why, partner }) => ({
    at,
    what: `${from === null ? 'Released to sales: ' : ''}${to}${partner ? ` (${partner.name})` : ''}`,
    why,
  }));
  // Answers that counted show as a change of state; the others would be nowhere else.
  const unheard = feedback
    .filter(({ kind }) => kind !== 'answered')
    .map(({ at, partner, response, kind, reason }) => ({
      at,
      what: `${response} by ${partner.name}: ${kind === 'late' ? 'too late' : 'contradicts the first answer'}, does not count`,
      why: reason,
    }));
  return [...changes, ...unheard]
    .map((entry, place) => ({ entry, place }))
    .sort((a, b) => Date.parse(b.entry.at) - Date.parse(a.entry.at) || b.place - a.place)
    .map(({ entry }) => entry);
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  offer: 'Offered',
  direct: 'Direct',
  pool: 'In pool',
  nurture: 'Nurture',
  held: 'Held',
  unroutable: 'Unroutable',
};

/** One text a reason, so that pages can group by it; the trace's lines say it of each partner. */
const DROPPED: Readonly<Record<DropReason, string>> = {
  declined: 'Had this lead before and did not take it',
  account: 'The account is reserved for another partner',
  status: 'Not in a status that gets leads',
  registered: 'Another partner has registered a deal on the account',
  owner: 'Works no lead of this company',
  registrant: 'Has no registered deal on the account',
  territory: 'Does not cover the country',
  competency: 'Does not sell the product',
  tier: 'Not of a tier that the route takes',
  category: 'Not of a category that the route takes',
  certification: 'Not certified',
  language: 'Does not speak the language',
  distance: 'Too far away',
  relationship: 'Has not worked with this company before',
  score: 'Takes leads from more points on',
  coolDown: 'Rests after rejecting leads of this segment',
  share: 'Has no share in the route',
  rule: "Does not meet the route's own rule",
  blackout: 'Takes no leads at this time',
  capacity: 'Full: has as many open leads as it takes',
  day: 'Had as many leads as it takes in a day',
  week: 'Had as many leads as it takes in a week',
  hours: 'Its office is closed',
};

function decisionView(decision: ExplainedDecision, names: Readonly<Record<string, string>>): DecisionView {
  const { id, at, result, trace, verified, lines, problem } = decision;
  const ref = (partner: string): PartnerRef => ({ id: partner, name: names[partner] ?? partner });
  const routes = trace?.routes ?? [];
  const looked = routes.find(({ decided }) => decided) ?? routes.findLast(({ candidates }) => candidates.length > 0);
  return {
    id,
    at,
    outcome: OUTCOMES[result.outcome],
    partner: result.partnerId === null ? null : ref(result.partnerId),
    route: result.route,
    sentence: result.sentence,
    lines: problem === null ? lines : [`Not verified: ${problem}`, ...lines],
    candidates: looked ? candidateViews(looked, ref) : [],
    routes: [
      ...routes.map((route) => ({ name: route.route, outcome: outcomeOf(route), why: route.why })),
      ...(trace?.notTried ?? []).map((name) => ({
        name,
        outcome: 'not tried' as const,
        why: 'A route before it decided',
      })),
    ],
    tieBreak: trace?.tieBreak ?? null,
    verified,
  };
}

function outcomeOf(route: RouteTrace): 'matched' | 'not matched' | 'nobody eligible' {
  if (!route.matched) return 'not matched';
  return route.decided ? 'matched' : 'nobody eligible';
}

function candidateViews(route: RouteTrace, ref: (id: string) => PartnerRef): CandidateView[] {
  return route.candidates.map(({ partnerId, points, dropped, parts }) => ({
    partner: ref(partnerId),
    points,
    dropped: dropped === null ? null : DROPPED[dropped.reason],
    criteria: parts.map((part) => ({ name: part.criterion, points: part.points })),
  }));
}

function refOf({ id, name }: PartnerMention): PartnerRef {
  return { id, name };
}
