/** Conditions that can never be met, and routes that no lead can reach since earlier ones take every lead that they would. */
import type { RouteConfig } from './routing-schema.ts';
import { type Alternative, alternativesOf, implies } from './rule-alternatives.ts';

export interface DeadRoute {
  /** Place among the routes, from 0. */
  readonly route: number;
  readonly message: string;
  readonly hint: string;
}

/**
 * The dead routes of a file, as far as their conditions compare fields with constants; a condition that does not parse is
 * passed over, it is reported as such.
 * @param final whether a lead that the route matches goes no further
 */
export function deadRoutes(routes: readonly RouteConfig[], final: (route: RouteConfig) => boolean): DeadRoute[] {
  const dead: DeadRoute[] = [];
  const before: { name: string; alternatives: readonly Alternative[] }[] = [];
  for (const [n, route] of routes.entries()) {
    if (route.when === undefined) continue;
    const alternatives = alternativesOf(route.when, 'routing');
    if (alternatives === undefined) continue;
    if (alternatives.length === 0) {
      dead.push({
        route: n,
        message: `no lead can ever meet this condition of route "${route.name}"`,
        hint: 'its parts contradict each other: use || where one of them is enough',
      });
      continue;
    }
    if (route.reserve) continue;
    const shadow = before.find((earlier) => covers(earlier.alternatives, alternatives));
    if (shadow)
      dead.push({
        route: n,
        message: `route "${route.name}" never gets a lead: route "${shadow.name}" before it takes every lead that it would`,
        hint: 'put it first, or narrow the earlier one',
      });
    if (final(route)) before.push({ name: route.name, alternatives });
  }
  return dead;
}

/** Whether whatever meets the later one meets the earlier one, too. */
function covers(earlier: readonly Alternative[], later: readonly Alternative[]): boolean {
  return later.every((each) => earlier.some((wider) => implies(each, wider)));
}
