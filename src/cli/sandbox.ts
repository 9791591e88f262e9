import { readFileSync } from 'node:fs';
import { type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';
import { writeConfig } from './write-config.ts';

interface SandboxCommandOptions extends CommonOptions {
  readonly salesforcePort?: number;
  readonly hubspotPort?: number;
  readonly controlPort?: number;
  readonly pubsubPort?: number;
  readonly changeEvents?: boolean;
  readonly hubspotWebhooks?: string;
  readonly bulkLeads?: number;
  readonly limits?: boolean;
  readonly leads?: number;
  readonly seed?: number;
  readonly baseTime?: string;
  readonly live?: boolean;
  readonly market?: boolean;
  readonly partnerFunds?: boolean;
  readonly faults?: string;
  readonly writeConfig?: string;
}

/** Starts the emulated CRMs in this process and keeps them until it is told to stop. */
export async function sandbox(io: Io, given: Record<string, unknown>): Promise<ExitCode> {
  const options = given as SandboxCommandOptions;
  const baseTime = options.baseTime === undefined ? undefined : Date.parse(options.baseTime);
  if (Number.isNaN(baseTime)) {
    throw new UserError(`"${options.baseTime}" is no instant`, {
      hint: 'Write it like 2026-11-22T08:00:00Z.',
      exit: EXIT.usage,
    });
  }
  const { BadSchedule, parseSchedule, startSandbox } = await import('../../sandbox/index.ts');
  const readFaults = (file: string) => {
    try {
      return parseSchedule(readFileSync(file, 'utf8'), file);
    } catch (error) {
      if (!(error instanceof BadSchedule) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new UserError(`the faults cannot be used: ${(error as Error).message}`, {
        hint: 'docs/guides/sandbox.md lists the faults and what they take.',
        exit: EXIT.usage,
      });
    }
  };
  const faults = options.faults === undefined ? {} : { faults: readFaults(options.faults) };
  // Listened for before anybody hears that it is ready, or who stops it at once would break it off.
  const told = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  const running = await startSandbox({
    ...faults,
    ...(options.salesforcePort === undefined ? {} : { salesforcePort: options.salesforcePort }),
    ...(options.hubspotPort === undefined ? {} : { hubspotPort: options.hubspotPort }),
    ...(options.controlPort === undefined ? {} : { controlPort: options.controlPort }),
    ...(options.pubsubPort === undefined ? {} : { pubSubPort: options.pubsubPort }),
    ...(options.changeEvents === false ? { changeEvents: false } : {}),
    ...(options.hubspotWebhooks === undefined ? {} : { hubspotWebhooks: options.hubspotWebhooks }),
    ...(options.bulkLeads === undefined ? {} : { bulkLeads: options.bulkLeads }),
    ...(options.limits === false ? { limits: false } : {}),
    ...(options.leads === undefined ? {} : { leads: options.leads }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(baseTime === undefined ? {} : { baseTime }),
    ...(options.live ? { live: true } : {}),
    ...(options.partnerFunds ? { partnerFunds: true } : {}),
    // The mappings that are written name fields which the market would have made.
    ...(options.market === false ? { market: false, vendorFields: options.writeConfig !== undefined } : {}),
    onProgress: (line) => io.err(`${line}\n`),
  });
  try {
    const address = { salesforce: running.salesforce, hubspot: running.hubspot, control: running.control };
    if (options.writeConfig !== undefined)
      writeConfig(options.writeConfig, address, 'Sandbox vendor', options.partnerFunds ? ['partner-funds'] : []);
    io.out(`${JSON.stringify(address)}\n`);
    await told;
  } finally {
    await running.close();
  }
  return EXIT.done;
}
