/**
 * The sandbox: two emulated CRMs on loopback, a seeded market that lives in them, and a control server that moves their
 * common time. It stands for the world outside and imports nothing of the product.
 */
import { startControl } from './control.ts';
import { SandboxClock } from './core/clock.ts';
import { BadSchedule, type FaultScheduleInput, Faults, parseSchedule } from './faults/index.ts';
import { startHubSpot } from './hubspot/index.ts';
import { freshHubspotTokens, freshSalesforceTokens } from './market/fresh-tokens.ts';
import { marketAgent } from './market/http.ts';
import { Market } from './market/market.ts';
import { applyControls } from './salesforce/controls.ts';
import { startSalesforce } from './salesforce/index.ts';
import { furnish, loadPeople } from './volume/load.ts';

export type { FaultScheduleInput } from './faults/index.ts';
export type { HubSpotSandbox } from './hubspot/index.ts';
/** One emulated CRM alone, on a clock of its own. */
export { ALL_EVENTS } from './hubspot/webhooks/subscriptions.ts';
export { BadSchedule, Faults, marketAgent, parseSchedule, SandboxClock, startHubSpot, startSalesforce };

export interface SandboxOptions {
  /** Ports; any free one where left out. */
  readonly salesforcePort?: number;
  readonly hubspotPort?: number;
  readonly controlPort?: number;
  /** Port of Salesforce's Pub/Sub API. */
  readonly pubSubPort?: number;
  /** false: Salesforce captures no changes (see startSalesforce). */
  readonly changeEvents?: boolean;
  /** How many people are expected to become MQL over the days (2000); there are two and a half times as many people. */
  readonly leads?: number;
  /** The same seed gives the same market (1). */
  readonly seed?: number;
  /** The instant at which the market's days start, in epoch milliseconds (now). */
  readonly baseTime?: number;
  /** The market acts as the wall's time flows, not only when time is moved. */
  readonly live?: boolean;
  /** Salesforce has PRM with market development funds, and the vendor uses them. */
  readonly partnerFunds?: boolean;
  /** false: two empty CRMs. */
  readonly market?: boolean;
  /** true: the vendor's own fields are there without a market, too. */
  readonly vendorFields?: boolean;
  /** Over how many days the market unfolds (30). */
  readonly days?: number;
  /** This many leads in Salesforce and contacts in HubSpot besides the market's, put there in seconds; half the people are in both. */
  readonly bulkLeads?: number;
  /** Where HubSpot's events go, all of them, once the market stands; its app can subscribe by itself as well. */
  readonly hubspotWebhooks?: string;
  /** false: no limits of rate or a day. */
  readonly limits?: boolean;
  /** What goes wrong between the CRMs and their callers, the market apart. It starts when the market stands. */
  readonly faults?: FaultScheduleInput;
  /** Told of each step of the start. */
  readonly onProgress?: (line: string) => void;
}

export interface Sandbox {
  readonly salesforce: Awaited<ReturnType<typeof startSalesforce>>['credentials'];
  readonly hubspot: Awaited<ReturnType<typeof startHubSpot>>['credentials'];
  readonly control: { readonly url: string };
  /** The faults, to be changed and counted while it runs. */
  readonly faults: Faults;
  /** What can be changed about Salesforce's change events while it runs. */
  readonly changeEvents: Awaited<ReturnType<typeof startSalesforce>>['changeEvents'];
  close(): Promise<void>;
}

const hourMs = 3_600_000;
/** How far time moves before the market acts again. */
const stepHours = 3;
/** The history before the start unfolds in steps of three days, so that records carry different dates. */
const historyStepHours = 72;
const liveTickMs = 3_000;

/** Starts everything; when it resolves the market stands at `baseTime`. @throws where a port is taken or a CRM refuses the seed */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { leads = 2000, seed = 1, baseTime = Date.now(), days = 30 } = options;
  const withMarket = options.market ?? true;
  const clock = new SandboxClock(withMarket ? baseTime - Market.historyHours * hourMs : baseTime);
  // A bad schedule is told before anything starts.
  const schedule = new Faults(options.faults).schedule;
  const faults = new Faults();
  const salesforce = await startSalesforce({
    clock,
    seed,
    faults,
    changeEvents: options.changeEvents ?? true,
    partnerFunds: options.partnerFunds ?? false,
    ...(options.limits === false ? { dailyApiRequests: null, bulk: { dailyQueryJobs: null } } : {}),
    ...given('port', options.salesforcePort),
    ...given('pubSubPort', options.pubSubPort),
  });
  const opened: { close(): Promise<void> }[] = [salesforce];
  const closeAll = async () => {
    for (const each of opened.reverse()) await each.close();
  };
  try {
    const hubspot = await startHubSpot({
      clock,
      seed,
      faults,
      limits: options.limits ?? true,
      ...given('port', options.hubspotPort),
    });
    opened.push(hubspot);
    const market = withMarket
      ? new Market({
          salesforce: salesforce.credentials,
          hubspot: { url: hubspot.url, serviceKey: hubspot.serviceKey },
          seed,
          leads,
          days,
          startMs: baseTime,
          partnerFunds: options.partnerFunds ?? false,
        })
      : null;
    if (market) await unfoldHistory(market, clock, baseTime, options.onProgress);
    else if (options.vendorFields || options.bulkLeads !== undefined) await furnish({ salesforce, hubspot });
    const credentials = market
      ? {
          salesforce: await freshSalesforceTokens(salesforce.credentials),
          hubspot: await freshHubspotTokens(hubspot.credentials),
        }
      : { salesforce: salesforce.credentials, hubspot: hubspot.credentials };
    // Last, since nothing is answered meanwhile: connections kept alive to ourselves would end under the next request.
    if (options.bulkLeads !== undefined) {
      const load = { count: options.bulkLeads, seed, nowMs: clock.now(), populated: market !== null };
      loadPeople({ salesforce, hubspot }, load);
    }
    const runner = new Runner(clock, market, baseTime);
    const control = await startControl(
      {
        now: () => clock.now(),
        advance: (hours) => runner.advance(hours),
        truth: () => runner.idle(() => market?.truth() ?? { seed, people: [], partners: [], deals: [], touches: [] }),
        stats: () => ({
          salesforce: split(salesforce.requests, market?.sent.salesforce),
          hubspot: split(hubspot.requests, market?.sent.hubspot),
          refusals: market?.refusals ?? [],
          failures: runner.failures,
        }),
        faults,
        salesforce: (json) => applyControls(salesforce.controls, json),
      },
      options.controlPort,
    );
    opened.push(control);
    faults.use(schedule);
    if (options.hubspotWebhooks !== undefined) hubspot.subscribeToAll(options.hubspotWebhooks);
    if (options.live) runner.live();
    return {
      ...credentials,
      control: { url: control.url },
      faults,
      changeEvents: salesforce.changeEvents,
      close: async () => {
        await runner.stop();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function unfoldHistory(
  market: Market,
  clock: SandboxClock,
  baseTime: number,
  tell: (line: string) => void = () => {},
): Promise<void> {
  tell("making the vendor's fields, accounts and campaigns");
  await market.found();
  for (let hours = -Market.historyHours + historyStepHours; hours <= 0; hours += historyStepHours) {
    const target = baseTime + hours * hourMs;
    clock.advance(Math.max(0, target - clock.now()));
    const acted = await market.act(target);
    const made = Object.entries(acted).map(([what, times]) => `${times} ${what}`);
    tell(`day ${hours / 24}: ${made.join(', ')}`);
  }
  const [refusal] = market.refusals;
  if (refusal) {
    throw new Error(
      `the market cannot start: ${refusal.call} of ${refusal.record}: ${refusal.code} ${refusal.message}`,
    );
  }
}

/** Moves time and lets the market act, one thing after the other. */
class Runner {
  readonly #clock: SandboxClock;
  readonly #market: Market | null;
  #queue: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** The instant up to which the market has acted: moved time only, so that the wall's speed does not show in it. */
  #actedUntil: number;
  /** What went wrong while the market acted by itself. */
  readonly failures: string[] = [];

  constructor(clock: SandboxClock, market: Market | null, startMs: number) {
    this.#clock = clock;
    this.#market = market;
    this.#actedUntil = startMs;
  }

  advance(hours: number): Promise<Record<string, number>> {
    return this.idle(async () => {
      const total: Record<string, number> = {};
      for (let rest = hours; rest > 0; rest -= stepHours) {
        const ms = Math.min(rest, stepHours) * hourMs;
        this.#clock.advance(ms);
        const acted = await this.#act(this.#actedUntil + ms);
        for (const [what, times] of Object.entries(acted)) total[what] = (total[what] ?? 0) + times;
      }
      return total;
    });
  }

  /** Runs `work` when nothing else runs. */
  idle<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** From now on the market acts every few seconds of the wall; a tick waits for the one before. */
  live(): void {
    this.#timer = setTimeout(() => {
      this.idle(() => this.#act(this.#clock.now()))
        .catch((error: unknown) => this.failures.push(String(error)))
        .finally(() => {
          if (this.#timer !== undefined) this.live();
        });
    }, liveTickMs).unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#queue;
  }

  async #act(untilMs: number): Promise<Record<string, number>> {
    this.#actedUntil = Math.max(this.#actedUntil, untilMs);
    return this.#market ? this.#market.act(this.#actedUntil) : {};
  }
}

function given<T extends string>(name: T, value: number | undefined): { [name in T]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [name in T]: number });
}

function split(requests: { readonly total: number }, market = 0) {
  return { ...requests, market, others: requests.total - market };
}
