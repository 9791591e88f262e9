/** The sandbox in a process of its own: prints one JSON line when it is ready and runs until it is told to stop. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseSchedule, type SandboxOptions, startSandbox } from './index.ts';

/** @throws with a message for people where an option is unknown or has no sense */
function readOptions(argv: readonly string[]): SandboxOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'salesforce-port': { type: 'string' },
      'hubspot-port': { type: 'string' },
      'control-port': { type: 'string' },
      'pubsub-port': { type: 'string' },
      'no-change-events': { type: 'boolean' },
      'hubspot-webhooks': { type: 'string' },
      leads: { type: 'string' },
      'bulk-leads': { type: 'string' },
      'no-limits': { type: 'boolean' },
      seed: { type: 'string' },
      days: { type: 'string' },
      'base-time': { type: 'string' },
      live: { type: 'boolean' },
      'no-market': { type: 'boolean' },
      progress: { type: 'boolean' },
      faults: { type: 'string' },
    },
  });
  return {
    ...whole('salesforcePort', '--salesforce-port', values['salesforce-port'], 0, 65_535),
    ...whole('hubspotPort', '--hubspot-port', values['hubspot-port'], 0, 65_535),
    ...whole('controlPort', '--control-port', values['control-port'], 0, 65_535),
    ...whole('pubSubPort', '--pubsub-port', values['pubsub-port'], 0, 65_535),
    ...(values['no-change-events'] ? { changeEvents: false } : {}),
    ...address(values['hubspot-webhooks']),
    ...whole('leads', '--leads', values.leads, 1, 1_000_000),
    ...whole('bulkLeads', '--bulk-leads', values['bulk-leads'], 1, 2_000_000),
    ...(values['no-limits'] ? { limits: false } : {}),
    ...whole('seed', '--seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    ...whole('days', '--days', values.days, 1, 3650),
    ...instant(values['base-time']),
    ...(values.faults === undefined
      ? {}
      : { faults: parseSchedule(readFileSync(values.faults, 'utf8'), values.faults) }),
    live: values.live ?? false,
    market: !values['no-market'],
    ...(values.progress ? { onProgress: (line: string) => process.stderr.write(`${line}\n`) } : {}),
  };
}

function whole(name: keyof SandboxOptions, option: string, text: string | undefined, low: number, high: number) {
  if (text === undefined) return {};
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high))
    throw new Error(`${option} must be a whole number from ${low} to ${high}, not ${text}`);
  return { [name]: value };
}

function address(text: string | undefined) {
  if (text === undefined) return {};
  if (!URL.canParse(text)) throw new Error(`--hubspot-webhooks must be an address, not ${text}`);
  return { hubspotWebhooks: text };
}

function instant(text: string | undefined) {
  if (text === undefined) return {};
  const baseTime = Date.parse(text);
  if (Number.isNaN(baseTime))
    throw new Error(`--base-time must be an ISO instant such as 2026-11-22T08:00:00Z, not ${text}`);
  return { baseTime };
}

try {
  const sandbox = await startSandbox(readOptions(process.argv.slice(2)));
  const stop = () => {
    sandbox.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`sandbox: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(signal, stop);
  const { salesforce, hubspot, control } = sandbox;
  process.stdout.write(`${JSON.stringify({ salesforce, hubspot, control })}\n`);
} catch (error) {
  process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
