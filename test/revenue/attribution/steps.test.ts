import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Credit, Entry, Touch } from '../../../src/model/revenue.ts';
import { attributeDeal } from '../../../src/revenue/attribution/attribute-deal.ts';
import type { Crediting } from '../../../src/revenue/attribution/crediting.ts';
import { settle } from '../../../src/revenue/ledger.ts';
import { booksAt } from '../../support/books.ts';
import { states, touches } from '../histories.ts';
import { everyModel } from './models.ts';

const MODELS = everyModel();

/** What happens to a deal, one after the other. */
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('deal' as const), state: fc.nat(9) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('late touches' as const), from: fc.nat(8), to: fc.nat(8) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('another model' as const), shift: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'close' as const }) },
  ),
  { maxLength: 12 },
);

const total = (credits: readonly Credit[], of: 'amount' | 'reporting') =>
  credits.reduce((sum, credit) => sum + credit[of].minor, 0n);

/** Under a name, whatever the model behind it is at the moment: so a change of the model is one. */
const under = (name: string, place: number): Crediting => {
  const model = MODELS[place % MODELS.length];
  if (!model) throw new RangeError('no model');
  return { ...model, name };
};

test('after every step of any history, in every model: credits and the rest are each entry in both currencies, closed lines keep theirs, open ones bring what stands to its attribution', () => {
  fc.assert(
    fc.property(states(), touches, steps, (history, all, story) => {
      let entries: Entry[] = [];
      let known: readonly Touch[] = all.slice(0, 3);
      let shift = 0;
      let closed = new Set<string>();
      const stored = new Map<string, Map<string, readonly Credit[]>>(MODELS.map((_, n) => [`model ${n}`, new Map()]));
      for (const [n, step] of story.entries()) {
        const now = new Date(Date.UTC(2026, 4, 1, n)).toISOString();
        const state = history[step.kind === 'deal' ? step.state % Math.max(1, history.length) : -1];
        if (state) entries = [...entries, ...settle(state, entries, booksAt(now)).entries];
        if (step.kind === 'late touches') known = all.slice(Math.min(step.from, step.to), Math.max(step.from, step.to));
        if (step.kind === 'another model') shift = step.shift;
        if (step.kind === 'close') closed = new Set(entries.map(({ id }) => id));
        for (const [place, [name, before]] of [...stored].entries()) {
          const model = under(name, place + shift);
          const kept = new Map([...before].filter(([id]) => closed.has(id)));
          const attributions = attributeDeal(entries, known, model, { kept });
          expect(attributions.map(({ entry }) => entry)).toEqual(entries);
          const now = new Map<string, readonly Credit[]>();
          for (const { entry, credits, unattributed, unattributedReporting } of attributions) {
            expect(total(credits, 'amount') + unattributed.minor).toBe(entry.amount.minor);
            expect(total(credits, 'reporting') + unattributedReporting.minor).toBe(entry.reporting.minor);
            if (closed.has(entry.id) && before.has(entry.id)) expect(credits).toEqual(before.get(entry.id));
            now.set(entry.id, credits);
          }
          const last = attributions.at(-1);
          if (last && !closed.has(last.entry.id)) {
            // What all lines of the stretch gave together is what one line of what stands would have given.
            const fresh = attributeDeal(entries, known, model);
            const net = (list: typeof attributions, of: 'amount' | 'reporting') => {
              const sums = new Map<string, bigint>();
              for (const { credits } of list)
                for (const credit of credits)
                  sums.set(credit.touchId, (sums.get(credit.touchId) ?? 0n) + credit[of].minor);
              return [...sums].filter(([, minor]) => minor !== 0n).sort();
            };
            const stretch = (list: typeof attributions) => {
              const start = list.map(({ entry }) => entry.kind).lastIndexOf('booked');
              return list.slice(start);
            };
            expect(net(stretch(attributions), 'amount')).toEqual(net(stretch(fresh), 'amount'));
            expect(net(stretch(attributions), 'reporting')).toEqual(net(stretch(fresh), 'reporting'));
          }
          stored.set(name, now);
        }
      }
    }),
    { numRuns: 60 },
  );
});
