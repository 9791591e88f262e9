/** Plays one schedule: deeds, faults, crashes, then quiet runs, then judgement. */
import { createHash } from 'node:crypto';
import type { Connector, Hint } from '../../connectors/connector.ts';
import { ALL_EVENTS, Faults, startHubSpot, startSalesforce } from '../../sandbox/index.ts';
import { iso } from '../../src/model/clock.ts';
import type { Store } from '../../src/store/database.ts';
import type { RunSummary } from '../../src/sync/run.ts';
import { Mortal } from '../support/mortal.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { HubSpotDesk, SalesforceDesk } from './crms.ts';
import { judge } from './judge.ts';
import { Mailbox } from './mailbox.ts';
import { deedOf, type Plan, type PlannedCrash, type PlannedDeed, planOf, type Round } from './plan.ts';
import { Draws } from './random.ts';
import { type Crm, emptyStore, type Ground, hear, provision, syncOnce } from './sluice.ts';
import { TimeLimits } from './time-limits.ts';
import { type Automation, populate, World } from './world.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');
const HOUR = 3_600_000;
const YEARS = 10 * 365 * 24 * HOUR;
/** Quiet runs after which both sides have to agree. */
const QUIET_RUNS = 6;

export interface Played {
  readonly seed: number;
  readonly log: readonly string[];
  /** Of the whole log: the same schedule has the same. */
  readonly hash: string;
  readonly faults: Readonly<Record<string, number>>;
  readonly crashes: number;
  readonly runs: number;
  /** What differs in the end; empty where all is well. */
  readonly divergences: readonly string[];
}

/** Something that is broken on purpose: the judge has to notice. */
export interface Sabotage {
  readonly connector?: (crm: Crm, connector: Connector) => Connector;
  /** After the last quiet run, before judgement. */
  readonly atTheEnd?: (store: Store) => Promise<void>;
}

/** Plays the schedule of a seed in a store, which is emptied first. */
export async function play(store: Store, seed: number, sabotage: Sabotage = {}): Promise<Played> {
  const plan = planOf(seed);
  const clock = new SteppedClock(START);
  const faults = new Faults();
  const salesforce = await startSalesforce({ clock, seed, faults, sessionMs: YEARS, dailyApiRequests: 10_000_000 });
  const mailbox = plan.events === null ? null : await Mailbox.open();
  const hubspot = await startHubSpot({
    clock,
    seed,
    faults,
    limits: false,
    searchLagMs: plan.searchLagMs,
    ...(mailbox === null
      ? {}
      : {
          // Sent when the schedule says so: `gatherMs` outlasts it.
          webhooks: {
            targetUrl: mailbox.url,
            maxConcurrentRequests: 1,
            subscriptions: ALL_EVENTS,
            duplicates: 0.3,
            gatherMs: 2 ** 31 - 1,
          },
        }),
  });
  const log: string[] = [];
  faults.onStrike = ({ crm, number, kind }, request) =>
    log.push(`  ${crm} request ${number}: ${kind} at ${request?.method} ${request?.path}`);
  const limits = new TimeLimits();
  faults.onSilence = () => limits.reach();
  let crashes = 0;
  let runs = 0;
  const divergences: string[] = [];
  try {
    await emptyStore(store);
    const ground: Ground = {
      store,
      clock,
      credentials: { salesforce: salesforce.credentials, hubspot: hubspot.credentials },
      sharing: plan.sharing,
      bulk: plan.bulk,
      skewMs: plan.skewMs,
      ...(sabotage.connector ? { sabotage: sabotage.connector } : {}),
    };
    const world = new World(
      new SalesforceDesk(salesforce.url, salesforce.credentials.accessToken),
      new HubSpotDesk(hubspot.url, hubspot.serviceKey),
      hubspot,
    );
    await provision(ground);
    await populate(world, new Draws(`world ${seed}`));
    world.automation = automationOf(world, plan, log);
    for (const [number, round] of plan.rounds.entries()) {
      log.push(`round ${number}`);
      clock.advance(round.hours * HOUR);
      for (const deed of round.deeds) await act(world, deed, `${seed} ${number}`, log, clock);
      if (plan.events !== null && mailbox !== null) {
        await hubspot.webhooks.idle();
        await deliver(ground, world, mailbox, { lost: plan.events.lost, key: `${seed} ${number}` }, log);
      }
      faults.use(round.faults);
      const ended = await roughRun(ground, world, round, `${seed} ${number}`, log);
      faults.stop();
      runs += 1;
      if (ended.died) crashes += 1;
    }
    const settled = await settleDown(ground, world, log);
    runs += settled.runs;
    if (!settled.isQuiet) divergences.push(`${QUIET_RUNS} quiet runs were not enough: ${log.at(-1)}`);
    await sabotage.atTheEnd?.(store);
    divergences.push(...(await judge(ground, world)));
  } catch (error) {
    divergences.push(
      `the schedule broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    limits.restore();
    await salesforce.close();
    await hubspot.close();
    await mailbox?.close();
  }
  const hash = createHash('sha256').update(log.join('\n')).digest('hex').slice(0, 16);
  return { seed, log, hash, faults: { ...faults.counts }, crashes, runs, divergences };
}

async function act(world: World, deed: PlannedDeed, key: string, log: string[], clock: SteppedClock): Promise<void> {
  clock.advance(1_000);
  const said = await deedOf(deed)(world, new Draws(`deed ${key} ${deed.key}`));
  log.push(`  ${deed.name}: ${said ?? 'nothing to do it to'}`);
}

async function roughRun(ground: Ground, world: World, round: Round, key: string, log: string[]) {
  let calls = 0;
  const life = new Mortal(deathBy(round.crash));
  const options = { hintsOnly: round.hintsOnly, callsLeft: round.calls };
  const beforeCall = async () => {
    calls += 1;
    await world.automate();
    for (const deed of round.meanwhile.filter(({ beforeCall }) => beforeCall === calls)) {
      await act(world, deed, key, log, ground.clock);
    }
  };
  const { summary, unreachable } = await syncOnce(ground, life, beforeCall, options);
  if (life.isDead) log.push(`  killed after ${life.passed.length} boundaries, the last: ${life.passed.at(-1)}`);
  log.push(`  ${summary ? told(summary) : (unreachable ?? 'the process is dead')}`);
  return { died: life.isDead };
}

/** Somebody has set up an automation that fights about one field of one record. */
function automationOf(world: World, { automation }: Plan, log: string[]): Automation | null {
  if (automation === null) return null;
  const known = new Draws(automation.key).pick('who', world.live('Lead', 'Contact', 'contacts'));
  if (known === undefined) return null;
  log.push(`an automation keeps setting ${automation.field} of ${known.object} ${known.who}`);
  // The status is a list of values in both CRMs.
  return { known, field: automation.field, value: automation.field === 'Sluice_Status__c' ? 'New' : 'Z' };
}

/** What both CRMs tell of what was done arrives, in part, twice and in no order. */
async function deliver(
  ground: Ground,
  world: World,
  mailbox: Mailbox,
  { lost, key }: { readonly lost: number; readonly key: string },
  log: string[],
): Promise<void> {
  const draws = new Draws(`events ${key}`);
  const isLost = (what: string) => draws.chance(what, lost);
  const news = world.salesforce.news.splice(0).filter((_, n) => !isLost(`news ${n}`));
  const order = (n: number) => draws.uniform(`order ${n}`);
  const hints = [...news, ...news.filter((_, n) => draws.chance(`twice ${n}`, 0.3))]
    .map(({ object, id, what }): Hint => ({ object, ids: [id], at: iso(ground.clock.now()), what }))
    .map((hint, n): Hint => (draws.chance(`gap ${n}`, 0.05) ? { ...hint, ids: [], what: 'gap' } : hint))
    .map((hint, n) => [order(n), hint] as const)
    .sort(([a], [b]) => a - b)
    .map(([, hint]) => hint);
  const delivered = mailbox.empty().filter((_, n) => !isLost(`request ${n}`));
  await hear(ground, { hints, delivered });
  log.push(`  events: ${hints.length} of salesforce, ${delivered.length} requests of hubspot`);
}

function deathBy(crash: PlannedCrash | null): (where: string) => boolean {
  if (crash === null) return () => false;
  const prefix = { any: '', 'between transactions': 'between', 'before a call': 'before ', 'after a call': 'after ' }[
    crash.at
  ];
  const isOne = (where: string) =>
    crash.at === 'before a call' || crash.at === 'after a call'
      ? where.startsWith(prefix) && !where.endsWith('a statement')
      : where.startsWith(prefix);
  let met = 0;
  return (where) => isOne(where) && ++met === crash.nth;
}

/** Runs without faults until one neither writes nor learns anything. */
async function settleDown(ground: Ground, world: World, log: string[]): Promise<{ isQuiet: boolean; runs: number }> {
  for (let n = 1; n <= QUIET_RUNS; n++) {
    // A day later the complete passes come round, which find what no change told of; then what was put off is due again.
    ground.clock.advance(n === 1 ? 26 * HOUR : HOUR / 4);
    const { summary } = await syncOnce(ground, new Mortal(() => false), () => world.automate());
    log.push(`quiet run ${n}: ${summary === null ? 'none' : told(summary)}`);
    if (summary !== null && isQuiet(summary)) return { isQuiet: true, runs: n };
  }
  return { isQuiet: false, runs: QUIET_RUNS };
}

function isQuiet(summary: RunSummary): boolean {
  return (
    summary.status === 'done' &&
    Object.values(summary.connections).every(
      ({ written, waiting, rejected, changed }) => written + waiting + rejected + changed === 0,
    )
  );
}

function told(summary: RunSummary): string {
  const each = Object.entries(summary.connections).map(
    ([name, { changed, written, rejected, waiting, problem }]) =>
      `${name} changed ${changed}, written ${written}, rejected ${rejected}, waiting ${waiting}${problem ? `, ${problem.code}` : ''}`,
  );
  return `${summary.status}: ${each.join('; ')}; offers ${summary.offers}, entries ${summary.entries}`;
}
