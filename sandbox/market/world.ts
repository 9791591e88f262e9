import type { MarketFields } from './fields.ts';
import type { HubspotClient } from './hubspot-client.ts';
import type { Population } from './people.ts';
import type { SalesforceClient } from './salesforce-client.ts';
import type { MarketState } from './state.ts';

/** What the parts of a running market share. */
export interface World {
  readonly salesforce: SalesforceClient;
  readonly hubspot: HubspotClient;
  readonly fields: MarketFields;
  readonly population: Population;
  readonly state: MarketState;
  readonly seed: number;
  readonly days: number;
  /** The epoch milliseconds of hour 0. */
  readonly startMs: number;
  /** Salesforce has market development funds. */
  readonly partnerFunds: boolean;
  /** How often what was done since the last count. */
  readonly acted: Map<string, number>;
}

export function tally(world: World, what: string, times = 1): void {
  if (times > 0) world.acted.set(what, (world.acted.get(what) ?? 0) + times);
}

export function instantOf(world: World, hours: number): string {
  return new Date(world.startMs + hours * 3_600_000).toISOString();
}

export function dateOf(world: World, hours: number): string {
  return instantOf(world, hours).slice(0, 10);
}

/** Hours from the start of the market to an instant as a CRM writes it. */
export function hoursAt(world: World, instant: string): number {
  return (new Date(instant).getTime() - world.startMs) / 3_600_000;
}
