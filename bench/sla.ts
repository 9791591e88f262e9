import { readdirSync, readFileSync } from 'node:fs';
import { dueAfter } from '../src/leads/sla/clock.ts';
import type { Duration } from '../src/leads/sla/duration.ts';
import { iso } from '../src/model/clock.ts';
import { type Bench, machine, randomFrom, rounded, sideBySide } from './bench.ts';
import { type Asked, calendarsOf, questionsOf } from './sla/market.ts';
import { walkAfter, walkDays } from './sla/minute-walk.ts';

const PLAN = { seed: 23, deadlines: 1_000_000, calendars: 24, years: [2010, 2037] as const, turns: 3 };
/** How many of them a walk minute by minute looks up too. */
const WALKED = 400;

/**
 * Deadlines a second, of working hours and working days in equal parts, on calendars of many zones with holidays and
 * closures. A sample is walked minute by minute, by the wall clock that Intl shows: `mismatches` counts where that differs.
 */
export const sla: Bench = {
  config: { ...PLAN, walked: WALKED, holidays: readdirSync('config/holidays'), ...machine() },
  async run(tell) {
    const calendars = calendarsOf(PLAN, (name) => readFileSync(`config/holidays/${name}.yaml`, 'utf8'));
    const asked = questionsOf(calendars, PLAN);
    const startedAt = performance.now();
    computeAll(asked);
    const firstSeconds = (performance.now() - startedAt) / 1000;
    tell(`${asked.length} deadlines, the calendars' years laid out on the way, in ${rounded(firstSeconds)} s`);
    const { computed } = sideBySide({ computed: () => computeAll(asked) }, PLAN.turns);
    const random = randomFrom(PLAN.seed + 1);
    let mismatches = 0;
    for (let n = 0; n < WALKED; n++) {
      const question = asked[Math.floor(random() * asked.length)];
      if (question === undefined) continue;
      const { from, within, calendar } = question;
      const due = dueAfter(from, within, calendar.computed);
      const walked = walk(question);
      if (due === walked) continue;
      mismatches += 1;
      const { zone } = calendar.computed.calendar;
      tell(`${within.text} from ${iso(from)} in ${zone}: computed ${iso(due)}, walked ${iso(walked)}`);
    }
    return {
      deadlinesPerSecond: Math.round(asked.length / computed),
      mismatches,
      seconds: rounded(computed, 3),
      // With the intervals of every calendar and year laid out for the first time.
      firstSeconds: rounded(firstSeconds, 3),
      walked: WALKED,
    };
  },
};

/** @returns the sum, so that nothing is computed in vain */
function computeAll(asked: readonly Asked[]): number {
  let sum = 0;
  for (const { from, within, calendar } of asked) sum += dueAfter(from, within, calendar.computed);
  return sum;
}

function walk({ from, within, calendar }: Asked): number {
  return within.unit === 'working-days'
    ? walkDays(calendar.walked, from, within.days)
    : walkAfter(calendar.walked, from, minutesOf(within));
}

function minutesOf(within: Extract<Duration, { unit: 'time' }>): number {
  return within.ms / 60_000;
}
