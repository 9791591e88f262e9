import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import { balanceOf } from '../../../src/funds/balances.ts';
import type { FundItem } from '../../../src/funds/book.ts';
import { type AskedFor, askFor, claimFor, FundRefused, moveFund } from '../../../src/funds/service/fund-desk.ts';
import { keep, loadBook } from '../../../src/funds/service/fund-store.ts';
import { upsert } from '../../../src/store/bulk.ts';
import { emptyStore, testStore } from '../../support/store.ts';
import { allocation, budget, DIRECTOR, MANAGER, RULES } from '../items.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());

const NOW = Date.parse('2026-06-01T12:00:00Z');
const as = (who: string, why?: string) => ({ rules: RULES, who, now: NOW, ...(why ? { why } : {}) });
const PARTNER = 'p@alder.example';
const asked = (amount: number, more: Partial<AskedFor> = {}): AskedFor => ({
  budgetId: 'year',
  allocationId: null,
  partnerId: 'pt_alder',
  campaign: null,
  title: 'Fair',
  activity: 'other',
  amount: BigInt(amount),
  currency: 'USD',
  startsOn: '2026-06-10',
  endsOn: '2026-06-12',
  claimBy: null,
  key: null,
  draft: false,
  ...more,
});
const invoice = [{ kind: 'invoice', reference: 'inv-1' }];

async function given(...items: readonly FundItem[]): Promise<void> {
  await keep(
    db,
    items.map((item) => ({ item, type: 'made', who: 'test', why: null })),
    '2026-01-01T00:00:00.000Z',
  );
}

beforeEach(async () => {
  await emptyStore(store);
  const facts = { name: 'Alder', status: 'Active', managerEmail: MANAGER };
  await upsert(
    db,
    'partners',
    [{ id: 'pt_alder', connection: 'salesforce', record_id: '001A', facts, active: true }],
    ['id'],
  );
  await given({ kind: 'budget', value: budget('year', 100_000) });
});

describe('a request', () => {
  test('goes its whole way: asked for, approved, claimed, paid, each with who, when and why', async () => {
    const { id, type } = await askFor(db, asked(60_000), as(PARTNER));
    expect(type).toBe('submitted');
    await moveFund(db, id, { kind: 'approve', amount: 50_000n }, as(MANAGER, 'good last year'));
    const claim = await claimFor(
      db,
      { requestId: id, title: null, amount: 50_000n, proof: invoice, key: null },
      as(PARTNER),
    );
    await moveFund(db, claim.id, { kind: 'approve' }, as(MANAGER));
    const paid = await moveFund(
      db,
      claim.id,
      { kind: 'pay', reference: 'P-1', on: '2026-06-01' },
      as('finance@vendor.example'),
    );
    expect(paid.item.value).toMatchObject({ status: 'paid', paid: 50_000n, paidOn: '2026-06-01' });
    const { rows } = await sql<{ item: string; type: string; who: string; why: string | null }>`
      select kind || ' ' || type as type, who, why from fund_events where who <> 'test' order by seq`.execute(db);
    expect(rows).toEqual([
      { type: 'request asked', who: PARTNER, why: null },
      { type: 'request submitted', who: PARTNER, why: null },
      { type: 'request approved', who: MANAGER, why: 'good last year' },
      { type: 'claim submitted', who: PARTNER, why: null },
      { type: 'request claimed', who: PARTNER, why: `claim ${claim.id} is submitted` },
      { type: 'claim approved', who: MANAGER, why: null },
      { type: 'claim paid', who: 'finance@vendor.example', why: null },
      { type: 'request paid', who: 'finance@vendor.example', why: `claim ${claim.id} is paid` },
    ]);
    const kept = await db.selectFrom('fund_requests').selectAll().executeTakeFirstOrThrow();
    expect(kept).toMatchObject({
      id,
      status: 'paid',
      requested_minor: '60000',
      approved_minor: '50000',
      claim_by: '2026-08-11',
    });
  });

  test('is made once, however often it is sent; under the same key another one is refused', async () => {
    const first = await askFor(db, asked(1_000, { key: 'A-7' }), as(PARTNER));
    const again = await askFor(db, asked(1_000, { key: 'A-7' }), as(PARTNER));
    expect(again).toMatchObject({ id: first.id, type: 'repeat' });
    await expect(askFor(db, asked(2_000, { key: 'A-7' }), as(PARTNER))).rejects.toThrow(FundRefused);
    const keyless = await askFor(db, asked(1_000), as(PARTNER));
    expect((await askFor(db, asked(1_000), as(PARTNER))).id).toBe(keyless.id);
    expect(await db.selectFrom('fund_requests').select('id').execute()).toHaveLength(2);
  });

  test('keeps its key after it was decided on: a late repetition does not open it again', async () => {
    const { id } = await askFor(db, asked(1_000, { key: 'A-7' }), as(PARTNER));
    await moveFund(db, id, { kind: 'approve' }, as(MANAGER));
    const again = await askFor(db, asked(1_000, { key: 'A-7' }), as(PARTNER));
    expect(again).toMatchObject({ type: 'repeat', item: { value: { status: 'approved' } } });
  });

  test('in another currency than its budget, or of a budget that is not there, leaves nothing behind', async () => {
    await expect(askFor(db, asked(1_000, { currency: 'EUR' }), as(PARTNER))).rejects.toThrow(
      'it is in EUR, and budget "year" in USD',
    );
    await expect(askFor(db, asked(1_000, { budgetId: 'none' }), as(PARTNER))).rejects.toThrow(
      'there is no budget "none"',
    );
    expect(await db.selectFrom('fund_requests').select('id').execute()).toEqual([]);
    expect(await sql`select 1 from fund_events where kind = 'request'`.execute(db).then(({ rows }) => rows)).toEqual(
      [],
    );
  });

  test('is approved only while its budget, and every one above, has the money', async () => {
    await given(
      { kind: 'budget', value: budget('emea', 30_000, { parentId: 'year' }) },
      { kind: 'allocation', value: allocation('alder', 'emea', 20_000) },
    );
    const small = await askFor(db, asked(20_001, { budgetId: 'emea', allocationId: 'alder' }), as(PARTNER));
    await expect(moveFund(db, small.id, { kind: 'approve' }, as(MANAGER))).rejects.toThrow(
      '"alder" holds 200.00 USD, and 200.01 USD of it are promised',
    );
    const direct = await askFor(db, asked(70_001), as(PARTNER));
    await expect(moveFund(db, direct.id, { kind: 'approve' }, as(MANAGER))).rejects.toThrow('"year" holds 1000.00 USD');
    await moveFund(db, direct.id, { kind: 'approve', amount: 70_000n }, as(MANAGER));
  });

  test('above the approver’s limit waits for the next one', async () => {
    await given({ kind: 'budget', value: budget('big', 10_000_000) });
    const { id } = await askFor(db, asked(1_000_001, { budgetId: 'big' }), as(PARTNER));
    await expect(moveFund(db, id, { kind: 'approve' }, as(MANAGER))).rejects.toThrow(
      'may approve at most 10000.00 USD',
    );
    expect((await moveFund(db, id, { kind: 'approve' }, as(DIRECTOR))).type).toBe('approved');
  });
});

test('approvals at once do not promise more than there is', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) ids.push((await askFor(db, asked(15_000, { key: String(n) }), as(PARTNER))).id);
  const answers = await Promise.allSettled(ids.map((id) => moveFund(db, id, { kind: 'approve' }, as(MANAGER))));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
  for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(FundRefused);
  const book = await loadBook(db, '2026-06-01', null);
  expect(book.check()).toEqual([]);
  expect(balanceOf(book, budget('year', 100_000)).free).toBe(10_000n);
});

test('the same payment sent several times at once is made once', async () => {
  const { id } = await askFor(db, asked(10_000), as(PARTNER));
  await moveFund(db, id, { kind: 'approve' }, as(MANAGER));
  const claim = await claimFor(
    db,
    { requestId: id, title: null, amount: 10_000n, proof: invoice, key: null },
    as(PARTNER),
  );
  await moveFund(db, claim.id, { kind: 'approve' }, as(MANAGER));
  const pay = () =>
    moveFund(db, claim.id, { kind: 'pay', reference: 'P-1', amount: 4_000n, on: '2026-06-01' }, as('finance'));
  const types = (await Promise.all([pay(), pay(), pay(), pay()])).map(({ type }) => type);
  expect(types.sort()).toEqual(['part-paid', 'repeat', 'repeat', 'repeat']);
  const { paid_minor } = await db.selectFrom('fund_claims').select('paid_minor').executeTakeFirstOrThrow();
  expect(paid_minor).toBe('4000');
});

test('whatever is asked, decided, claimed and paid in whatever order, no total is exceeded and the store holds what the book says', async () => {
  const step = fc.record({
    what: fc.constantFrom('ask', 'approve', 'reject', 'return', 'submit', 'withdraw', 'claim', 'pay'),
    at: fc.nat(5),
    amount: fc.integer({ min: 1, max: 60_000 }),
    who: fc.constantFrom(MANAGER, DIRECTOR, PARTNER),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      await sql`with a as (delete from fund_requests), b as (delete from fund_claims) delete from fund_events`.execute(
        db,
      );
      const made: string[] = [];
      for (const [n, { what, at, amount, who }] of steps.entries()) {
        const id = made[at % Math.max(made.length, 1)] ?? '';
        const move = async () => {
          if (what === 'ask') return askFor(db, asked(amount, { key: String(n) }), as(PARTNER));
          if (what === 'claim')
            return claimFor(
              db,
              { requestId: id, title: null, amount: BigInt(amount), proof: invoice, key: String(n) },
              as(PARTNER),
            );
          if (what === 'pay')
            return moveFund(
              db,
              id,
              { kind: 'pay', reference: String(n), amount: BigInt(amount), on: '2026-06-01' },
              as('finance'),
            );
          if (what === 'submit') return moveFund(db, id, { kind: 'submit' }, as(PARTNER));
          return moveFund(db, id, { kind: what as 'approve' }, as(who, 'so it is'));
        };
        try {
          const done = await move();
          if (!made.includes(done.id)) made.push(done.id);
        } catch (error) {
          if (!(error instanceof FundRefused)) throw error;
        }
      }
      const book = await loadBook(db, '2026-06-01', null);
      expect(book.check()).toEqual([]);
      expect(balanceOf(book, budget('year', 100_000)).free >= 0n).toBe(true);
    }),
    { numRuns: 8 },
  );
});
