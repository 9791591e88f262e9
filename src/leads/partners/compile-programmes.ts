/** config/programmes.yaml: the programmes that partners are in, and the rules by which they rise and fall between tiers. */
import { suggestion } from '../../mapping/yaml-file.ts';
import { alternativesOf, implies } from '../rule-alternatives.ts';
import { type RuleFile, readRuleFile } from '../rule-file.ts';
import type { Condition, Template } from '../rules.ts';
import { programmesSchema } from './programmes-schema.ts';

export interface Programme {
  readonly name: string;
  readonly text: string | null;
  readonly enter: Condition;
  readonly benefits: readonly string[];
}

/** A partner of one of the tiers `from` that meets `when` is proposed for the tier `to`. */
export interface TierMove {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: string;
  /** Whether `to` is the better tier; null where the order of the tiers is not known. */
  readonly up: boolean | null;
  readonly when: Condition;
  readonly text: Template;
}

export interface Programmes {
  /** Days whose offers, deals and revenue count. */
  readonly overDays: number;
  readonly noticeDays: number;
  readonly categories: readonly string[] | null;
  /** The tiers of routing.yaml, best first; null where it names none. */
  readonly tiers: readonly string[] | null;
  readonly dormant: { readonly silenceDays: number; readonly unanswered: number } | null;
  readonly programmes: readonly Programme[];
  /** In order: of several that are met the first counts. */
  readonly moves: readonly TierMove[];
}

type Document = ReturnType<typeof programmesSchema.parse>;

/**
 * Reads programmes.yaml; throws a ConfigError with every problem and its place.
 * @param tiers those of routing.yaml, best first
 */
export function compileProgrammes(file: string, text: string, tiers: readonly string[] | null): Programmes {
  const source = readRuleFile<Document>(file, text, programmesSchema);
  const { over, notice, categories, dormant, programmes, moves } = source.value;
  checkNames(source, 'programmes', programmes);
  checkNames(source, 'moves', moves);
  const compiled: Programmes = {
    overDays: Number.parseInt(over, 10),
    noticeDays: Number.parseInt(notice, 10),
    categories: categories ?? null,
    tiers,
    dormant: dormant ? { silenceDays: Number.parseInt(dormant.silence, 10), unanswered: dormant.unanswered } : null,
    programmes: programmes.map((each, n) => ({
      name: each.name,
      text: each.text ?? null,
      enter: source.condition(['programmes', n, 'enter'], each.enter, 'programmes'),
      benefits: each.benefits,
    })),
    moves: moves.map((each, n): TierMove => {
      checkTiers(source, n, each, tiers);
      return {
        name: each.name,
        from: each.from,
        to: each.to,
        up: direction(each, tiers),
        when: source.condition(['moves', n, 'when'], each.when, 'programmes'),
        text: source.template(['moves', n, 'text'], each.text, 'programmes'),
      };
    }),
  };
  if (compiled.overDays === 0) source.problem(['over'], 'in no time at all nobody has done anything');
  checkMet(source);
  source.done();
  return compiled;
}

function checkNames(
  source: RuleFile<Document>,
  list: 'programmes' | 'moves',
  named: readonly { name: string }[],
): void {
  for (const [n, { name }] of named.entries()) {
    if (named.findIndex((each) => each.name === name) < n)
      source.problem([list, n, 'name'], `a second one of ${list} is called "${name}"`, 'give it its own name');
  }
}

function checkTiers(
  source: RuleFile<Document>,
  n: number,
  move: Document['moves'][number],
  tiers: readonly string[] | null,
): void {
  const unknown = (path: readonly (string | number)[], tier: string) => {
    if (tiers !== null && !tiers.includes(tier))
      source.problem(path, `routing.yaml names no tier "${tier}"`, suggestion(tier, tiers));
  };
  for (const [place, tier] of move.from.entries()) unknown(['moves', n, 'from', place], tier);
  unknown(['moves', n, 'to'], move.to);
  if (move.from.includes(move.to))
    source.problem(['moves', n, 'to'], `a partner of the tier ${move.to} cannot move to it`);
}

function direction(move: Document['moves'][number], tiers: readonly string[] | null): boolean | null {
  if (tiers === null) return null;
  const [from] = move.from;
  return from === undefined ? null : tiers.indexOf(move.to) < tiers.indexOf(from);
}

/** Conditions that contradict themselves, and moves that an earlier one of the same tiers always comes before. */
function checkMet(source: RuleFile<Document>): void {
  const { programmes, moves } = source.value;
  const never = 'its parts contradict each other: use || where one of them is enough';
  for (const [n, { enter }] of programmes.entries()) {
    if (alternativesOf(enter, 'programmes')?.length === 0)
      source.problem(['programmes', n, 'enter'], 'no partner can ever meet this condition', never);
  }
  const wanted = moves.map(({ when }) => alternativesOf(when, 'programmes'));
  for (const [n, move] of moves.entries()) {
    const own = wanted[n];
    if (own?.length === 0) source.problem(['moves', n, 'when'], 'no partner can ever meet this condition', never);
    if (!own?.length) continue;
    const shadow = moves.slice(0, n).find((earlier, place) => {
      const wider = wanted[place];
      return (
        move.from.every((tier) => earlier.from.includes(tier)) &&
        wider !== undefined &&
        own.every((each) => wider.some((alternative) => implies(each, alternative)))
      );
    });
    if (shadow)
      source.problem(
        ['moves', n, 'when'],
        `"${move.name}" never proposes anything: "${shadow.name}" before it is met whenever it is`,
        'put it first, or narrow the earlier one',
      );
  }
}
