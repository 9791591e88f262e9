import { describe, expect, test } from '@jest/globals';
import { LEAK_KINDS, type LeakKind, plantedSet } from '../../../bench/scoring/planted.ts';
import { findPlanted } from '../../../bench/scoring.ts';
import { learnFeatures } from '../../../src/leads/predict/features.ts';
import { nameHint, valueHint } from '../../../src/leads/predict/leak-words.ts';
import { findLeaks } from '../../../src/leads/predict/leaks.ts';
import { range } from '../../../src/leads/predict/table.ts';
import { randomFrom, simpleLeads, tableOf } from './tables.ts';

/** Honest leads and one more column, and what is found. */
function foundWith(
  name: string,
  cell: (lead: ReturnType<typeof simpleLeads>['rows'][number], n: number) => string,
  known: string[] = [],
) {
  const { rows, columns } = simpleLeads(2000, 5);
  const table = tableOf({
    created: columns.created,
    interest: columns.interest,
    source: columns.source,
    [name]: rows.map(cell),
  });
  const outcomes = rows.map(({ won }) => (won ? 1 : 0));
  const { features } = learnFeatures(table, 'created');
  const { confirmed, questions } = findLeaks(table, outcomes, features, 'created', new Set(known));
  return {
    confirmed: confirmed.map(({ column }) => column),
    questions: questions.map(({ column }) => column),
    all: [...confirmed, ...questions],
  };
}

describe('confirmed as a leak is a column that', () => {
  const random = randomFrom(9);

  test('orders leads better than anything known beforehand could', () => {
    expect(foundWith('x', ({ won }) => (random() < 0.03 === won ? 'a' : 'b')).confirmed).toEqual(['x']);
  });

  test('is filled in only where the lead was won, if only for a third of these', () => {
    const { confirmed, all } = foundWith('x', ({ won }, n) => (won && n % 3 === 0 ? `K-${n}` : ''));
    expect(confirmed).toEqual(['x']);
    expect(all[0]?.evidence.join()).toMatch(/only where the lead was won/);
  });

  test('holds dates after the lead came', () => {
    const later = (created: string, days: number) =>
      new Date(Date.parse(created) + days * 86_400_000).toISOString().slice(0, 10);
    const { confirmed, all } = foundWith('x', ({ created }, n) => (n % 2 ? later(created, 5 + (n % 40)) : ''));
    expect(confirmed).toEqual(['x']);
    expect(all[0]?.evidence.join()).toMatch(/100 % of its dates lie a day or more after the lead came/);
  });

  test('goes with a confirmed one beyond the outcome, matters, and is called a judgement', () => {
    const { rows, columns } = simpleLeads(3000, 6);
    const verdict = rows.map(({ won }) =>
      (random() < 0.05 ? !won : won) ? (random() < 0.5 ? 'w1' : 'w2') : random() < 0.5 ? 'l1' : 'l2',
    );
    const grade = verdict.map((each) => (random() < 0.25 ? 'D' : ({ w1: 'A', w2: 'B', l1: 'C', l2: 'B' }[each] ?? '')));
    const table = tableOf({ created: columns.created, interest: columns.interest, verdict, lead_quality: grade });
    const { features } = learnFeatures(table, 'created');
    const { confirmed } = findLeaks(
      table,
      rows.map(({ won }) => (won ? 1 : 0)),
      features,
      'created',
    );
    expect(confirmed.map(({ column }) => column)).toEqual(['verdict', 'lead_quality']);
    expect(confirmed[1]?.evidence.join()).toMatch(/goes with "verdict", a confirmed leak, beyond the outcome/);
  });
});

describe('asked about is a column that', () => {
  test('matters and by its name is overwritten as the lead goes on', () => {
    const { confirmed, questions } = foundWith('Last Activity', ({ won }, n) =>
      n % 10 < (won ? 7 : 3) ? 'Opened' : 'Sent',
    );
    expect({ confirmed, questions }).toEqual({ confirmed: [], questions: ['Last Activity'] });
  });
});

describe('not accused is a column that', () => {
  test('only has a suspicious name', () => {
    expect(foundWith('Last Activity', (_, n) => ['Opened', 'Sent'][n % 2] as string).all).toEqual([]);
  });

  test('somebody vouches for', () => {
    expect(foundWith('x', ({ won }) => (won ? 'a' : 'b')).confirmed).toEqual(['x']);
    expect(foundWith('x', ({ won }) => (won ? 'a' : 'b'), ['x']).all).toEqual([]);
  });

  test('was introduced half-way and is filled since then', () => {
    expect(foundWith('x', ({ interest }, n) => (n < 1000 ? '' : String(Math.round(interest / 5)))).all).toEqual([]);
  });

  test('wins nearly always, but for few', () => {
    const { rows } = simpleLeads(2000, 5);
    const few = new Set(range(0, 2000).filter((n) => rows[n]?.won && n % 25 === 0));
    expect(foundWith('source detail', (_, n) => (few.has(n) ? 'Referral' : `Form ${n % 4}`)).all).toEqual([]);
  });
});

test('leads of which none was won for a long time accuse nobody', () => {
  const { rows, columns } = simpleLeads(1000, 5);
  const table = tableOf({ interest: columns.interest, source: columns.source });
  const outcomes = rows.map(({ won }, n) => (won && n > 700 ? 1 : 0));
  expect(findLeaks(table, outcomes, learnFeatures(table, null).features, null)).toEqual({
    confirmed: [],
    questions: [],
  });
});

describe('words', () => {
  test.each(['Lead Quality', 'lostReason', 'closed_at', 'LAST-ACTIVITY', 'Score'])(
    '%s hints at a late field',
    (name) => {
      expect(nameHint(name)).not.toBeNull();
    },
  );

  test.each(['What is your profile', 'score_at_creation', 'first status', 'Lead Source', 'Blast radius'])(
    '%s does not',
    (name) => {
      expect(nameHint(name)).toBeNull();
    },
  );

  test('values hint where several of them speak of working the lead', () => {
    expect(
      valueHint(
        new Map([
          ['Ringing', 30],
          ['Switched off', 20],
          ['Other', 50],
        ]),
      )?.points,
    ).toBe(1);
    expect(
      valueHint(
        new Map([
          ['Google', 30],
          ['Customer event', 20],
        ]),
      ),
    ).toBeNull();
  });
});

describe('in generated leads', () => {
  const sets = range(1000, 1040).map(plantedSet);

  test('every kind of leak is planted', () => {
    const kinds = new Set<LeakKind>(sets.flatMap(({ leaks }) => [...leaks.values()]));
    expect([...kinds].sort()).toEqual([...LEAK_KINDS].sort());
  });

  test('at least nine in ten leaks are found, and at most one in twenty honest columns is accused', () => {
    const { leaks, found, confirmed, honest, falseAlarms } = findPlanted(sets);
    expect(found / leaks).toBeGreaterThanOrEqual(0.9);
    expect(confirmed / leaks).toBeGreaterThanOrEqual(0.8);
    expect(falseAlarms / honest).toBeLessThanOrEqual(0.05);
  });
});
