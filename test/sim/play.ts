/**
 * Plays one schedule: deeds, faults, crashes; then quiet runs that only read what changed, and judgement of all that they
 * promise; then the complete passes, and judgement without any exception.
 */
import { createHash } from 'node:crypto';
import type { Connector, Hint } from '../../connectors/connector.ts';
import { ALL_EVENTS, Faults, startHubSpot, startSalesforce } from '../../sandbox/index.ts';
import { iso } from '../../src/model/clock.ts';
import type { Store } from '../../src/store/database.ts';
import type { RunSummary } from '../../src/sync/run.ts';
import { Mortal } from '../support/mortal.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { HubSpotDesk, SalesforceDesk } from './crms.ts';
import { type Exception, excuse, type Span } from './exceptions.ts';
import { judge, oneMoreRunWritesNothing } from './judge.ts';
import { Mailbox } from './mailbox.ts';
import { deedOf, type Plan, type PlannedCrash, type PlannedDeed, planOf, type Round } from './plan.ts';
import { Draws } from './random.ts';
import { type Crm, calmConnections, type Ground, hear, provision, startAnew, syncOnce } from './sluice.ts';
import { TimeLimits } from './time-limits.ts';
import { type Automation, populate, World } from './world.ts';

const START = Date.parse('2026-03-02T08:00:00.000Z');
const HOUR = 3_600_000;
const YEARS = 10 * 365 * 24 * HOUR;
/** Quiet runs after which both sides have to agree. */
const QUIET_RUNS = 6;
/** Begins what differs before the complete passes have come round. */
export const CHANGES_ALONE = 'without complete passes';

export interface Played {
  readonly seed: number;
  readonly log: readonly string[];
  /** Of the whole log: the same schedule has the same. */
  readonly hash: string;
  readonly faults: Readonly<Record<string, number>>;
  readonly crashes: number;
  readonly runs: number;
  /** What only the complete passes had to find, by the window that the reading of changes leaves. */
  readonly excused: Readonly<Partial<Record<Exception, number>>>;
  /** What differs though it should not; empty where all is well. What reading the changes missed says so. */
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
  let excused: Played['excused'] = {};
  const divergences: string[] = [];
  try {
    await startAnew(store);
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
      clock,
    );
    await provision(ground);
    await populate(world, new Draws(`world ${seed}`));
    world.automation = automationOf(world, plan, log);
    salesforce.controls.lateRows.byMs = plan.lateRowsMs;
    salesforce.controls.lateRows.everyNth = 3;
    salesforce.controls.replication.maxIds = plan.deletionsTold;
    const spans: Span[] = [];
    for (const [number, round] of plan.rounds.entries()) {
      log.push(`round ${number}`);
      clock.advance(round.hours * HOUR);
      for (const deed of round.deeds) await act(world, deed, `${seed} ${number}`, log, clock);
      await deliver(ground, world, { plan, mailbox, idle: () => hubspot.webhooks.idle() }, `${seed} ${number}`, log);
      faults.use(round.faults);
      const from = clock.now();
      const ended = await roughRun(ground, world, round, { key: `${seed} ${number}`, sweeps: plan.sweeps }, log);
      faults.stop();
      spans.push({ from, to: clock.now() });
      runs += 1;
      if (ended.died) crashes += 1;
    }
    salesforce.controls.lateRows.byMs = 0;
    await deliver(ground, world, { plan, mailbox, idle: () => hubspot.webhooks.idle() }, `${seed} end`, log);
    const { connections, close } = await calmConnections(ground);
    try {
      const settled = await settleDown(ground, world, { sweeps: false }, log);
      runs += settled.runs;
      if (!settled.isQuiet)
        divergences.push(`${CHANGES_ALONE}: ${QUIET_RUNS} quiet runs were not enough: ${log.at(-1)}`);
      const missed = excuse(await judge(ground, world, connections), { plan, world, spans });
      excused = missed.excused;
      divergences.push(...missed.left.map(({ text }) => `${CHANGES_ALONE}: ${text}`));
      // A day later all complete passes come round, which find what no change told of.
      clock.advance(26 * HOUR);
      const swept = await settleDown(ground, world, { sweeps: true }, log);
      runs += swept.runs;
      if (!swept.isQuiet) divergences.push(`${QUIET_RUNS} quiet runs were not enough: ${log.at(-1)}`);
      await sabotage.atTheEnd?.(store);
      divergences.push(...(await judge(ground, world, connections)).map(({ text }) => text));
      divergences.push(...(await oneMoreRunWritesNothing(ground, world)));
    } finally {
      await close();
    }
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
  return { seed, log, hash, faults: { ...faults.counts }, crashes, runs, excused, divergences };
}

async function act(world: World, deed: PlannedDeed, key: string, log: string[], clock: SteppedClock): Promise<void> {
  clock.advance(1_000);
  const said = await deedOf(deed)(world, new Draws(`deed ${key} ${deed.key}`));
  log.push(`  ${deed.name}: ${said ?? 'nothing to do it to'}`);
}

async function roughRun(
  ground: Ground,
  world: World,
  round: Round,
  { key, sweeps }: { readonly key: string; readonly sweeps: boolean },
  log: string[],
) {
  let calls = 0;
  const life = new Mortal(deathBy(round.crash));
  const options = { hintsOnly: round.hintsOnly, callsLeft: round.calls, sweeps };
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

interface Post {
  readonly plan: Plan;
  readonly mailbox: Mailbox | null;
  /** Resolves once everything that HubSpot has to tell is in the mailbox. */
  readonly idle: () => Promise<unknown>;
}

/** What both CRMs tell of what was done arrives, in part, twice and in no order; nothing where nobody listens. */
async function deliver(
  ground: Ground,
  world: World,
  { plan: { events }, mailbox, idle }: Post,
  key: string,
  log: string[],
): Promise<void> {
  if (events === null || mailbox === null) return;
  await idle();
  const draws = new Draws(`events ${key}`);
  const isLost = (what: string) => draws.chance(what, events.lost);
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
async function settleDown(
  ground: Ground,
  world: World,
  { sweeps }: { readonly sweeps: boolean },
  log: string[],
): Promise<{ isQuiet: boolean; runs: number }> {
  for (let n = 1; n <= QUIET_RUNS; n++) {
    // What was put off is due again.
    ground.clock.advance(HOUR / 4);
    const { summary } = await syncOnce(ground, new Mortal(() => false), () => world.automate(), { sweeps });
    log.push(`quiet run ${n}${sweeps ? ' with complete passes' : ''}: ${summary === null ? 'none' : told(summary)}`);
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
