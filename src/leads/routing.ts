import { type Accounts, compileAccounts } from './accounts.ts';
import { type Criterion, criteriaOf } from './criteria.ts';
import type { DropReason } from './drop-reason.ts';
import type { Check } from './eligibility/check.ts';
import { type Demand, demandsOf } from './eligibility/demands.ts';
import { checksOf } from './eligibility.ts';
import { compileFairness, type Fairness } from './fairness.ts';
import { type Stride, stridesOf } from './methods/shares.ts';
import type { PerformanceConfig } from './performance.ts';
import { checkRoutes, checkSection } from './routing-check.ts';
import { type Method, type Needed, OFFERING, type OfferingMethod, routingSchema } from './routing-schema.ts';
import { readRuleFile } from './rule-file.ts';
import type { Condition, Template } from './rules.ts';

export interface Route {
  readonly name: string;
  readonly when: Condition | null;
  readonly method: Method;
  /** In the order in which they are asked; what passes with time comes last, so that "full" means "would do otherwise". */
  readonly checks: readonly Check[];
  readonly criteria: readonly Criterion[];
  /** How long a partner's turn lasts; null: the method hands out no turns. */
  readonly stride: Stride | null;
  /** The partners whose shares it states. */
  readonly sharesOf: readonly string[];
  /** What it asks of every partner, whatever the lead. */
  readonly demands: readonly Demand[];
  readonly acceptWithinMs: number;
  /** How many partners are asked at most. */
  readonly rounds: number;
  /** How many partners an auction is open to. */
  readonly top: number;
  /** Facts without which the lead is held back. */
  readonly needs: readonly Needed[];
  /** The route that is asked next where this one comes to no result, whatever its own condition. */
  readonly orElse: string | null;
  /** Asked only as somebody's `orElse`. */
  readonly reserve: boolean;
  readonly text: Template | null;
}

export interface Routing {
  readonly routes: readonly Route[];
  readonly otherwise: 'pool' | 'unroutable';
  /** The tiers of partners, best first; null: the file names none. */
  readonly tiers: readonly string[] | null;
  readonly accounts: Accounts;
  readonly fairness: Fairness | null;
  readonly segment: PerformanceConfig;
  /** What a partner must be to claim a lead that no route put into the pool. */
  readonly poolChecks: readonly Check[];
  /** What its decisions need to know beyond the lead and the partners as they stand. */
  readonly asks: {
    readonly hours: boolean;
    readonly accounts: boolean;
    readonly results: boolean;
    readonly refusalDays: number;
  };
}

/** Reads config/routing.yaml; throws a ConfigError with every problem and its place. */
export function compileRouting(file: string, text: string): Routing {
  const source = readRuleFile(file, text, routingSchema);
  const config = source.value;
  checkSection(source, config, []);
  const routes = config.routes.map((route, n): Route => {
    const at = ['routes', n];
    checkSection(source, config, at, route);
    const { method } = route;
    const eligible = route.eligible ?? config.eligible;
    const eligibleAt = route.eligible ? [...at, 'eligible', 'when'] : ['eligible', 'when'];
    const own = eligible.when === undefined ? null : source.condition(eligibleAt, eligible.when, 'eligibility');
    const offer = route.offer ?? config.offer;
    const shares = method === 'weighted-round-robin' ? (route.shares ?? { partner: {}, tier: {}, otherwise: 1 }) : null;
    const stride = shares && stridesOf(shares);
    const byTurns = method === 'round-robin' || method === 'weighted-round-robin';
    return {
      name: route.name,
      when: route.when === undefined ? null : source.condition([...at, 'when'], route.when, 'routing'),
      method,
      checks: [...checksOf(eligible, own, method), ...(stride ? [hasShare(stride)] : [])],
      criteria: byTurns ? [] : criteriaOf(route.weights ?? config.weights),
      stride,
      sharesOf: Object.keys(shares?.partner ?? {}),
      demands: demandsOf(eligible),
      acceptWithinMs: milliseconds(offer.acceptWithin),
      rounds: offer.rounds,
      top: route.top ?? 3,
      needs: route.needs ?? [],
      orElse: route.else ?? null,
      reserve: route.reserve,
      text: route.text === undefined ? null : source.template([...at, 'text'], route.text, 'routing'),
    };
  });
  const pool =
    config.eligible.when === undefined
      ? null
      : source.condition(['eligible', 'when'], config.eligible.when, 'eligibility');
  checkRoutes(source, config);
  source.done();
  const eligibles = [config, ...config.routes].flatMap(({ eligible }) => eligible ?? []);
  const weights = [config, ...config.routes].flatMap((each) => each.weights ?? []);
  return {
    routes,
    otherwise: config.otherwise,
    tiers: config.tiers ?? null,
    accounts: compileAccounts(config.accounts),
    fairness: config.fairness ? compileFairness(config.fairness) : null,
    segment: { segment: config.segment.by, prior: config.segment.prior },
    poolChecks: checksOf(config.eligible, pool, 'pool'),
    asks: {
      hours: eligibles.some(({ workingHours }) => workingHours),
      accounts:
        routes.some(({ method }) => method === 'owner' || method === 'registrant') ||
        eligibles.some(({ relationship }) => relationship) ||
        weights.some(({ relationship }) => relationship > 0),
      results: weights.some(({ performance }) => performance > 0),
      refusalDays: Math.max(0, ...eligibles.map(({ coolDown }) => Number.parseInt(coolDown?.within ?? '0', 10))),
    },
  };
}

/** The methods that offer a lead to a partner. */
export function offers(method: Method): method is OfferingMethod {
  return (OFFERING as readonly Method[]).includes(method);
}

function hasShare(stride: Stride): Check {
  return { reason: 'share', drops: (partner) => stride(partner) === 0, why: () => 'has no share in this route' };
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(duration: string): number {
  return Number.parseInt(duration, 10) * (UNITS[duration.at(-1) ?? ''] ?? 0);
}

/** What every route that offers leads asks of a partner: one that lacks it gets no lead, whatever else changes. */
export function coverageOf(routing: Routing): { territory: boolean; competency: boolean } {
  const offering = routing.routes.filter(({ method }) => offers(method) || method === 'auction');
  const asks = (reason: DropReason) => offering.every((route) => route.checks.some((check) => check.reason === reason));
  return { territory: asks('territory'), competency: asks('competency') };
}
