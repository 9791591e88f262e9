import { suggestion, type YamlPath } from '../mapping/yaml-file.ts';
import { type Criterion, criteriaOf } from './criteria.ts';
import { type Check, checksOf, type DropReason } from './eligibility.ts';
import { type Method, type RoutingConfig, routingSchema, type WeightsConfig } from './routing-schema.ts';
import { type RuleFile, readRuleFile } from './rule-file.ts';
import type { Condition, Template } from './rules.ts';

export interface Route {
  readonly name: string;
  readonly when: Condition | null;
  readonly method: Method;
  /** In the order in which they are asked; capacity comes last, so that "full" means "would do otherwise". */
  readonly checks: readonly Check[];
  readonly criteria: readonly Criterion[];
  readonly acceptWithinMs: number;
  /** How many partners are asked at most. */
  readonly rounds: number;
  readonly text: Template | null;
}

export interface Routing {
  readonly routes: readonly Route[];
  readonly otherwise: 'pool' | 'unroutable';
}

/** Reads config/routing.yaml; throws a ConfigError with every problem and its place. */
export function compileRouting(file: string, text: string): Routing {
  const source = readRuleFile(file, text, routingSchema);
  const config = source.value;
  checkSection(source, config, []);
  const names = new Set<string>();
  const routes = config.routes.map((route, n): Route => {
    const at = ['routes', n];
    if (names.has(route.name))
      source.problem([...at, 'name'], `a second route is called "${route.name}"`, 'give it its own name');
    names.add(route.name);
    if (route.when === undefined && n < config.routes.length - 1 && route.method !== 'best-fit')
      source.problem(
        [...at, 'name'],
        `no lead ever gets past route "${route.name}"`,
        'give it a `when` or put it last',
      );
    checkSection(source, config, at, route);
    const eligible = route.eligible ?? config.eligible;
    const eligibleAt = route.eligible ? [...at, 'eligible', 'when'] : ['eligible', 'when'];
    const own = eligible.when === undefined ? null : source.condition(eligibleAt, eligible.when, 'eligibility');
    const offer = route.offer ?? config.offer;
    return {
      name: route.name,
      when: route.when === undefined ? null : source.condition([...at, 'when'], route.when, 'routing'),
      method: route.method,
      checks: checksOf(eligible, own),
      criteria: criteriaOf(route.weights ?? config.weights),
      acceptWithinMs: milliseconds(offer.acceptWithin),
      rounds: offer.rounds,
      text: route.text === undefined ? null : source.template([...at, 'text'], route.text, 'routing'),
    };
  });
  source.done();
  return { routes, otherwise: config.otherwise };
}

/** What the schema cannot say of the whole file's or one route's weights, tiers and times. */
function checkSection(
  source: RuleFile<RoutingConfig>,
  config: RoutingConfig,
  at: YamlPath,
  section: Partial<Pick<RoutingConfig, 'weights' | 'eligible' | 'offer'>> = config,
): void {
  const { weights, eligible, offer } = section;
  if (weights && sumOf(weights) <= 0)
    source.problem(
      [...at, 'weights'],
      'all weights are zero: every partner would fit alike',
      'give one of them some points',
    );
  if (offer && milliseconds(offer.acceptWithin) <= 0)
    source.problem([...at, 'offer', 'acceptWithin'], 'an offer must leave some time to accept', 'as in 48h');
  const tiers = config.tiers;
  if (tiers === undefined) return;
  const check = (tier: string, path: YamlPath) => {
    if (!tiers.includes(tier)) source.problem([...at, ...path], `there is no tier "${tier}"`, suggestion(tier, tiers));
  };
  for (const tier of Object.keys(weights?.tier ?? {})) check(tier, ['weights', 'tier', tier]);
  for (const [n, tier] of (eligible?.tiers ?? []).entries()) check(tier, ['eligible', 'tiers', n]);
}

function sumOf({ tier, ...weights }: WeightsConfig): number {
  return [...Object.values(weights), ...Object.values(tier)].reduce((sum, each) => sum + each, 0);
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(duration: string): number {
  return Number.parseInt(duration, 10) * (UNITS[duration.at(-1) ?? ''] ?? 0);
}

/** What every route that offers leads asks of a partner: one that lacks it gets no lead, whatever else changes. */
export function coverageOf(routing: Routing): { territory: boolean; competency: boolean } {
  const offering = routing.routes.filter((route) => route.method === 'best-fit');
  const asks = (reason: DropReason) => offering.every((route) => route.checks.some((check) => check.reason === reason));
  return { territory: asks('territory'), competency: asks('competency') };
}
