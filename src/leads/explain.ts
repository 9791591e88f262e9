import type { CandidateTrace, DecisionTrace, RouteTrace } from './decision.ts';
import type { DropReason } from './drop-reason.ts';

/** How a decision came about, as lines of text that a channel manager reads from top to bottom. */
export interface Explanation {
  readonly lines: readonly string[];
}

/**
 * Explains a decision from its trace.
 * @param names partner ids and what the partners are called; an id without a name stands for itself
 */
export function explainDecision(trace: DecisionTrace, names: ReadonlyMap<string, string>): Explanation {
  const nameOf = (id: string) => names.get(id) ?? id;
  const lines = [`Lead ${trace.leadId}: ${trace.sentence}`, ''];
  for (const [n, route] of trace.routes.entries()) lines.push(...routeLines(n + 1, route, trace, nameOf));
  if (trace.notTried.length > 0) lines.push(`Not tried, since a route before decided: ${trace.notTried.join(', ')}`);
  return { lines };
}

type NameOf = (id: string) => string;

function routeLines(n: number, route: RouteTrace, trace: DecisionTrace, nameOf: NameOf): string[] {
  const verdict = route.decided ? 'decides' : route.matched ? 'comes to no result' : 'does not match';
  const lines = [`${n}. Route "${route.route}" (${route.method}) ${verdict}: ${route.why}`];
  const eligible = route.candidates.filter(({ dropped }) => dropped === null);
  for (const effect of route.effects) lines.push(`   Fairness: ${effect}`);
  for (const [place, candidate] of eligible.entries()) lines.push(...candidateLines(place + 1, candidate, nameOf));
  if (route.decided && trace.tieBreak !== null) lines.push(`   Tie: ${trace.tieBreak}`);
  for (const [reason, candidates] of byReason(route.candidates)) {
    lines.push(`   Dropped for ${reason} (${candidates.length}):`);
    for (const { partnerId, dropped } of candidates) lines.push(`     ${nameOf(partnerId)} ${dropped?.why}`);
  }
  return lines;
}

function candidateLines(place: number, candidate: CandidateTrace, nameOf: NameOf): string[] {
  const served = candidate.lastServed === 0 ? 'never served' : `last served with offer ${candidate.lastServed}`;
  return [
    `   ${place}. ${nameOf(candidate.partnerId)}: ${candidate.points} points (${served})`,
    ...candidate.parts.map(({ criterion, points, why }) => `        ${points} for ${criterion}: ${why}`),
  ];
}

function byReason(candidates: readonly CandidateTrace[]): Map<DropReason, CandidateTrace[]> {
  const groups = new Map<DropReason, CandidateTrace[]>();
  for (const candidate of candidates) {
    if (!candidate.dropped) continue;
    const group = groups.get(candidate.dropped.reason);
    if (group) group.push(candidate);
    else groups.set(candidate.dropped.reason, [candidate]);
  }
  return groups;
}
