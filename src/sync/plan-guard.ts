/** Holds a run to a plan: what is not in it is not sent. */
import type { Connector, FieldValue, Outcome, WriteRow } from '../../connectors/connector.ts';
import { plannedId } from './plan-connector.ts';
import { writeDigest } from './planned.ts';

/** A record that a run wanted to write otherwise than planned, because something has changed since. */
export interface HeldWrite {
  readonly connection: string;
  readonly object: string;
  readonly record: string;
  readonly fields: readonly string[];
}

/** The row waits in the outbox for a run without a plan. */
const NOT_IN_PLAN = 'NOT_IN_PLAN';
const WAIT_MS = 60_000;

/**
 * @param allowed digests of the field writes that the plan holds
 * @param held is told what was not sent
 */
export function guardedConnector(
  connector: Connector,
  allowed: ReadonlySet<number>,
  held: (write: HeldWrite) => void,
): Connector {
  const { connection } = connector;
  /** The real ids of records that the plan knows by the id of a record to be created. */
  const plannedOf = new Map<string, string>();
  const asPlanned = (value: FieldValue): FieldValue =>
    typeof value === 'string' ? (plannedOf.get(value) ?? value) : value;
  return {
    ...connector,
    async write(object, rows, onBatch) {
      const strangers = (row: WriteRow) =>
        Object.entries(row.fields)
          .filter(([field, value]) => !allowed.has(writeDigest(connection, object, row.key, field, asPlanned(value))))
          .map(([field]) => field);
      const keys = new Map(rows.map((row) => [row.key, row]));
      const learn = (outcomes: readonly Outcome[]) => {
        for (const outcome of outcomes) {
          if (outcome.status !== 'ok' || keys.get(outcome.key)?.id !== undefined) continue;
          plannedOf.set(outcome.id, plannedId(connection, object, outcome.key));
        }
      };
      const sent: WriteRow[] = [];
      const kept: Outcome[] = [];
      for (const row of rows) {
        const fields = strangers(row);
        if (fields.length === 0) {
          sent.push(row);
          continue;
        }
        held({ connection, object, record: row.id ?? row.key, fields });
        const message = 'it is not in the plan that this run was held to';
        kept.push({ key: row.key, status: 'retry', code: NOT_IN_PLAN, message, afterMs: WAIT_MS });
      }
      if (kept.length > 0) await onBatch?.(kept);
      if (sent.length === 0) return kept;
      const outcomes = await connector.write(object, sent, async (batch) => {
        learn(batch);
        await onBatch?.(batch);
      });
      learn(outcomes);
      return [...kept, ...outcomes];
    },
  };
}
