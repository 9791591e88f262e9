import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Entry, Opportunity } from '../../src/model/revenue.ts';
import {
  chain,
  closeLine,
  dealLine,
  type Line,
  type NewLine,
  NO_LINES,
  openingLine,
  ratesLine,
  replay,
  rulesLine,
} from '../../src/revenue/journal.ts';
import { type Books, settle, stretchesOf } from '../../src/revenue/ledger.ts';
import { postingsOf } from '../../src/revenue/postings.ts';
import { type Rate, rateFinder } from '../../src/revenue/rates.ts';
import { splitsOf } from '../../src/revenue/splits.ts';
import { booksAt, EURO, LEDGER_RULES } from '../support/books.ts';
import { deal, ledgerOf, states } from './histories.ts';

/** A ledger kept as the store keeps it: entries beside the journal that brought them about. */
class Kept {
  readonly entries = new Map<string, Entry[]>();
  readonly lines: Line[] = [];
  readonly rates = new Map<string, Rate>();
  closedThrough: string | null = null;
  day = 0;

  constructor() {
    this.write([rulesLine(LEDGER_RULES)]);
  }

  get now(): string {
    return new Date(Date.UTC(2026, 4, 1 + this.day)).toISOString();
  }

  get books(): Books {
    const findRate = rateFinder([...this.rates.values()], LEDGER_RULES.rateOrder, LEDGER_RULES.maxAgeDays);
    return { now: this.now, rules: LEDGER_RULES, findRate, closedThrough: this.closedThrough };
  }

  write(lines: readonly NewLine[]): void {
    this.lines.push(...chain(lines, this.lines.at(-1) ?? NO_LINES, this.now));
  }

  settle(opportunity: Opportunity): void {
    const mine = this.entries.get(opportunity.id) ?? [];
    const added = settle(opportunity, mine, this.books).entries;
    if (added.length === 0) return;
    this.write([dealLine(opportunity)]);
    this.entries.set(opportunity.id, [...mine, ...added]);
  }

  state(rate: Rate): void {
    this.rates.set(`${rate.from} ${rate.date}`, rate);
    this.write([ratesLine(rate.source, { set: [rate], dropped: [] })]);
  }

  close(month: string): void {
    if (this.closedThrough !== null && month <= this.closedThrough) return;
    this.closedThrough = month;
    this.write([closeLine(month, 'me')]);
  }
}

type Step = (kept: Kept) => void;
const rateDays = fc
  .integer({ min: 1, max: 60 })
  .map((day) => new Date(Date.UTC(2026, 2, day)).toISOString().slice(0, 10));
const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .constantFrom('op_1', 'op_2', 'op_3')
          .chain((id) => states(id, ['USD', 'EUR', 'JPY', 'KWD']))
          .map(
            (history): Step =>
              (kept) => {
                for (const state of history.slice(0, 2)) kept.settle(state);
              },
          ),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constantFrom('EUR', 'JPY', 'KWD'), rateDays, fc.integer({ min: 1, max: 9_999_999 })).map(
          ([from, date, millionths]): Step =>
            (kept) => {
              const rate = (millionths / 1e6).toFixed(6);
              kept.state({ source: 'crm:salesforce', from, to: 'USD', date, rate, isDated: true });
            },
        ),
      },
      fc.constantFrom('2026-02', '2026-03', '2026-04').map(
        (month): Step =>
          (kept) =>
            kept.close(month),
      ),
    ),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map(
      (step, index): Step =>
        (kept) => {
          kept.day = index;
          step(kept);
        },
    ),
  );

describe('after every step of any history of deals, rates and closings', () => {
  test('the ledger balances, is what its journal says to the byte, and stands in both currencies at one rate', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const kept = new Kept();
        for (const step of history) {
          const before = new Set([...kept.entries.values()].flat());
          const closedBefore = kept.closedThrough;
          step(kept);
          const entries = [...kept.entries.values()].flat();
          // No entry that was there is another one now, and none was added to a closed month.
          expect([...before].every((entry) => entries.includes(entry))).toBe(true);
          for (const entry of entries.filter((each) => !before.has(each)))
            expect(closedBefore === null || entry.period > closedBefore).toBe(true);
          const sums = new Map<string, bigint>();
          for (const { amount, reporting } of entries.flatMap(postingsOf)) {
            sums.set(amount.currency, (sums.get(amount.currency) ?? 0n) + amount.minor);
            sums.set(`as ${reporting.currency}`, (sums.get(`as ${reporting.currency}`) ?? 0n) + reporting.minor);
          }
          expect([...sums.values()].every((sum) => sum === 0n)).toBe(true);
          for (const mine of kept.entries.values()) stretchesOf(mine);
          const again = replay(kept.lines);
          expect(again.problems).toEqual([]);
          expect([...again.entries]).toEqual([...kept.entries]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a journal of which a line was changed, left out or moved is found out', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.constantFrom('change', 'drop', 'swap'), (history, place, how) => {
        const kept = new Kept();
        for (const step of history) step(kept);
        fc.pre(kept.lines.length > 2);
        const lines = [...kept.lines];
        const at = place % (lines.length - 1);
        const [line, next] = [lines[at] as Line, lines[at + 1] as Line];
        if (how === 'drop') lines.splice(at, 1);
        else if (how === 'swap') lines.splice(at, 2, next, line);
        else lines.splice(at, 1, { ...line, at: new Date(0).toISOString() });
        expect(replay(lines).problems).not.toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('after any splits of a deal', () => {
  test('all that was booked stays booked, in the reporting currency but for what rounding the parts takes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9_999_999 }),
        (minor, percents, millionths) => {
          const rate = (value: number): Rate => ({ ...EURO, rate: (value / 1e6).toFixed(6) });
          const kept = new Kept();
          kept.state(rate(millionths));
          const euros = (id: string, amount: bigint) =>
            deal({ id, amount: { minor: amount, currency: 'EUR' }, connection: 'salesforce' });
          kept.settle(euros('whole', minor));
          const booked = kept.entries.get('whole')?.[0]?.reporting.minor ?? 0n;
          let left = minor;
          percents.forEach((percent, n) => {
            const moved = (left * BigInt(percent)) / 100n;
            if (moved === 0n) return;
            left -= moved;
            kept.day += 1;
            kept.state(rate(millionths + n + 1));
            kept.settle(euros('whole', left));
            const entries = kept.entries.get('whole') ?? [];
            const fall = { deal: euros('whole', left), entry: entries.at(-1) as Entry, entries };
            const part = euros(`part ${n}`, moved);
            const [split] = splitsOf([part], [fall]);
            kept.settle({ ...part, ...(split ? { splitFrom: split.splitFrom } : {}) });
          });
          const all = [...kept.entries.values()].flat();
          expect(all.reduce((sum, { amount }) => sum + amount.minor, 0n)).toBe(minor);
          const off = all.reduce((sum, { reporting }) => sum + reporting.minor, 0n) - booked;
          expect(off <= BigInt(percents.length) && off >= -BigInt(percents.length)).toBe(true);
          expect([...replay(kept.lines).entries]).toEqual([...kept.entries]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the journal', () => {
  test('goes on from entries of before there was one', () => {
    const old = ledgerOf([deal(), deal({ amount: { minor: 5n, currency: 'USD' } })]);
    const changed = deal({ amount: { minor: 7n, currency: 'USD' } });
    const added = settle(changed, old, booksAt('2026-06-01T00:00:00.000Z')).entries;
    const lines = chain(
      [openingLine('op_1', old), rulesLine(LEDGER_RULES), dealLine(changed)],
      NO_LINES,
      '2026-06-01T00:00:00.000Z',
    );
    expect(replay(lines).entries.get('op_1')).toEqual([...old, ...added]);
    expect(replay(lines).lineOf.get(added[0]?.id ?? '')).toBe(3);
  });

  test('says so where a deal is booked before any rules', () => {
    const lines = chain([dealLine(deal())], NO_LINES, '2026-06-01T00:00:00.000Z');
    expect(replay(lines).problems).toEqual(['journal line 1 books, but no line before it says by which rules']);
  });

  test('forgets a rate that its source states no more', () => {
    const { source: _, ...rate } = EURO;
    const lines = chain(
      [
        rulesLine(LEDGER_RULES),
        ratesLine(EURO.source, { set: [rate], dropped: [] }),
        ratesLine(EURO.source, { set: [], dropped: [rate] }),
      ],
      NO_LINES,
      '2026-06-01T00:00:00.000Z',
    );
    expect(replay(lines).rates).toEqual([]);
    expect(replay(lines.slice(0, 2)).rates).toEqual([EURO]);
  });

  test('holds no name of a deal', () => {
    expect(dealLine(deal({ name: 'Secret deal' })).body).not.toContain('Secret');
  });
});

describe('postings', () => {
  test('debit the deal and credit the revenue; news about a closed month stands apart', () => {
    const [booked] = ledgerOf([deal()]);
    if (!booked) throw new Error('nothing was booked');
    expect(postingsOf(booked)).toMatchObject([
      { side: 1, account: 'deal:op_1', amount: { minor: 10_000n } },
      { side: 2, account: 'won', amount: { minor: -10_000n }, reporting: { minor: -10_000n } },
    ]);
    expect(postingsOf({ ...booked, period: '2026-04' })[1].account).toBe('won late');
  });
});
