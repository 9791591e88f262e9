/** `sluice feedback import` and `sluice report feedback`, over a small channel. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { App } from '../../src/app/app.ts';
import type { Core } from '../../src/app/core.ts';
import { Reports } from '../../src/app/reports.ts';
import { EXIT, UserError } from '../../src/cli/context.ts';
import { feedback } from '../../src/cli/feedback.ts';
import { report } from '../../src/cli/report.ts';
import { compileFeedback } from '../../src/leads/feedback/feedback-rules.ts';
import { takeFeedback } from '../../src/leads/service/take-feedback.ts';
import { anna, Channel } from '../support/channel.ts';
import { emptyStore, testStore } from '../support/store.ts';

const store = await testStore();
const rules = compileFeedback('config/feedback.yaml', readFileSync('config/feedback.yaml', 'utf8'));
const dir = mkdtempSync(join(tmpdir(), 'feedback-'));
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await store.close();
});

let channel: Channel;
let offer: string;

beforeEach(async () => {
  await emptyStore(store);
  channel = new Channel(store.db);
  await channel.rules('rules-1');
  await channel.partner('001A', { name: '=Alder', tier: 'Platinum' });
  await channel.people([anna]);
  await channel.decide();
  offer = await channel.offerOf('pe_anna');
  channel.now += 3_600_000;
});

const core = () =>
  ({
    store,
    clock: { now: () => channel.now },
    config: { vendor: { currency: 'EUR' } },
    rules: { feedback: rules, attribution: { models: [] } },
  }) as unknown as Core;
const app = () =>
  ({
    ...core(),
    reports: new Reports(core()),
    takeFeedback: (rows, brought) => takeFeedback(store.db, rows, { rules, now: channel.now, ...brought }),
  }) as Pick<App, 'takeFeedback'> as App;

async function run(command: typeof feedback, options: Record<string, unknown>, args: readonly string[]) {
  let out = '';
  const exit = await command(app(), { out: (text) => (out += text), err: () => {}, tty: false }, options, args);
  return { exit, out };
}
function fileOf(text: string): string {
  const path = join(dir, 'answers.csv');
  writeFileSync(path, text);
  return path;
}

describe('feedback import', () => {
  test('answers line by line, keeps the good rows, and ends with 3 where one was refused', async () => {
    const path = fileOf(
      `\ufeffoffer;response;value;outcome;currency\r\n${offer};accepted;;;\r\n${offer};;1.234,50;won;EUR\r\n`,
    );
    const { exit, out } = await run(feedback, {}, ['import', path]);
    expect(exit).toBe(EXIT.rejected);
    expect(out).toContain('1 taken in');
    expect(out).toContain('line 3: refused: value is "1.234,50": write it with a point');
    await channel.decide();
    expect((await channel.leadOf('pe_anna')).state).toBe('Accepted');
  });

  test('tells the same as JSON, and in a dry run keeps nothing', async () => {
    const path = fileOf(`offer,response\n${offer},accepted\n`);
    const { exit, out } = await run(feedback, { json: true, dryRun: true }, ['import', path]);
    expect(exit).toBe(EXIT.done);
    expect(JSON.parse(out)).toMatchObject({
      dryRun: true,
      counts: { taken: 1, refused: 0 },
      rows: [{ line: 2, result: 'taken', partner: '=Alder' }],
    });
    expect(await store.db.selectFrom('statements').selectAll().execute()).toEqual([]);
  });

  test('refuses a file that is none', async () => {
    await expect(run(feedback, {}, ['import', fileOf('offer\n')])).rejects.toThrow(UserError);
  });
});

describe('report feedback', () => {
  beforeAll(() => expect(rules.diagnosis.least).toBeGreaterThan(1));

  test('shows every group with its interval and what it can tell of it', async () => {
    await run(feedback, {}, ['import', fileOf(`offer,response,reason,contactable\n${offer},rejected,no-contact,no\n`)]);
    await channel.decide();
    const { out } = await run(report, { json: true }, ['feedback']);
    const { standsOut, rejections, quality, measures } = JSON.parse(out);
    expect(standsOut.rows).toEqual([]);
    expect(rejections.rows).toContainEqual(
      expect.objectContaining({
        dimension: 'partner',
        group: '=Alder',
        answers: 1,
        hits: 1,
        share: '1.000',
        high: '1.000',
        looks: 'too few',
      }),
    );
    expect(quality.rows).toContainEqual(expect.objectContaining({ dimension: 'country', group: 'DE', hits: 1 }));
    expect(measures.rows).toContainEqual(
      expect.objectContaining({ dimension: 'partner', measure: 'contactable', no: 1, yes: 0 }),
    );
  });

  test('is safe to open in a spreadsheet', async () => {
    await run(feedback, {}, ['import', fileOf(`offer,response\n${offer},accepted\n`)]);
    await channel.decide();
    const { out } = await run(report, { format: 'csv' }, ['feedback']);
    expect(out).toContain(",'=Alder,");
    expect(out).not.toContain(',=Alder');
  });
});
