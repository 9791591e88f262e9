/** `sluice deal`: registrations by command and by file. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import { EXIT, UserError } from '../../src/cli/context.ts';
import { deal } from '../../src/cli/deal.ts';
import { moveDeal } from '../../src/deals/service/move.ts';
import { registerDeals } from '../../src/deals/service/register.ts';
import { listDeals, showDeal } from '../../src/deals/service/view.ts';
import { Stage } from '../deals/service/stage.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const { db } = store;
afterAll(() => store.close());
let stage: Stage;
beforeEach(async () => {
  await emptyStore(store);
  stage = new Stage(db, { extension: '{ times: 1, days: 30 }' });
  await stage.partner('Birch');
  await stage.partner('Cedar\u001b[2J');
});

function app(): App {
  const { ports } = stage;
  const use: Partial<App> = {
    registerDeals: (rows, brought) => registerDeals(db, rows, brought, ports, stage.now),
    moveDeal: async (id, move, by) => {
      await moveDeal(db, id, move, by, ports, stage.now);
      return stage.show(id);
    },
    deal: (id) => showDeal(db, id, stage.now),
    deals: (filter) => listDeals(db, filter, stage.now),
  };
  return use as App;
}

async function run(args: readonly string[], options: Record<string, unknown> = {}) {
  let out = '';
  const io = { out: (text: string) => (out += text), err: () => undefined, tty: false };
  const exit = await deal(app(), io, { by: 'anna', ...options }, args);
  return { exit, out };
}
const json = async (args: readonly string[], options: Record<string, unknown> = {}) =>
  JSON.parse((await run(args, { ...options, json: true })).out);
const refusal = async (args: readonly string[], options: Record<string, unknown> = {}) => {
  const error = await run(args, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`not refused: ${String(error)}`);
  return error;
};
const alder = { partner: 'Birch', company: 'Alder Systems', domain: 'aldersystems.com', amount: '900' };
function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'deals-')), 'deals.csv');
  writeFileSync(path, text);
  return path;
}

test('a deal is registered, listed, shown, approved and extended', async () => {
  const { registration } = await json(['register'], alder);
  expect((await run(['list'])).out).toContain(`${registration}  Pending    clear`);
  const approved = await json(['approve', registration], { as: 'board' });
  expect(approved).toMatchObject({ state: 'Approved', approvals: [{ step: 'board', by: 'anna' }] });
  const shown = (await run(['show', registration])).out;
  expect(shown).toContain('approved by anna; protected until 2026-05-31T10:00:00.000Z');
  expect(shown).toContain('registered by anna: source cli, verdict clear');
  expect(await json(['extend', registration])).toMatchObject({ extensions: 1 });
});

test('what stands against it is shown side by side, and control characters of names act on no terminal', async () => {
  const { registration } = await json(['register'], alder);
  await run(['approve', registration], { as: 'board' });
  const { exit, out } = await run(['check'], { ...alder, partner: 'Cedar\u001b[2J' });
  expect(exit).toBe(EXIT.done);
  expect(out).toContain(`conflict: Birch, registration ${registration}, Approved, since 2026-03-02T10:00:00.000Z`);
  expect(out).toMatch(/Alder Systems, aldersystems.com: \d+ % the same company \(.*the same domain/);
  expect(out).toContain('Nothing was kept: this was a check.');
  expect((await json(['list'])).counts).toEqual({ Approved: 1 });
  await run(['register'], { ...alder, partner: 'Cedar\u001b[2J' });
  expect((await run(['list'])).out).not.toContain('\u001b');
});

describe('a file', () => {
  test('is answered line by line, good rows are taken, and a second time nothing is', async () => {
    const path = file(
      'Partner,Company,Website,Amount,Colour\nBirch,Alder Systems,aldersystems.com,900,red\nBirch,,jo@gmail.com,1,\nNobody,Quantum Bakery,,5,\nBirch,=cmd|x!A1,,5,\nBirch,ALDER Systems Inc,aldersystems.com,1,\nBirch,Maple Foods,,-7,\n',
    );
    const first = await run(['import', path], { json: true });
    expect(first.exit).toBe(EXIT.rejected);
    const document = JSON.parse(first.out);
    expect(document.counts).toEqual({ registered: 1, refused: 4, duplicate: 1 });
    expect(document.notes).toEqual(['column "Colour" is not read']);
    expect(
      document.rows.map(({ line, problems }: { line: number; problems: string[] }) => [line, problems[0]]),
    ).toEqual([
      [2, undefined],
      [3, 'the account is missing: "jo@gmail.com" tells no company, it is no company\'s own domain'],
      [4, 'there is no partner "Nobody": name it by its id, its record in the CRM or its name'],
      [5, 'company begins like a formula of a spreadsheet: write the value itself'],
      [6, undefined],
      [7, 'amount -7 is negative'],
    ]);
    const again = await json(['import', path]);
    expect(again.counts).toEqual({ repeat: 1, refused: 4, duplicate: 1 });
  });

  test('that is tried keeps nothing, and says so', async () => {
    const path = file('partner,company,amount\nBirch,Alder Systems,9\n');
    const { out, exit } = await run(['import', path], { dryRun: true });
    expect(exit).toBe(EXIT.done);
    expect(out).toContain('Nothing was kept: this was a dry run.');
    expect((await json(['list'])).deals).toEqual([]);
  });

  test.each([
    ['partner,comany\nBirch,x\n', 'line 1 names a column "comany", which is not read'],
    ['company,amount\nx,1\n', 'line 1 names no column "partner"'],
    ['partner,company,Account Name\nBirch,x,y\n', 'line 1 names the column company twice'],
    ['', 'the file is empty'],
  ])('that cannot be read is refused: %j', async (text, message) => {
    expect((await refusal(['import', file(text)])).message).toContain(message);
  });
});

test.each([
  [['aprove', 'x'], {}, 'there is no "deal aprove"', EXIT.usage],
  [['show'], {}, 'which registration?', EXIT.usage],
  [['show', 'rg_none'], {}, 'there is no registration "rg_none"', EXIT.failed],
  [['reject', 'rg_none'], {}, 'why?', EXIT.usage],
  [['convert', 'rg_none'], {}, 'which opportunity?', EXIT.usage],
  [['extend', 'rg_none'], {}, 'there is no registration "rg_none"', EXIT.failed],
  [['list'], { state: 'Aproved' }, 'there is no state "Aproved"', EXIT.usage],
  [['list'], { partner: 'Nobody' }, 'there is no partner "Nobody"', EXIT.failed],
  [['import'], {}, 'which file?', EXIT.usage],
])('refuses %j in words', async (args, options, message, exit) => {
  expect(await refusal(args, options)).toMatchObject({ message, exit });
});

test('a registration that is refused says why, and the exit code tells a script', async () => {
  const { exit, out } = await run(['register'], { ...alder, amount: '-1' });
  expect(exit).toBe(EXIT.rejected);
  expect(out).toContain('amount -1 is negative');
});
