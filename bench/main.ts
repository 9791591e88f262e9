/**
 * `npm run -s bench -- NAME [--json] [--full] [--records N]`: measures one thing, with its exact configuration. Without NAME it lists what there
 * is. Ratios are taken against a floor or a peer measured in the same run, so that they mean something on any machine.
 */
import { parseArgs } from 'node:util';
import type { Bench, BenchOptions } from './bench.ts';

/** Loaded when they are run: one does not need what another one imports. */
const BENCHES: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Bench> }>> = {
  attribution: {
    about: 'crediting booked deals to touches: seconds a model, memory, against plain sums',
    load: async () => (await import('./attribution.ts')).attribution,
  },
  backfill: {
    about: 'the first sync of two full CRMs, against moving the same pages and batches',
    load: async () => (await import('./backfill.ts')).backfill,
  },
  incremental: {
    about: 'a run after one in a hundred records changed, against the first sync',
    load: async () => (await import('./incremental.ts')).incremental,
  },
  latency: {
    about: 'from an edit in one CRM to what follows in the other',
    load: async () => (await import('./latency.ts')).latency,
  },
  lift: {
    about:
      'what a fund brought, where the truth is known: how often the interval holds it, the bias where funds follow hidden skill',
    load: async () => (await import('./lift.ts')).lift,
  },
  matching: {
    about: 'company names: how well they are grouped, out of fold; the cost of matching a record to 100,000 accounts',
    load: async () => (await import('./matching.ts')).matching,
  },
  reports: {
    about: 'every report of the catalogue over a million leads and a hundred thousand deals, from stored sums',
    load: async () => (await import('./reports.ts')).reports,
  },
  routing: {
    about: 'decisions a second of the router, against one written by hand for the shipped rules',
    load: async () => (await import('./routing.ts')).routing,
  },
  sla: {
    about: 'a million deadlines in working time, a sample of them walked minute by minute',
    load: async () => (await import('./sla.ts')).sla,
  },
  scoring: {
    about: 'a score learned from outcomes: how good on newer leads, which leaks are found',
    load: async () => (await import('./scoring.ts')).scoring,
  },
  simulation: {
    about: 'seeded schedules of edits, faults and crashes: whether both CRMs and the model agree in the end',
    load: async () => (await import('./simulation.ts')).simulation,
  },
};

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      records: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [name] = positionals;
  const list = Object.entries(BENCHES).map(([each, { about }]) => `  ${each.padEnd(12)} ${about}`);
  if (name === undefined) {
    console.log(`npm run -s bench -- NAME [--json] [--full] [--records N]\n${list.join('\n')}`);
    return 0;
  }
  const chosen = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (chosen === undefined) {
    console.error(`there is no benchmark "${name}"; there are\n${list.join('\n')}`);
    return 2;
  }
  if (values.records !== undefined && !/^[1-9]\d*$/.test(values.records)) {
    console.error(`--records must be a whole number, not ${values.records}`);
    return 2;
  }
  const options: BenchOptions = {
    full: values.full,
    records: values.records === undefined ? null : Number(values.records),
    server: process.env.DATABASE_URL || null,
  };
  // From here on a benchmark says itself which database each process uses.
  delete process.env.DATABASE_URL;
  const bench = await chosen.load();
  const config = typeof bench.config === 'function' ? bench.config(options) : bench.config;
  const figures = await bench.run((line) => process.stderr.write(`${line}\n`), options);
  if (values.json) console.log(JSON.stringify({ name, config, figures }, null, 2));
  else console.log([name, ...lines('config', config), ...lines('figures', figures)].join('\n'));
  return 0;
}

function lines(title: string, values: Readonly<Record<string, unknown>>): string[] {
  const rows = Object.entries(values).map(
    ([name, value]) => `  ${name.padEnd(26)} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  return [title, ...rows];
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
