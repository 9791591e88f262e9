/**
 * A seeded market that lives in the two emulated CRMs as an ordinary HTTP client: it knows their addresses, credentials and
 * the names of fields, nothing else. It is told the time, does what is due by then, and can tell the truth about itself.
 */
import { Agenda } from './agenda.ts';
import { type MarketEvent, planEvents } from './events.ts';
import { defaultFields, type MarketFields } from './fields.ts';
import { foundVendor } from './found.ts';
import type { Refusal } from './http.ts';
import { HubspotClient } from './hubspot-client.ts';
import { OfferDesk } from './offers.ts';
import { generatePopulation, historyHours } from './people.ts';
import { SalesforceClient } from './salesforce-client.ts';
import { MarketState } from './state.ts';
import { type Truth, tellTruth } from './truth.ts';
import { unfold } from './unfold.ts';
import { setUpVendor } from './vendor-setup.ts';
import type { World } from './world.ts';

export interface MarketOptions {
  readonly salesforce: {
    readonly url: string;
    readonly accessToken: string;
    readonly clientId: string;
    readonly clientSecret: string;
  };
  readonly hubspot: { readonly url: string; readonly serviceKey: string };
  readonly seed: number;
  /** How many people are expected to become MQL over the days. */
  readonly leads: number;
  readonly days: number;
  /** The epoch milliseconds at which the market's days start; its history lies before. */
  readonly startMs: number;
  readonly fields?: MarketFields;
  /** Salesforce has market development funds: the vendor uses them. */
  readonly partnerFunds?: boolean;
}

export class Market {
  /** How long before its start the market's history begins, in hours: found it with the clock set that far back. */
  static readonly historyHours = historyHours;

  readonly #world: World;
  readonly #options: MarketOptions;
  readonly #events: MarketEvent[];
  readonly #agenda: Agenda;
  #desk: OfferDesk | null = null;
  #next = 0;

  constructor(options: MarketOptions) {
    const population = generatePopulation(options);
    this.#options = options;
    this.#world = {
      salesforce: new SalesforceClient(options.salesforce),
      hubspot: new HubspotClient(options.hubspot.url, options.hubspot.serviceKey),
      fields: options.fields ?? defaultFields,
      population,
      state: new MarketState(),
      seed: options.seed,
      days: options.days,
      startMs: options.startMs,
      partnerFunds: options.partnerFunds ?? false,
      acted: new Map(),
    };
    this.#events = planEvents(population, options.seed, options.days);
    this.#agenda = new Agenda(this.#world);
  }

  /** Makes the vendor's fields, Accounts and campaigns. Call once, before the first `act`. @throws where a CRM refuses */
  async found(): Promise<Record<string, number>> {
    await setUpVendor(this.#world, this.#options.salesforce);
    await foundVendor(this.#world);
    const [refusal] = this.refusals;
    if (refusal) throw new Error(`the market cannot start: ${refusal.record}: ${refusal.code} ${refusal.message}`);
    this.#desk = new OfferDesk(this.#world);
    return this.#count();
  }

  /** Does everything that is due by this instant. What was done, counted. Not to be called again before it is done. */
  async act(nowMs: number): Promise<Record<string, number>> {
    if (this.#desk === null) throw new Error('found the market before it acts');
    this.#world.salesforce.itIs(nowMs);
    const now = (nowMs - this.#world.startMs) / 3_600_000;
    const due: MarketEvent[] = [];
    for (let event = this.#events[this.#next]; event && event.at <= now; event = this.#events[this.#next]) {
      due.push(event);
      this.#next += 1;
    }
    await unfold(this.#world, due);
    // Nobody is offered anything before the start of the market's days.
    for (const recalled of now > 0 ? await this.#desk.recalled() : []) this.#agenda.recalled(recalled);
    for (const acceptance of now > 0 ? await this.#desk.answer(now) : []) this.#agenda.accepted(acceptance);
    await this.#agenda.carryOut(now);
    return this.#count();
  }

  /** What only the market knows. */
  truth(): Truth {
    return tellTruth(this.#world);
  }

  /** Rows that a CRM did not take so far. */
  get refusals(): readonly Refusal[] {
    return [...this.#world.salesforce.refusals, ...this.#world.hubspot.refusals];
  }

  /** Calls sent so far, as the CRMs count them. */
  get sent(): { salesforce: number; hubspot: number } {
    return { salesforce: this.#world.salesforce.counted, hubspot: this.#world.hubspot.sent };
  }

  #count(): Record<string, number> {
    const counts = Object.fromEntries(this.#world.acted);
    this.#world.acted.clear();
    return counts;
  }
}
