import { join } from 'node:path';
import { sendAgain } from './backfill/requests.ts';
import { makeWorld, measureSync, worldConfig } from './backfill/world.ts';
import { type Bench, machine, rounded } from './bench.ts';

const LEADS = 100_000;
/** The sandbox has to serve this much, or its slowness would hide ours. */
const ROWS_A_SECOND = 10_000;

/**
 * The first sync of two full CRMs: read, mapped, merged, scored, routed and written back. The floor sends every request of
 * that sync that moved records (pages, Bulk jobs, batches) once more to the same emulators with plain fetch, each CRM's one
 * after the other and both CRMs side by side, and stores nothing.
 */
export const backfill: Bench = {
  config: ({ records, server }) => ({ ...worldConfig(records ?? LEADS, server), ...machine() }),
  async run(tell, { records, server }) {
    const leads = records ?? LEADS;
    const world = await makeWorld(leads, server, tell);
    try {
      const file = join(world.dir, 'requests.jsonl');
      tell('the first sync');
      const { summary, seconds, phases, cpuSeconds, peakRssMb, rssMb } = await measureSync(world.dir, file);
      tell('the floor: the same pages and batches with plain fetch');
      const tokens = await world.tokens();
      const floor = await sendAgain(file, (origin) => tokens.get(origin) ?? '');
      const runs = Object.entries(summary.connections);
      const moved = runs.reduce((sum, [, mine]) => sum + mine.read + mine.written, 0);
      const served = Math.round(moved / floor.seconds);
      if (served < ROWS_A_SECOND) {
        throw new Error(`the sandbox served ${served} rows a second in the floor run, fewer than ${ROWS_A_SECOND}`);
      }
      const people = 2 * leads;
      return {
        ratioToFloor: rounded(seconds / floor.seconds),
        seconds: rounded(seconds),
        floorSeconds: rounded(floor.seconds),
        floorRequests: floor.requests,
        floorRowsPerSecond: served,
        recordsPerSecond: Math.round(people / seconds),
        cpuSecondsPerThousandRecords: rounded((cpuSeconds * 1000) / people, 3),
        phases: Object.fromEntries(Object.entries(phases).map(([name, took]) => [name, rounded(took)])),
        rowsMoved: moved,
        offers: summary.offers,
        calls: Object.fromEntries(runs.map(([name, { calls, floor: least }]) => [name, { made: calls, floor: least }])),
        peakRssMb,
        rssMb,
      };
    } finally {
      await world.close();
    }
  },
};
