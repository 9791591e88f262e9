import { existsSync, mkdirSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { brokenPromises, type Summary } from '../../src/cli/demo/summary.ts';
import { killChildren, type Said, sluiceHere, startSluice, temporaryFolder } from '../support/children.ts';

let folder: string;
let said: Said;
/** What it answered while it ran. */
let asked: Said;
let summary: Summary;

beforeAll(async () => {
  folder = join(temporaryFolder(), 'demo');
  mkdirSync(folder);
  const args = ['--once', '--leads', '40', '--days', '2', '--seed', '3'];
  const demo = startSluice(['demo', '--json', ...args, '--config', folder]);
  await openedIn(folder, demo.ended);
  asked = await sluiceHere('report', 'leads', '--json', '--config', folder);
  said = await demo.ended;
  summary = JSON.parse(said.out) as Summary;
});
afterAll(killChildren);

/** Resolves once a process has the database in this folder open; rejects where it ends before. */
async function openedIn(folder: string, ended: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  ended.finally(() => over.abort());
  for await (const _ of watch(folder, { signal: over.signal })) {
    if (existsSync(join(folder, 'database.lock'))) return;
  }
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0);
const cents = (text: string) => BigInt(text.replace('.', ''));

describe('the demo', () => {
  test('prints exactly one document on standard output and ends well', () => {
    expect(said.code).toBe(0);
    expect(Object.keys(summary)).toEqual(
      expect.arrayContaining([
        'seed',
        'days',
        'inCrm',
        'people',
        'leads',
        'offers',
        'writeBack',
        'calls',
        'revenue',
        'seconds',
      ]),
    );
    expect(summary).toMatchObject({ seed: 3, days: 2, seconds: expect.any(Number) });
  });

  test('counts records and people in the CRMs', () => {
    const { salesforceLeads, hubspotContacts, people } = summary.inCrm;
    expect(Math.min(salesforceLeads, hubspotContacts, people)).toBeGreaterThan(0);
    expect(summary.people.known).toBeGreaterThan(0);
  });

  test('matches people as well as was promised', () => {
    expect(summary.people.matchPrecision).toBeGreaterThanOrEqual(0.995);
    expect(summary.people.matchRecall).toBeGreaterThanOrEqual(0.98);
  });

  test('leaves no lead without a state', () => {
    expect(sum(summary.leads.states)).toBe(summary.leads.total);
    expect(summary.leads.total).toBeGreaterThan(0);
    expect(sum(summary.offers)).toBeGreaterThan(0);
  });

  test.each(['salesforce', 'hubspot'])('finds every written record in %s again', (crm) => {
    const back = summary.writeBack[crm];
    expect(back?.records).toBeGreaterThan(0);
    expect((back?.verified ?? 0) + (back?.rejected ?? 0)).toBe(back?.records);
  });

  test.each(['salesforce', 'hubspot'])('makes at most one and a half times the least number of calls to %s', (crm) => {
    const calls = summary.calls[crm];
    expect(calls?.made).toBeGreaterThan(0);
    expect(calls?.made).toBeLessThanOrEqual(1.5 * (calls?.floor ?? 0));
  });

  test('books what was closed won, and credits it to the cent under each model', () => {
    const { revenue } = summary;
    expect(revenue.booked).toBe(revenue.closedWon);
    expect(revenue.booked).toMatch(/^\d+\.\d\d$/);
    expect(Object.keys(revenue.models)).toEqual(['first', 'last', 'linear']);
    for (const { credited, unattributed } of Object.values(revenue.models)) {
      expect(cents(credited) + cents(unattributed)).toBe(cents(revenue.booked));
    }
  });

  test('breaks no promise', () => {
    expect(brokenPromises(summary)).toEqual([]);
  });

  test('answers reports while it runs', () => {
    expect(asked).toMatchObject({ code: 0 });
    expect(Object.keys(JSON.parse(asked.out))).not.toEqual([]);
  });
});

describe('a summary that does not hold', () => {
  test.each<[string, () => Partial<Summary>, RegExp]>([
    [
      'states that do not add up',
      () => ({ leads: { ...summary.leads, total: summary.leads.total + 1 } }),
      /the lead states add up to/,
    ],
    [
      'a deal that was not booked',
      () => ({ revenue: { ...summary.revenue, closedWon: '999999999.99' } }),
      /is booked, but 999999999.99/,
    ],
    [
      'a cent that is lost',
      () => ({
        revenue: {
          ...summary.revenue,
          models: { linear: { credited: summary.revenue.booked, unattributed: '0.01', roi: null } },
        },
      }),
      /under linear/,
    ],
    ['bad matching', () => ({ people: { ...summary.people, matchPrecision: 0.99 } }), /less than 99.5 %/],
    ['missed matches', () => ({ people: { ...summary.people, matchRecall: 0.9 } }), /less than 98 %/],
    [
      'too many calls',
      () => ({ calls: { salesforce: { made: 16, floor: 10, sweeps: 0, setUp: 0, verification: 0 } } }),
      /^salesforce: 16 calls were made where 10 would do/,
    ],
  ])('says so: %s', (_what, change, words) => {
    expect(brokenPromises({ ...summary, ...change() })).toEqual([expect.stringMatching(words)]);
  });
});
