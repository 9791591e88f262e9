/**
 * The predictive score at work: what a lead is judged by, and how much the judgement counts beside the rules. The columns
 * are facts that every decision keeps as they were when it was made, so that nothing learned from peeks at the outcome. Pure.
 */
import type { Score } from '../model/lead.ts';
import type { PersonFacts } from '../model/person.ts';
import { chancesOf, type ScoreModel } from './predict/model.ts';
import { reasonsIn } from './predict/reasons.ts';
import type { Table } from './predict/table.ts';
import type { TouchFacts } from './rule-scope.ts';

/** A lead as it was when it was scored. */
export interface ScoredThen {
  readonly person: PersonFacts;
  readonly touches: TouchFacts;
}

/** What a model says of one lead. */
export interface Prediction {
  readonly version: string;
  /** The chance that it is won, 0 to 1. */
  readonly chance: number;
  /** Where that stands among the leads the model learned from, 0 to 100: the middle of its tenth. */
  readonly place: number;
  /** In words, the weightiest first. */
  readonly reasons: readonly string[];
}

/** The name of the reason that a prediction is in a score. */
export const PREDICTIVE = 'predictive';

const COLUMNS: readonly (readonly [name: string, cell: (lead: ScoredThen) => string | number | null])[] = [
  ['title', ({ person }) => person.title],
  ['country', ({ person }) => person.country],
  ['region', ({ person }) => person.region],
  ['language', ({ person }) => person.language],
  ['industry', ({ person }) => person.industry],
  ['employees', ({ person }) => person.employees],
  ['product', ({ person }) => person.product],
  ['source', ({ person }) => person.source],
  ['stage', ({ person }) => person.stage],
  ['phone known', ({ person }) => (person.phone === null ? 'no' : 'yes')],
  ['touches', ({ touches }) => touches.count],
  ['campaigns', ({ touches }) => touches.campaigns],
  ['days since last touch', ({ touches }) => touches.daysSinceLast],
];

/** The names of the columns of `leadTable`. */
export const LEAD_COLUMNS = COLUMNS.map(([name]) => name);

/** Leads as a table to learn from or to judge, a row each in the order given. */
export function leadTable(leads: readonly ScoredThen[]): Table {
  return {
    size: leads.length,
    columns: COLUMNS.map(([name, cell]) => ({ name, cells: leads.map((lead) => String(cell(lead) ?? '').trim()) })),
  };
}

/** What a model says of leads, in the order given. */
export function predictionsOf(model: ScoreModel, leads: readonly ScoredThen[]): Prediction[] {
  const table = leadTable(leads);
  const reasons = reasonsIn(model, table, 3);
  return [...chancesOf(model, table)].map((chance, row) => ({
    version: model.version,
    chance,
    place: model.scores.edges.filter((edge) => chance > edge).length * 10 + 5,
    reasons: reasons(row).map(({ text }) => text),
  }));
}

/** By how many points a prediction moves a score of rules: towards its place by `weight` percent of the way. */
export function shiftBy(prediction: Prediction, ruleScore: number, weight: number): number {
  return Math.round((weight / 100) * (prediction.place - ruleScore));
}

/** A prediction as the reason of its points. */
export function predictionText({ version, chance, place, reasons }: Prediction): string {
  const why = reasons.length > 0 ? `: ${reasons.join('; ')}` : '';
  return `a chance of ${Math.round(chance * 100)} % to be won, above ${place - 5} % of earlier leads (${version})${why}`;
}

/** What the rules alone gave a lead. */
export function ruleScoreOf({ score, reasons }: Score): number {
  return score - reasons.reduce((sum, { rule, points }) => (rule === PREDICTIVE ? sum + points : sum), 0);
}

/** How well two ways to score put won leads above others (AUC), on the same leads. */
export interface Contest {
  readonly leads: number;
  readonly won: number;
  readonly auc: number;
  readonly rulesAuc: number;
}

export interface Verdict {
  readonly inUse: boolean;
  /** One readable sentence. */
  readonly why: string;
}

/** So many leads, and so many of each outcome, must have come since before they judge. */
const RECENT = { leads: 50, each: 10 };

/**
 * Whether a model counts: only while it does better than the rules. Leads that came after those it learned from judge
 * as soon as there are enough; before, the newest ones that it was tested on do.
 */
export function judge(tested: Contest, recent: Contest | null): Verdict {
  const enough =
    recent !== null && recent.leads >= RECENT.leads && Math.min(recent.won, recent.leads - recent.won) >= RECENT.each;
  const judges = enough && recent !== null ? recent : tested;
  const which = enough
    ? `on the ${judges.leads} outcomes since it was learned`
    : `on the ${judges.leads} leads it was tested on`;
  const figures = `AUC ${judges.auc.toFixed(3)} against ${judges.rulesAuc.toFixed(3)} of the rules`;
  return judges.auc > judges.rulesAuc
    ? { inUse: true, why: `it does better than the rules ${which}: ${figures}` }
    : { inUse: false, why: `the rules alone count: it does no better than they ${which}, ${figures}` };
}
