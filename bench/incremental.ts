import { editPeople } from './backfill/changes.ts';
import { makeWorld, measureSync, worldConfig } from './backfill/world.ts';
import { type Bench, machine, rounded } from './bench.ts';

const LEADS = 100_000;
/** Of all leads, and of all contacts. */
const CHANGED = 0.01;

/** A run after one in a hundred records changed in both CRMs, against the first sync of all of them. */
export const incremental: Bench = {
  config: ({ records, server }) => ({ ...worldConfig(records ?? LEADS, server), changed: CHANGED, ...machine() }),
  async run(tell, { records, server }) {
    const leads = records ?? LEADS;
    const world = await makeWorld(leads, server, tell);
    try {
      tell('the first sync');
      const first = await measureSync(world.dir);
      // Nothing is left to do: what the next run costs is the changes alone.
      tell('a run without changes');
      const idle = await measureSync(world.dir);
      tell('editing one in a hundred records');
      await editPeople(world, leads, Math.round(leads * CHANGED));
      tell('the run after');
      const next = await measureSync(world.dir);
      const runs = Object.entries(next.summary.connections);
      return {
        shareOfBackfill: rounded(next.seconds / first.seconds, 4),
        backfillSeconds: rounded(first.seconds),
        incrementalSeconds: rounded(next.seconds),
        idleSeconds: rounded(idle.seconds),
        changed: runs.reduce((sum, [, mine]) => sum + mine.changed, 0),
        written: runs.reduce((sum, [, mine]) => sum + mine.written, 0),
        calls: Object.fromEntries(runs.map(([name, { calls, floor }]) => [name, { made: calls, floor }])),
        idleCalls: Object.fromEntries(
          Object.entries(idle.summary.connections).map(([name, { calls, floor }]) => [name, { made: calls, floor }]),
        ),
        peakRssMb: next.peakRssMb,
      };
    } finally {
      await world.close();
    }
  },
};
