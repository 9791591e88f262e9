/** What a schedule does, drawn from its seed before anything is done. */
import type { FaultScheduleInput } from '../../sandbox/index.ts';
import { Draws } from './random.ts';
import type { Sharing } from './sluice.ts';
import { DEEDS, type DeedName } from './world.ts';

/** One deed and the draws that say to whom and how. */
export interface PlannedDeed {
  readonly name: DeedName;
  readonly key: string;
}

/** Where a process dies: at the n-th boundary of a kind. */
export interface PlannedCrash {
  readonly at: 'any' | 'between transactions' | 'before a call' | 'after a call';
  readonly nth: number;
}

/** Some deeds, then a run in which things go wrong. */
export interface Round {
  /** Whether the run only follows what events hinted at. */
  readonly hintsOnly: boolean;
  /** API calls that each connection may make in the run; null: any number. */
  readonly calls: number | null;
  /** Hours that pass before it. */
  readonly hours: number;
  readonly deeds: readonly PlannedDeed[];
  /** Deeds in the middle of the run: before the n-th call of a connector. */
  readonly meanwhile: readonly (PlannedDeed & { readonly beforeCall: number })[];
  readonly faults: FaultScheduleInput;
  readonly crash: PlannedCrash | null;
}

export interface Plan {
  readonly seed: number;
  readonly rounds: readonly Round[];
  /** How long HubSpot's search shows what was before. */
  readonly searchLagMs: number;
  /** How long after its stamp a row of Salesforce can be seen, every third one; 0: at once. */
  readonly lateRowsMs: number;
  /** Ids that a list of Salesforce's deletions may hold; with more it tells none. */
  readonly deletionsTold: number;
  /** Whether complete passes come round in the rounds too: they heal what reading the changes misses. */
  readonly sweeps: boolean;
  readonly sharing: Sharing;
  /** Whether both CRMs tell of changes, and how likely a delivery is lost; null: Sluice only polls. */
  readonly events: { readonly lost: number } | null;
  /** Whether Salesforce is read and written by Bulk jobs, few as the rows are. */
  readonly bulk: boolean;
  /** By how much Sluice's clock is ahead of those of the CRMs. */
  readonly skewMs: number;
  /** A field that an automation of a CRM keeps setting, on a record that is drawn by the key. */
  readonly automation: { readonly field: string; readonly key: string } | null;
}

/** How often each deed is done, against the others; apart from those, one in twenty is a purge. */
const DEED_WEIGHTS: Readonly<Record<Exclude<DeedName, 'purge'>, number>> = {
  salesforceField: 6,
  hubspotField: 6,
  hubspotStage: 4,
  email: 2,
  newInSalesforce: 2,
  newInHubSpot: 2,
  remove: 2,
  erase: 1,
  restore: 2,
  merge: 2,
  convert: 2,
  answerInSalesforce: 6,
  answerInHubSpot: 4,
  newDeal: 2,
  moveDeal: 5,
  respond: 3,
  rewrite: 2,
  employ: 2,
  partner: 2,
};

type Rule = FaultScheduleInput['rules'][number];

/** Each fault with how likely it strikes a request in a rough round. */
const ROUGH: readonly Rule[] = [
  { fault: 'reset-before', probability: 0.03 },
  { fault: 'reset-after', probability: 0.05 },
  { fault: 'timeout', probability: 0.02 },
  { fault: 'timeout', probability: 0.02, effect: 'done' },
  { fault: 'truncated', probability: 0.02 },
  { fault: 'truncated', how: 'short', probability: 0.02 },
  { fault: 'html', probability: 0.02, status: 503 },
  { fault: 'html', probability: 0.02, effect: 'done' },
  { fault: 'garbage', probability: 0.02, effect: 'done' },
  { fault: 'garbage', probability: 0.02 },
  { fault: 'unauthorized', probability: 0.02 },
  { fault: 'forbidden', probability: 0.003 },
  { fault: 'limited', probability: 0.02 },
  { fault: 'limited', probability: 0.02, retryAfterSeconds: 7 },
  { fault: 'limited', probability: 0.003, scope: 'daily' },
  { fault: 'locked', probability: 0.02 },
  { fault: 'migrating', probability: 0.01, retryAfterSeconds: 30 },
  { fault: 'server-error', probability: 0.02 },
  { fault: 'server-error', probability: 0.02, status: 503, effect: 'done' },
  { fault: 'row-lock', probability: 0.2, share: 0.3 },
  { fault: 'partial', probability: 0.2, share: 0.3 },
  { fault: 'slow', probability: 0.01, delayMs: 5 },
];

/** The same seed, the same plan. */
export function planOf(seed: number): Plan {
  const draws = new Draws(`schedule ${seed}`);
  const events = draws.chance('events', 0.5) ? { lost: draws.pick('lost', [0, 0.2, 0.6]) ?? 0 } : null;
  const rounds = Array.from({ length: draws.int('rounds', 2, 4) }, (_, n) =>
    roundOf(draws.of(`round ${n}`), n, events !== null),
  );
  const sharing = draws.weighted('sharing', {
    none: 2,
    newest: 2,
    'prefer salesforce': 1,
    'hubspot follows': 1,
  } as const);
  const field =
    draws.pick('automated', ['Sluice_Grade__c', 'Sluice_Status__c', 'Sluice_Reason__c']) ?? 'Sluice_Grade__c';
  const hasAutomation = draws.chance('automation', 0.25);
  return {
    seed,
    rounds,
    sharing,
    events,
    // A fight that the index or the clock hides goes on for a round a day, longer than a schedule lasts (contested.test.ts).
    searchLagMs: !hasAutomation && draws.chance('lag', 0.3) ? draws.int('lag ms', 500, 20_000) : 0,
    lateRowsMs: !hasAutomation && draws.chance('late', 0.2) ? draws.int('late ms', 1_000, 120_000) : 0,
    deletionsTold: draws.chance('deletions', 0.1) ? 1 : 600_000,
    sweeps: draws.chance('sweeps', 0.5),
    bulk: draws.chance('bulk', 0.3),
    skewMs: !hasAutomation && draws.chance('skew', 0.3) ? draws.int('skew ms', -90_000, 90_000) : 0,
    automation: hasAutomation ? { field, key: `automation ${seed}` } : null,
  };
}

/** Hours. */
export const LONG_PAUSE = 400;

function roundOf(draws: Draws, number: number, hasEvents: boolean): Round {
  const deed = (key: string): PlannedDeed => ({
    name: draws.chance(`${key} purges`, 0.05) ? 'purge' : draws.weighted(key, DEED_WEIGHTS),
    key,
  });
  const isRough = draws.chance('rough', 0.8);
  // A few kinds at a time, so that each gets far into a run.
  const kinds = ROUGH.filter((_, place) => draws.chance(`fault ${place}`, 0.35));
  return {
    hintsOnly: hasEvents && number > 0 && draws.chance('hints only', 0.4),
    calls: draws.chance('budget', 0.15) ? draws.int('calls', 3, 60) : null,
    // Now and then so long that no list of deletions reaches back.
    hours: draws.chance('long pause', 0.04) ? LONG_PAUSE : (draws.pick('hours', [0, 1, 3, 7, 20, 49]) ?? 1),
    // The first run meets the world as it was made.
    deeds: number === 0 ? [] : Array.from({ length: draws.int('deeds', 2, 8) }, (_, n) => deed(`deed ${n}`)),
    meanwhile: Array.from({ length: draws.int('meanwhile', 0, 2) }, (_, n) => ({
      ...deed(`meanwhile ${n}`),
      beforeCall: draws.int(`when ${n}`, 1, 30),
    })),
    faults: { seed: draws.int('fault seed', 0, 1_000_000), rules: isRough ? kinds : [] },
    crash: draws.chance('crash', 0.6) ? crashOf(draws.of('crash')) : null,
  };
}

function crashOf(draws: Draws): PlannedCrash {
  const at = draws.weighted('at', {
    any: 3,
    'between transactions': 2,
    'before a call': 1,
    'after a call': 2,
  } as const);
  const most = { any: 900, 'between transactions': 25, 'before a call': 30, 'after a call': 30 }[at];
  return { at, nth: draws.int('nth', 1, most) };
}

/** Does what was planned; a few words on it for the log. */
export const deedOf = ({ name }: PlannedDeed) => DEEDS[name];
