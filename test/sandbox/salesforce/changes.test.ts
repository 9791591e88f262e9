import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SandboxClock } from '../../../sandbox/core/clock.ts';
import { Org } from '../../../sandbox/salesforce/org/org.ts';
import type { ChangeEvent } from '../../../sandbox/salesforce/pubsub/feed.ts';
import type { Row, Value } from '../../../sandbox/salesforce/schema/types.ts';

/** One step of a transaction on one of a few records; `nest` may take back what it did. */
type Step =
  | { readonly do: 'make' | 'bin' | 'restore' | 'erase'; readonly which: number }
  | {
      readonly do: 'set';
      readonly which: number;
      readonly field: 'Title' | 'Company' | 'City';
      readonly value: string | null;
    }
  | { readonly do: 'nest'; readonly steps: readonly Step[]; readonly fails: boolean };

const which = fc.nat({ max: 3 });
const { steps } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.record({
      do: fc.constantFrom<'make' | 'bin' | 'restore' | 'erase'>('make', 'make', 'bin', 'restore', 'erase'),
      which,
    }),
    fc.record({
      do: fc.constant<'set'>('set'),
      which,
      field: fc.constantFrom<'Title' | 'Company' | 'City'>('Title', 'Company', 'City'),
      value: fc.option(fc.constantFrom('a', 'b')),
    }),
    fc.record({ do: fc.constant<'nest'>('nest'), steps: tie('steps'), fails: fc.boolean() }),
  ),
  steps: fc.array(tie('step'), { maxLength: 8 }),
}));

class TakenBack extends Error {}

/** Does the steps on an org, each record at most once alive at a time. */
function run(org: Org, rows: (Row | null)[], list: readonly Step[]): void {
  const leads = org.need('Lead');
  for (const step of list) {
    if (step.do === 'nest') {
      const before = [...rows];
      try {
        org.atomically(() => {
          run(org, rows, step.steps);
          if (step.fails) throw new TakenBack();
        });
      } catch (error) {
        if (!(error instanceof TakenBack)) throw error;
        rows.splice(0, rows.length, ...before);
      }
      continue;
    }
    const row = rows[step.which] ?? null;
    if (step.do === 'make') rows[step.which] = row ?? org.insertRow(leads, { LastName: 'x', IsDeleted: false }, 'u');
    else if (!row) continue;
    else if (step.do === 'set') {
      if (row.IsDeleted !== true) org.touch(leads, row, { [step.field]: step.value }, 'u');
    } else if (step.do === 'erase') {
      org.table(leads).erase(row);
      rows[step.which] = null;
    } else org.touch(leads, row, { IsDeleted: step.do === 'bin' }, 'u');
  }
}

/** What somebody knows who only hears the events. */
function hear(known: Map<string, Record<string, Value | undefined>>, event: ChangeEvent): void {
  for (const id of event.recordIds) {
    if (event.changeType === 'CREATE') expect(known.has(id)).toBe(false);
    else if (event.changeType !== 'UNDELETE') expect(known.has(id)).toBe(true);
    if (event.changeType === 'DELETE') known.delete(id);
    else known.set(id, { ...known.get(id), ...event.values });
  }
}

describe('the events of an org', () => {
  test('in their order, give the records that live in it, whatever was done and taken back', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 6 }), (transactions) => {
        const org = new Org({
          clock: new SandboxClock(0),
          multiCurrency: false,
          convertedLeadsEditable: false,
          seed: 1,
        } as ConstructorParameters<typeof Org>[0]);
        const rows: (Row | null)[] = [null, null, null, null];
        const known = new Map<string, Record<string, Value | undefined>>();
        let heard = 0;
        for (const transaction of transactions) {
          org.atomically(() => run(org, rows, transaction));
          const log = org.changes?.log;
          for (; log && heard < log.next; heard += 1) {
            const event = log.at(heard)?.event;
            if (event) hear(known, event);
          }
          const live = rows.filter((row) => row !== null && row.IsDeleted !== true) as Row[];
          const shown = (row: Record<string, Value | undefined>) => [
            row.Title ?? null,
            row.Company ?? null,
            row.City ?? null,
          ];
          expect(new Map([...known].map(([id, row]) => [id, shown(row)]))).toEqual(
            new Map(live.map((row) => [row.Id, shown(row)])),
          );
        }
      }),
    );
  });
});
