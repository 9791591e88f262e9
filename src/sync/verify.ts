/**
 * Do both sides agree? Every record of every CRM is read anew and held against what Sluice believes it to hold, and what
 * Sluice believes against what it wants; each difference is listed with its cause. Nothing is changed. Pages go by one at a
 * time, so that the number of records does not matter.
 */
import type { FieldValue } from '../../connectors/connector.ts';
import { iso } from '../model/clock.ts';
import type { Store } from '../store/database.ts';
import type { Lease } from '../store/lease.ts';
import type { Environment } from './environment.ts';
import { type OpenMatter, openMatters } from './open-matters.ts';
import { verifyCrm } from './verify-crm.ts';
import { verifyModel } from './verify-model.ts';

/** Why a record or field differs. */
export const CAUSES = {
  changed: { explained: true, words: 'changed in the CRM since the last run; the next one reads it' },
  calculated: {
    explained: true,
    words: 'computed by the CRM, which tells of no change; the next complete pass reads it',
  },
  gone: {
    explained: true,
    words: 'gone from the CRM; the next run reads that, or the next complete pass where it told nobody',
  },
  'write pending': { explained: true, words: 'the write waits for the next run' },
  'not decided': { explained: true, words: 'what was read has not been acted on yet' },
  rejected: { explained: true, words: 'the CRM refused the write; see `sluice errors`' },
  contested: { explained: true, words: 'the CRM keeps changing it, so that Sluice leaves it alone' },
  'held for review': { explained: true, words: 'a person has to choose between two values' },
  paused: { explained: true, words: 'the field is paused, because the CRM changed it' },
  missed: {
    explained: false,
    words:
      'changed in the CRM before the last run, which has not seen it: no later run does either, only the next complete pass or `sluice sync --full`',
  },
  unknown: {
    explained: false,
    words:
      'a record from before the last run, which has not seen it: no later run does either, only the next complete pass or `sluice sync --full`',
  },
  shadow: { explained: false, words: 'Sluice believes the CRM to hold something else, and nothing tells why' },
  unwritten: { explained: false, words: 'Sluice wants something else, and no write waits' },
} as const satisfies Readonly<Record<string, { explained: boolean; words: string }>>;
export type Cause = keyof typeof CAUSES;

export interface Difference {
  readonly connection: string;
  readonly object: string;
  /** Of a record that is to be created, what it stands for. */
  readonly record: string;
  /** Null: the whole record. */
  readonly field: string | null;
  readonly cause: Cause;
  readonly crm?: FieldValue;
  readonly model?: FieldValue;
}

export interface VerifiedObject {
  readonly connection: string;
  readonly object: string;
  /** Records read. */
  readonly records: number;
  /** Differences by cause. */
  readonly causes: Readonly<Partial<Record<Cause, number>>>;
}

export interface Verification {
  readonly at: string;
  /** There is no difference, and nothing is left open. */
  readonly agree: boolean;
  /** What waits for a person, for the next run or for the CRM. */
  readonly open: readonly OpenMatter[];
  readonly explained: number;
  readonly unexplained: number;
  readonly objects: readonly VerifiedObject[];
  /** The first differences, those without an explanation before the others. */
  readonly differences: readonly Difference[];
}

export interface VerifyOptions {
  /** Only this object. */
  readonly only?: string;
  /** How many differences to list. */
  readonly show: number;
  readonly onPage?: (connection: string, object: string, rows: number) => void;
}

/** Collects differences: all of them by count, the first of them by name. */
export class Findings {
  readonly #show: number;
  readonly #objects = new Map<string, VerifiedObject & { records: number; causes: Partial<Record<Cause, number>> }>();
  readonly #explained: Difference[] = [];
  readonly #unexplained: Difference[] = [];
  #counts = { explained: 0, unexplained: 0 };

  constructor(show: number) {
    this.#show = show;
  }

  read(connection: string, object: string, records: number): void {
    this.#object(connection, object).records += records;
  }

  add(difference: Difference): void {
    const { causes } = this.#object(difference.connection, difference.object);
    causes[difference.cause] = (causes[difference.cause] ?? 0) + 1;
    const isExplained = CAUSES[difference.cause].explained;
    this.#counts[isExplained ? 'explained' : 'unexplained'] += 1;
    const list = isExplained ? this.#explained : this.#unexplained;
    if (list.length < this.#show) list.push(difference);
  }

  result(at: string, open: readonly OpenMatter[]): Verification {
    const { explained, unexplained } = this.#counts;
    return {
      at,
      agree: explained + unexplained + open.length === 0,
      open,
      explained,
      unexplained,
      objects: [...this.#objects.values()],
      differences: [...this.#unexplained, ...this.#explained].slice(0, this.#show),
    };
  }

  #object(connection: string, object: string) {
    const key = `${connection} ${object}`;
    const found = this.#objects.get(key) ?? { connection, object, records: 0, causes: {} };
    this.#objects.set(key, found);
    return found;
  }
}

/** Verifies under the lease: a sync at work would make differences of its own. Rejects with a ConnectorError where a CRM cannot be read. */
export async function verify(
  env: Environment,
  store: Store,
  lease: Lease,
  options: VerifyOptions,
): Promise<Verification> {
  const findings = new Findings(options.show);
  for (const connection of env.connections) {
    for (const stream of connection.streams) {
      if (stream.spec.deleted || (options.only !== undefined && stream.spec.object !== options.only)) continue;
      await verifyCrm(env, connection, stream, lease, findings, options.onPage);
    }
  }
  await verifyModel(env, store, findings, options.only);
  return findings.result(iso(env.clock.now()), await openMatters(env.db, options.only));
}
