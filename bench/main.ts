/**
 * `npm run -s bench -- NAME [--json]`: measures one thing, with its exact configuration. Without NAME it lists what there
 * is. Ratios are taken against a floor or a peer measured in the same run, so that they mean something on any machine.
 */
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';

/** Loaded when they are run: one does not need what another one imports. */
const BENCHES: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Bench> }>> = {
  attribution: {
    about: 'crediting booked deals to touches: seconds a model, memory, against plain sums',
    load: async () => (await import('./attribution.ts')).attribution,
  },
  backfill: {
    about: 'provision and first sync of two emulated CRMs, against moving the same pages and batches',
    load: async () => (await import('./backfill.ts')).backfill,
  },
  routing: {
    about: 'decisions a second of the router, against one written by hand for the shipped rules',
    load: async () => (await import('./routing.ts')).routing,
  },
};

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [name] = positionals;
  const list = Object.entries(BENCHES).map(([each, { about }]) => `  ${each.padEnd(12)} ${about}`);
  if (name === undefined) {
    console.log(`npm run -s bench -- NAME [--json]\n${list.join('\n')}`);
    return 0;
  }
  const chosen = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (chosen === undefined) {
    console.error(`there is no benchmark "${name}"; there are\n${list.join('\n')}`);
    return 2;
  }
  const { config, run } = await chosen.load();
  const figures = await run((line) => process.stderr.write(`${line}\n`));
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
