import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT, UserError } from '../../src/cli/context.ts';
import { fund } from '../../src/cli/fund.ts';
import { compileFunds } from '../../src/funds/rules.ts';
import { fundsDue } from '../../src/funds/service/due.ts';
import { checkFunds, viewFund, viewFunds } from '../../src/funds/service/views.ts';
import type { ConsolePort } from '../../src/server/api.ts';
import { createServer } from '../../src/server/server.ts';
import { Channel } from '../support/channel.ts';
import { revenueStory } from '../support/revenue-story.ts';
import { testStore } from '../support/store.ts';

const MANAGER = 'maria@vendor.example';
const RULES = compileFunds(
  'funds.yaml',
  `version: 1
activities:
  - { name: event, also: [Trade Show], proof: [invoice, attendees] }
  - { name: other, proof: [invoice] }
approval:
  - { name: manager, who: [manager], upTo: { USD: 5000 }, within: 3 }
  - { name: director, who: [dora@vendor.example] }
coop:
  - { budget: Co-op, percent: "2.5", period: quarter, expires: 180 }
roi: { window: 90, margin: "60" }
`,
);

const store = await testStore();
const folder = mkdtempSync(join(tmpdir(), 'funds-'));
let channel: Channel;
let app: App;
beforeAll(async () => {
  channel = new Channel(store.db);
  await revenueStory(channel);
  await channel.partner('001A', { name: 'Alder', tier: 'Platinum', capacity: 50, managerEmail: MANAGER });
  app = {
    rules: { funds: RULES, attribution: { models: ['linear'] } },
    store,
    config: { vendor: { currency: 'USD' } },
    environment: async () => ({ clock: { now: () => channel.now } }),
  } as unknown as App;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await store.close();
});

async function run(
  args: readonly string[],
  options: Record<string, unknown> = {},
  exit: number = EXIT.done,
): Promise<string> {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
  expect(await fund(app, io, options, args)).toBe(exit);
  return out;
}
const json = async (args: readonly string[], options: Record<string, unknown> = {}, exit: number = EXIT.done) =>
  JSON.parse(await run(args, { ...options, json: true }, exit));
const problem = async (args: readonly string[], options: Record<string, unknown> = {}) => {
  try {
    await run(args, options);
  } catch (error) {
    if (error instanceof UserError) return `${error.message} / ${error.hint ?? ''}`;
    throw error;
  }
  throw new Error('it was not refused');
};
function file(name: string, ...lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
const HEAD =
  'kind,key,name,parent,budget,allocation,request,partner,campaign,activity,currency,amount,approved,paid,paid on,status,starts,ends,expires,proof';

describe('fund import', () => {
  test('takes in a whole tree whatever the order of its lines, and refuses single lines with why', async () => {
    const path = file(
      'funds.csv',
      HEAD,
      'claim,C-1,Fair claim,,,,R-1,,,,USD,900,900,900,2026-03-20,paid,,,,invoice=I-1; attendees=a.pdf',
      'request,R-1,Fair,,EMEA,,,Alder,Fair,Trade Show,USD,1000,1000,,,claimed,2026-03-01,2026-03-03,,',
      'budget,EMEA,EMEA 2026,YEAR,,,,,,,USD,20000,,,,,2026-01-01,2026-12-31,,',
      'budget,YEAR,Year 2026,,,,,,,,USD,50000,,,,,2026-01-01,2026-12-31,,',
      'budget,COOP,Co-op,YEAR,,,,,,,USD,10000,,,,,,,,',
      'allocation,A-1,Alder events,,EMEA,,,Alder,,,USD,15000,,,,,,,2026-12-31,',
      'allocation,A-2,Brook,,EMEA,,,Brook,,,USD,5000.01,,,,,,,,',
      'budget,LOOP,Loop,LOOP,,,,,,,USD,1,,,,,,,,',
      'budget,ROUND1,One,ROUND2,,,,,,,USD,1,,,,,,,,',
      'budget,ROUND2,Two,ROUND1,,,,,,,USD,1,,,,,,,,',
      'budget,BACK,Backwards,,,,,,,,USD,1,,,,,2026-02-01,2026-01-01,,',
      'budget,EURO,Euro,YEAR,,,,,,,EUR,1,,,,,,,,',
      'budget,NEG,Negative,,,,,,,,USD,-5,,,,,,,,',
      'budget,NONE,None,,,,,,,,USD,,,,,,,,,',
      'budget,WHAT,What,,,,,,,,QQQ,5,,,,,,,,',
      'request,R-2,Too much,,,A-1,,Alder,,event,USD,99999,99999,,,approved,,,,',
      'claim,C-2,More,,,,R-1,,,,USD,200,,,,submitted,,,,',
      'budget,YEAR,Again,,,,,,,,USD,1,,,,,,,,',
      'request,R-3,Nobody,,YEAR,,,Nobody,,event,USD,5,,,,,,,,',
      'request,R-4,=2+5,,YEAR,,,Alder,,party,USD,5,,,,,,,,',
    );
    const { rows } = await json(['import', path], {}, EXIT.rejected);
    const told = rows.map(
      (row: { line: number; result: string; problem: string | null }) => `${row.line} ${row.problem ?? row.result}`,
    );
    expect(told).toEqual([
      '2 added',
      '3 added',
      '4 added',
      '5 added',
      '6 added',
      '7 added',
      expect.stringContaining('8 "EMEA 2026" holds 20000.00 USD, and 20000.01 USD of it are given away'),
      expect.stringContaining('9 "Loop" is a part of itself: LOOP, which is in LOOP'),
      expect.stringContaining('10 "One" is a part of itself: ROUND1, which is in ROUND2, which is in ROUND1'),
      expect.stringContaining('11 "Two" is a part of itself'),
      expect.stringContaining('12 it ends on 2026-01-01, before it starts on 2026-02-01'),
      expect.stringContaining('13 it is in EUR, and budget "Year 2026" in USD'),
      '14 amount: the amount -5 is negative',
      '15 amount: the amount is missing',
      expect.stringContaining('16 "QQQ" is no currency'),
      expect.stringContaining('17 "Alder events" holds 15000.00 USD'),
      expect.stringContaining('18 1100.00 USD are claimed, and 1000.00 USD are approved'),
      '19 budget "YEAR" stands in line 5 already',
      expect.stringContaining('20 there is no partner "Nobody"'),
      expect.stringContaining('21 "party" is no activity of funds.yaml'),
    ]);
    expect(
      (await viewFunds(store.db, { rules: RULES, now: channel.now })).budgets.map(({ name }) => name).sort(),
    ).toEqual(['Co-op', 'EMEA 2026', 'Year 2026']);
  });

  test('taken in again changes nothing; a budget of a known key is changed, a request is not', async () => {
    const path = file(
      'again.csv',
      HEAD,
      'budget,YEAR,Year 2026,,,,,,,,USD,50000,,,,,2026-01-01,2026-12-31,,',
      'budget,EMEA,EMEA 2026,YEAR,,,,,,,USD,21000,,,,,2026-01-01,2026-12-31,,',
      'request,R-1,Fair,,EMEA,,,Alder,Fair,Trade Show,USD,1000,999,,,claimed,2026-03-01,2026-03-03,,',
    );
    const { rows } = await json(['import', path], { dryRun: true }, EXIT.rejected);
    expect(rows.map(({ result }: { result: string }) => result)).toEqual(['repeat', 'changed', 'refused']);
    expect(await run(['list'])).toContain('20000.00 USD');
    await run(['import', path], {}, EXIT.rejected);
    expect(await run(['list'])).toContain('21000.00 USD');
  });

  test('says of a file that cannot be used at all where and why', async () => {
    expect(await problem(['import', file('bad.csv', 'kind,key,amounts', 'a,b,c')])).toContain('did you mean "amount"?');
    expect(await problem(['import', file('few.csv', 'kind,key', 'a,b')])).toContain('names no column "currency"');
  });
});

describe('a request at the command line', () => {
  const asked = {
    partner: 'alder',
    budget: 'EMEA 2026',
    activity: 'event',
    title: 'Roadshow',
    amount: '1500',
    from: '2026-03-10',
    to: '2026-03-12',
    campaign: 'Webinar',
  };
  let id: string;

  test('is made once, and waits for the partner’s channel manager', async () => {
    const made = await json(['request'], { ...asked, by: 'p@alder.example' });
    expect(made).toMatchObject({
      done: 'submitted',
      requests: [{ requested: '1500.00', campaign: { name: 'Webinar' } }],
    });
    id = made.id;
    expect((await json(['request'], { ...asked, by: 'p@alder.example' })).done).toBe('repeat');
    expect(await run(['show', id])).toContain(`waits for manager (${MANAGER}), until `);
    expect((await json(['check'], {}, EXIT.done)).waiting).toHaveLength(1);
  });

  test('is refused without what it needs, in a currency that is not the fund’s, or for nothing', async () => {
    expect(await problem(['request'], { ...asked, budget: undefined })).toContain('of which fund?');
    expect(await problem(['request'], { ...asked, amount: '0' })).toBe(
      'the amount 0 is nothing / Nothing was changed.',
    );
    expect(await problem(['request'], { ...asked, currency: 'EUR', title: 'x' })).toContain('it is in EUR');
    expect(await problem(['request'], { ...asked, claimBy: '2026-03-11', title: 'y' })).toContain(
      'before it ends on 2026-03-12',
    );
    expect(await problem(['request'], { ...asked, to: '2026-03-09', title: 'z' })).toContain('before it starts on');
  });

  test('is approved by whoever may, claimed with proof, paid, and shows its story', async () => {
    expect(await problem(['approve', id])).toContain('--by is missing');
    expect(await problem(['approve', id], { by: 'p@alder.example' })).toContain(
      'asked for it, and cannot approve it too',
    );
    await run(['approve', id], { by: MANAGER, amount: '1200' });
    expect(await problem(['claim', id], { amount: '1200.01' })).toContain(
      'are more than the 1200.00 USD that are left',
    );
    const claim = await json(['claim', id], { amount: '1000', proof: ['invoice=I-7'], by: 'p@alder.example' });
    expect(claim).toMatchObject({ done: 'held', claims: [{ status: 'held', reason: 'proof is missing: attendees' }] });
    expect((await json(['check'])).held).toEqual([
      { id: claim.id, name: 'Roadshow', reason: 'proof is missing: attendees' },
    ]);
    await run(['submit', claim.id], { proof: ['attendees=list.pdf'] });
    await run(['approve', claim.id], { by: MANAGER });
    expect(await problem(['pay', claim.id])).toContain('--reference is missing');
    expect(await problem(['pay', claim.id], { reference: 'P-1', amount: '1000.01' })).toContain(
      'approved and not paid',
    );
    const paid = await json(['pay', claim.id], { reference: 'P-1', by: 'finance' });
    expect(paid.claims[0]).toMatchObject({ status: 'paid', payment: 'paid', paid: '1000.00', paidOn: '2026-03-02' });
    expect((await json(['pay', claim.id], { reference: 'P-1' })).done).toBe('repeat');
    const story = await run(['show', claim.id]);
    expect(story).toMatch(
      /held by p@alder\.example: proof is missing: attendees\n.*submitted by command line\n.*approved by maria/,
    );
  });

  test('above a limit is decided further up, and one that nobody decides goes on by itself', async () => {
    const big = await json(['request'], { ...asked, title: 'Summit', amount: '6000', by: 'p@alder.example' });
    expect(await problem(['approve', big.id], { by: MANAGER })).toContain('may approve at most 5000.00 USD');
    await run(['return', big.id], { by: MANAGER, why: 'too large' });
    await run(['withdraw', big.id]);
    const slow = await json(['request'], { ...asked, title: 'Slow', by: 'p@alder.example' });
    const due = channel.now + 3 * 86_400_000;
    await store.db.transaction().execute((tx) => fundsDue(tx, RULES, due - 1));
    expect(await run(['show', slow.id])).not.toContain('escalated');
    await store.db.transaction().execute((tx) => fundsDue(tx, RULES, due));
    await store.db.transaction().execute((tx) => fundsDue(tx, RULES, due));
    expect(
      (await run(['show', slow.id])).match(/escalated by sluice: nobody decided in time: it goes on to director/g),
    ).toHaveLength(1);
    await run(['reject', slow.id], { by: 'dora@vendor.example', why: 'no' });
  });

  test('whose time to claim is over gives back what was not claimed', async () => {
    const before = await json(['list']);
    await store.db.transaction().execute((tx) => fundsDue(tx, RULES, Date.parse('2026-05-12T00:00:00Z')));
    const { requests, budgets } = await json(['list']);
    expect(requests.find((each: { id: string }) => each.id === id)).toMatchObject({
      status: 'expired',
      promised: '1000.00',
    });
    const free = (all: { name: string; free: string }[]) => Number(all.find(({ name }) => name === 'EMEA 2026')?.free);
    // 200.00 of the roadshow, 100.00 of the fair.
    expect(free(budgets) - free(before.budgets)).toBe(300);
  });

  test('is shown without what could move the cursor of a terminal', async () => {
    const sly = await json(['request'], { ...asked, title: 'x\u001b[2Jy', by: 'p@alder.example' });
    expect(await run(['show', sly.id])).not.toContain('\u001b');
  });
});

describe('fund roi', () => {
  test('gives the return by request on revenue and on margin, and says where the revenue is from', async () => {
    const { rows, model, margin } = await json(['roi']);
    expect([model, margin]).toEqual(['linear', '60']);
    const roadshow = rows.find(({ name }: { name: string }) => name === 'Roadshow');
    // Half of 12,000.00 USD and of 700.00 EUR at 1.10 is credited to the webinar, which cost what the fund paid.
    expect(roadshow).toMatchObject({ cost: '1000.00', from: ['campaign'], withoutResult: false });
    expect(Number(roadshow.roi)).toBeCloseTo(Number(roadshow.revenue) / 1000 - 1, 4);
    expect(Number(roadshow.roiOnMargin)).toBeCloseTo((Number(roadshow.revenue) * 0.6) / 1000 - 1, 4);
    const unpaid = rows.filter(({ cost }: { cost: string }) => cost === '0.00');
    expect(unpaid.length).toBeGreaterThan(0);
    for (const row of unpaid) expect(row).toMatchObject({ roi: null, roiOnMargin: null });
    expect(await run(['roi'])).toContain('undefined');
  });

  test('is grouped by what is asked for, and finds money that brought nothing', async () => {
    expect((await json(['roi'], { group: 'partner' })).rows.map(({ name }: { name: string }) => name)).toEqual([
      'Alder',
    ]);
    expect((await json(['roi'], { withoutResult: true })).rows).toEqual([]);
    expect(await problem(['roi'], { group: 'partners' })).toContain('partner');
    expect(await problem(['roi'], { model: 'magic' })).toContain('nothing is credited under a model "magic"');
  });
});

describe('fund accrue', () => {
  test('credits a partner with its percentage of what it sold, once, and takes it back with the sale', async () => {
    const [run1] = (await json(['accrue'])).runs;
    expect(run1.rows).toEqual([
      expect.objectContaining({ period: '2026-Q1', change: run1.rows[0].earned, unfunded: '0' }),
    ]);
    const [again] = (await json(['accrue'])).runs;
    expect(again.rows[0].change).toBe('0');
    const { allocations } = await json(['list']);
    expect(allocations.find(({ name }: { name: string }) => name.startsWith('Co-op'))).toMatchObject({
      name: 'Co-op 2026-Q1, Alder',
      expiresOn: '2026-09-27',
      partner: { name: 'Alder' },
    });
    await channel.deal('0061', '00Q5e00001AbCdEEAV', '12000.00', { isWon: false });
    await channel.decide();
    const [reversed] = (await json(['accrue'])).runs;
    expect(BigInt(reversed.rows[0].change)).toBe(-30_000n);
    expect((await json(['check'])).problems).toEqual([]);
  });
});

test('wrong words are answered with the right ones', async () => {
  expect(await problem(['aprove', 'x'])).toContain('did you mean "approve"?');
  expect(await problem(['show', 'fr_none'])).toContain('there is no fund item "fr_none"');
  expect(await problem(['approve', 'fr_none'], { by: MANAGER })).toContain('there is no fund item "fr_none"');
});

test('the same can be read over HTTP', async () => {
  const at = () => ({ rules: RULES, now: channel.now });
  const server = await createServer({} as ConsolePort, {
    consoleDir: '/nowhere',
    funds: {
      all: () => viewFunds(store.db, at()),
      check: () => checkFunds(store.db, at()),
      one: (id) => viewFund(store.db, id, at()),
    },
  }).listen();
  try {
    const ask = async (path: string) => {
      const response = await fetch(`${server.url}/api/funds${path}`);
      return { status: response.status, body: await response.json() };
    };
    const all = await ask('');
    expect(all.body).toEqual(await json(['list']));
    expect((await ask(`/${all.body.budgets[0].id}`)).body).toEqual(await json(['show', all.body.budgets[0].id]));
    expect((await ask('/check')).body.problems).toEqual([]);
    expect((await ask('/fr_none')).status).toBe(404);
  } finally {
    await server.close();
  }
});
