import { z } from 'zod';
import { readYamlFile, suggestion } from '../mapping/yaml-file.ts';
import { ConfigError } from '../model/config-error.ts';

const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];

export const ledgerSchema = z.strictObject({
  timeZone: z.string().default('UTC').describe('Days and months of the ledger are those of this place.'),
  ceiling: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000_000)
    .default(1_000_000_000)
    .describe('A won deal above so much, in whole units of the reporting currency, is held for somebody to look at.'),
  rates: z
    .strictObject({
      order: z
        .array(z.enum(['crm', 'file']))
        .min(1)
        .default(['crm', 'file'])
        .describe('Whose exchange rates count first.'),
      maxAgeDays: z
        .number()
        .int()
        .min(1)
        .max(3_660)
        .default(31)
        .describe('A rate of rates.csv counts for so many days at most, or until the next one.'),
    })
    .default({ order: ['crm', 'file'], maxAgeDays: 31 }),
});

/** By what the ledger books. All of it is kept with what was booked, so that a later change of the file changes nothing old. */
export interface LedgerRules {
  /** The reporting currency, ISO 4217: that of the vendor. */
  readonly currency: string;
  readonly timeZone: string;
  /** Whole units of the reporting currency. */
  readonly ceiling: number;
  /** Sources of rates, first to last: `crm:CONNECTION` or `file`. */
  readonly rateOrder: readonly string[];
  /** Days that a rate of the file counts. */
  readonly maxAgeDays: number;
}

/** What of the rest of the configuration the ledger goes by. */
export interface LedgerSurroundings {
  /** Of the vendor. */
  readonly currency: string;
  /** Names, by precedence. */
  readonly connections: readonly string[];
}

/** Checks the text of `ledger.yaml`. Throws a ConfigError naming file, line, column and the wrong word. */
export function compileLedger(file: string, text: string, surroundings: LedgerSurroundings): LedgerRules {
  const yaml = readYamlFile(file, text, ledgerSchema);
  const { timeZone, ceiling, rates } = yaml.value;
  const problems = [];
  if (!isZone(timeZone)) {
    const hint = suggestion(timeZone, zones) ?? 'as in Europe/Berlin or America/New_York';
    problems.push(yaml.problemAt(['timeZone'], `there is no time zone "${timeZone}"`, { hint }));
  }
  for (const [index, word] of rates.order.entries()) {
    if (rates.order.indexOf(word) < index)
      problems.push(yaml.problemAt(['rates', 'order', index], `"${word}" is listed twice`));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    currency: surroundings.currency,
    timeZone,
    ceiling,
    rateOrder: rates.order.flatMap((word) =>
      word === 'file' ? ['file'] : surroundings.connections.map((name) => `crm:${name}`),
    ),
    maxAgeDays: rates.maxAgeDays,
  };
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
