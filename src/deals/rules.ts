/** `config/deals.yaml`, compiled: deadlines, approval chain, windows, and who may have a deal that another has, too. */
import { exponentOf, type Money, moneyFrom } from '../model/money.ts';
import type { PartnerFacts } from '../model/partner.ts';
import type { Registration, RegistrationVerdict } from '../model/registration.ts';
import type { DealsConfig, SecondRule } from './deals-schema.ts';

/** Where somebody works: ISO country and IANA time zone; null where it is not known. */
export interface Place {
  readonly country: string | null;
  readonly timeZone: string | null;
}

/** A stretch of time as somebody wrote it, counted by the calendar of a place where it is working time. */
export interface Stretch {
  readonly text: string;
  /** The end of the stretch that begins at `from`, epoch milliseconds. */
  after(from: number, place: Place): number;
  /** When so many percent of it have passed. */
  share(from: number, percent: number, place: Place): number;
}

/** What the condition for approval at once is asked of. */
export interface AutoFacts {
  readonly amount: Money | null;
  readonly product: string | null;
  readonly country: string | null;
  readonly source: string;
  readonly verdict: RegistrationVerdict;
  readonly hasOpportunity: boolean;
  readonly partner: PartnerFacts;
}

/** The file, read and of the right shape, and the language of its conditions and times, which this domain leaves to others. */
export interface RuleSource {
  readonly value: DealsConfig;
  condition(path: readonly (string | number)[], source: string): (facts: AutoFacts) => boolean;
  stretch(path: readonly (string | number)[], source: string): Stretch;
  problem(path: readonly (string | number)[], message: string, hint?: string): void;
  done(): void;
}

export interface ChainStep {
  readonly name: string;
  readonly email: string | null;
  /** The largest amount for which nobody after this step is asked, by currency; null: it is the last one. */
  readonly limits: ReadonlyMap<string, bigint> | null;
}

export interface DealRules {
  readonly require: ReadonlySet<DealsConfig['require'][number]>;
  readonly within: Stretch;
  readonly warnAt: readonly number[];
  readonly missed: DealsConfig['decision']['missed'];
  readonly auto: ((facts: AutoFacts) => boolean) | null;
  readonly chain: readonly ChainStep[];
  readonly protection: DealsConfig['protection'];
  readonly extension: { readonly times: number; readonly days: number; readonly askWithin: number | null } | null;
  readonly second: { readonly rule: SecondRule; readonly shares: readonly [first: number, second: number] };
  readonly weights: DealsConfig['conflicts'];
}

/** Compiles the rules; throws by `source.done()` a ConfigError with every problem and its place. */
export function compileDeals(source: RuleSource): DealRules {
  const config = source.value;
  const { decision, approval, protection, extension, second } = config;
  const names = new Set<string>();
  const chain = approval.chain.map(({ name, email, upTo }, n): ChainStep => {
    const at = ['approval', 'chain', n];
    if (names.has(name)) source.problem([...at, 'name'], `a second step is called "${name}"`);
    names.add(name);
    const isLast = n === approval.chain.length - 1;
    if (isLast && upTo)
      source.problem([...at, 'upTo'], 'the last step must cover every amount', 'leave its "upTo" out');
    if (!isLast && !upTo)
      source.problem([...at, 'name'], `nobody after "${name}" is ever asked`, 'give it an "upTo" or put it last');
    return { name, email: email ?? null, limits: upTo ? limitsOf(source, [...at, 'upTo'], upTo) : null };
  });
  for (const [n, step] of chain.entries()) checkOrder(source, n, chain[n - 1], step);
  const split = second.rule === 'both-with-split';
  if (split && !second.shares)
    source.problem(['second', 'rule'], 'which share does each get?', 'write "shares: [70, 30]"');
  if (!split && second.shares) source.problem(['second', 'shares'], `"${second.rule}" shares nothing`, 'leave it out');
  const [first = 100, other = 0] = second.shares ?? [];
  if (split && first + other !== 100) source.problem(['second', 'shares'], 'the shares do not add up to 100');
  for (const [n, before] of protection.warn.entries())
    if (before >= protection.days)
      source.problem(['protection', 'warn', n], `${before} days before the end is not within ${protection.days} days`);
  const rules: DealRules = {
    require: new Set(config.require),
    within: source.stretch(['decision', 'within'], decision.within),
    warnAt: decision.warn,
    missed: decision.missed,
    auto: approval.auto === undefined ? null : source.condition(['approval', 'auto'], approval.auto),
    chain,
    protection,
    extension: extension ? { ...extension, askWithin: extension.askWithin ?? null } : null,
    second: { rule: second.rule, shares: [first, other] },
    weights: config.conflicts,
  };
  source.done();
  return rules;
}

function limitsOf(
  source: RuleSource,
  at: readonly (string | number)[],
  upTo: Readonly<Record<string, number>>,
): ReadonlyMap<string, bigint> {
  return new Map(
    Object.entries(upTo).map(([currency, limit]) => {
      const money = moneyFrom(limit, currency);
      if (money === null) source.problem([...at, currency], `"${limit}" is no amount`);
      return [currency, money?.minor ?? 0n];
    }),
  );
}

/** A step that covers less than the one before it is never the last one asked. */
function checkOrder(source: RuleSource, n: number, before: ChainStep | undefined, step: ChainStep): void {
  for (const [currency, limit] of step.limits ?? []) {
    const lower = before?.limits?.get(currency);
    if (lower !== undefined && lower >= limit)
      source.problem(
        ['approval', 'chain', n, 'upTo', currency],
        `"${step.name}" covers no more than "${before?.name}" before it`,
        'put the steps in the order of their limits',
      );
  }
}

/**
 * The names of the steps that must approve, in order: all up to the first whose limit covers the amount. An amount that is not
 * known, or in a currency without a limit, is covered by no limit: amounts are never compared across currencies.
 */
export function stepsFor(chain: readonly ChainStep[], amount: Money | null): string[] {
  const last = chain.findIndex(({ limits }) => {
    if (limits === null) return true;
    const limit = amount === null ? undefined : limits.get(amount.currency);
    return limit !== undefined && amount !== null && amount.minor <= limit;
  });
  return chain.slice(0, last + 1).map(({ name }) => name);
}

/** The step whose turn it is; null where all have said yes. */
export function nextStep({ needed, approvals }: Pick<Registration, 'needed' | 'approvals'>): string | null {
  const reached = Math.max(-1, ...approvals.map(({ step }) => needed.indexOf(step)));
  return needed[reached + 1] ?? null;
}

/** The amount in whole units of its currency, rounded up, so that "at most" in a condition never lets more through. */
export function wholeUnits({ minor, currency }: Money): number {
  const unit = 10n ** BigInt(exponentOf(currency));
  return Number((minor + unit - 1n) / unit);
}
