/** What the schema of routing.yaml cannot say: weights, tiers, times, names that point to other routes, dead conditions. */
import { suggestion, type YamlPath } from '../mapping/yaml-file.ts';
import { deadRoutes } from './dead-conditions.ts';
import type { RouteConfig, RoutingConfig, SharesConfig, WeightsConfig } from './routing-schema.ts';
import type { RuleFile } from './rule-file.ts';

type Source = RuleFile<RoutingConfig>;

/** Methods that always come to a result. */
const FINAL: ReadonlySet<string> = new Set(['direct', 'pool', 'nurture']);

/** The whole file's or one route's weights, shares, eligibility and offer. */
export function checkSection(
  source: Source,
  config: RoutingConfig,
  at: YamlPath,
  section: Partial<Pick<RoutingConfig, 'weights' | 'eligible' | 'offer'>> & {
    shares?: SharesConfig | undefined;
  } = config,
): void {
  const { weights, eligible, offer, shares } = section;
  if (weights && sumOf(weights) <= 0)
    source.problem(
      [...at, 'weights'],
      'all weights are zero: every partner would fit alike',
      'give one of them some points, or use the method round-robin',
    );
  if (shares && sumOfShares(shares) <= 0)
    source.problem([...at, 'shares'], 'all shares are zero: nobody would get a lead', 'give one of them a share');
  if (offer && Number.parseInt(offer.acceptWithin, 10) <= 0)
    source.problem([...at, 'offer', 'acceptWithin'], 'an offer must leave some time to accept', 'as in 48h');
  for (const [n, status] of (eligible?.status ?? []).entries()) {
    if (status !== 'Active')
      source.problem(
        [...at, 'eligible', 'status', n],
        `a partner that is ${status} is never offered a lead`,
        'only Active partners are',
      );
  }
  const tiers = config.tiers;
  if (tiers === undefined) return;
  const check = (tier: string, path: YamlPath) => {
    if (!tiers.includes(tier)) source.problem([...at, ...path], `there is no tier "${tier}"`, suggestion(tier, tiers));
  };
  for (const tier of Object.keys(weights?.tier ?? {})) check(tier, ['weights', 'tier', tier]);
  for (const tier of Object.keys(shares?.tier ?? {})) check(tier, ['shares', 'tier', tier]);
  for (const [n, tier] of (eligible?.tiers ?? []).entries()) check(tier, ['eligible', 'tiers', n]);
}

/** The routes among each other. */
export function checkRoutes(source: Source, config: RoutingConfig): void {
  const names = new Set<string>();
  for (const [n, route] of config.routes.entries()) {
    const at = ['routes', n];
    if (names.has(route.name))
      source.problem([...at, 'name'], `a second route is called "${route.name}"`, 'give it its own name');
    names.add(route.name);
    checkKeys(source, at, route);
  }
  checkFallbacks(source, config);
  const ends = (route: RouteConfig) =>
    FINAL.has(route.method) && !(route.method === 'direct' && config.fairness?.channel?.enforce);
  const inOrder = config.routes.filter(({ reserve }) => !reserve);
  for (const [n, route] of config.routes.entries()) {
    if (route.when === undefined && !route.reserve && route !== inOrder.at(-1) && ends(route))
      source.problem(
        ['routes', n, 'name'],
        `no lead ever gets past route "${route.name}"`,
        'give it a `when` or put it last',
      );
  }
  for (const { route, message, hint } of deadRoutes(config.routes, ends))
    source.problem(['routes', route, 'when'], message, hint);
  for (const [n, accounts] of config.accounts.entries()) {
    if (accounts.domains.length + accounts.companies.length === 0)
      source.problem(['accounts', n], `the list "${accounts.name}" names no company`, 'give it domains or companies');
  }
}

/** Keys that a method has no use for: whoever wrote them expects something that would not happen. */
function checkKeys(source: Source, at: YamlPath, route: RouteConfig): void {
  const refuse = (key: keyof RouteConfig, why: string) => {
    if (route[key] !== undefined) source.problem([...at, key], `"${key}" has no effect here`, why);
  };
  if (route.method !== 'auction') refuse('top', 'it belongs to the method auction');
  if (route.method !== 'weighted-round-robin') refuse('shares', 'it belongs to the method weighted-round-robin');
  if (FINAL.has(route.method)) refuse('else', `the method ${route.method} always comes to a result`);
}

/** `else` names a route that exists, never leads back, and every reserve is named by somebody. */
function checkFallbacks(source: Source, { routes }: RoutingConfig): void {
  const names = routes.map(({ name }) => name);
  const next = new Map(routes.map((route) => [route.name, route.else]));
  for (const [n, route] of routes.entries()) {
    const at = ['routes', n];
    if (route.else !== undefined && !names.includes(route.else)) {
      source.problem([...at, 'else'], `there is no route "${route.else}"`, suggestion(route.else, names));
      continue;
    }
    const chain = [route.name];
    for (let to = route.else; to !== undefined; to = next.get(to)) {
      const again = chain.includes(to);
      chain.push(to);
      if (!again) continue;
      // Told once, at the first route of the circle.
      if (to === route.name && names.indexOf(to) === Math.min(...chain.map((name) => names.indexOf(name))))
        source.problem(
          [...at, 'else'],
          `the fall-back goes in a circle: ${chain.join(' > ')}`,
          'let one of them end it',
        );
      break;
    }
    if (route.reserve && !routes.some((other) => other.else === route.name))
      source.problem(
        [...at, 'reserve'],
        `no route falls back to the reserve "${route.name}"`,
        'name it in the `else` of another route',
      );
  }
}

function sumOf({ tier, ...weights }: WeightsConfig): number {
  return [...Object.values(weights), ...Object.values(tier)].reduce((sum, each) => sum + each, 0);
}

function sumOfShares({ partner, tier, otherwise }: SharesConfig): number {
  return [...Object.values(partner), ...Object.values(tier), otherwise].reduce((sum, each) => sum + each, 0);
}
