import type { PersonFacts } from '../model/person.ts';
import type { LeadKind, Market } from './market.ts';
import type { PerformanceConfig } from './performance.ts';
import type { RoutableLead } from './routable-lead.ts';
import type { RuleContext } from './rule-scope.ts';

/** The lead as the checks and criteria see it. */
export interface Candidacy {
  readonly lead: RoutableLead;
  readonly person: PersonFacts;
  readonly context: RuleContext;
  readonly declined: ReadonlySet<string>;
  /** What the lead is, as its segment is told. */
  readonly kind: LeadKind;
  /** The calendar date (UTC) of the decision; null: it was made before decisions kept their time. */
  readonly date: string | null;
  readonly segment: PerformanceConfig;
  readonly market: Market;
  /** What the only partner is called that may have the lead, since its account is reserved for it; null: none is. */
  readonly reservedFor: string | null;
}

export function candidacyOf(
  lead: RoutableLead,
  context: RuleContext,
  segment: PerformanceConfig,
  market: Market,
  reservedFor: string | null,
): Candidacy {
  const { person } = lead;
  return {
    lead,
    person,
    context,
    declined: new Set(lead.declined),
    kind: kindOf(lead),
    date: lead.at === undefined ? null : new Date(lead.at).toISOString().slice(0, 10),
    segment,
    market,
    reservedFor,
  };
}

export function kindOf({ person, score }: Pick<RoutableLead, 'person' | 'score'>): LeadKind {
  return { country: person.country, product: person.product, industry: person.industry, grade: score.grade };
}
