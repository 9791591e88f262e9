import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CATALOGUE } from '../../../src/insight/reports/catalogue.ts';
import { compileReports } from '../../../src/insight/reports/custom.ts';
import { DATASETS } from '../../../src/insight/reports/datasets.ts';
import { type ReportAsked, runReport } from '../../../src/insight/service/reports/run-report.ts';
import { toTable } from '../../../src/revenue/render.ts';
import type { Store } from '../../../src/store/database.ts';
import { Channel } from '../../support/channel.ts';
import { revenueStory } from '../../support/revenue-story.ts';
import { testStore } from '../../support/store.ts';

const guide = readFileSync(new URL('../../../docs/guides/reports.md', import.meta.url), 'utf8');
const NOTHING: ReportAsked = {
  period: null,
  from: null,
  to: null,
  partner: null,
  campaign: null,
  models: null,
  drill: false,
};
const GROUND = { currency: 'USD', models: ['linear'], now: Date.parse('2026-07-15T00:00:00Z') };

let store: Store;
beforeAll(async () => {
  store = await testStore();
  await revenueStory(new Channel(store.db));
});
afterAll(() => store.close());

/** Tables as the guide shows them: indented, without ids. */
async function shown(name: string, tables: readonly string[], asked: Partial<ReportAsked>): Promise<string> {
  const entry = [...CATALOGUE, ...custom()].find((each) => each.name === name);
  if (entry === undefined) throw new Error(`no report ${name}`);
  const report = await runReport(store.db, entry, { ...NOTHING, ...asked }, GROUND);
  const isId = (key: string) => /^id$|Id$|^entry$|^touch$|^offer$/.test(key);
  const chosen = report.tables
    .filter((table) => tables.includes(table.name))
    .map((table) => ({ ...table, columns: table.columns.filter(({ key }) => !isId(key)) }));
  return toTable({ name, tables: chosen })
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');
}

function custom() {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  return compileReports('reports.yaml', yaml).custom;
}

test.each<[string, readonly string[], Partial<ReportAsked>]>([
  ['roi', ['byCampaign', 'revenue'], { partner: 'Alder', from: '2026-01-01', to: '2026-06-30' }],
  ['roi', ['deals', 'touches'], { partner: 'Alder', period: '2026-H1', drill: true }],
  ['leads', ['funnel'], {}],
  ['wins-by-product', ['rows'], {}],
])('the figures of %s %j in the guide are those that come out', async (name, tables, asked) => {
  const text = await shown(name, tables, asked);
  if (process.env.SHOW_GUIDE) process.stderr.write(`${name} ${tables}\n${text}\n`);
  expect(guide).toContain(text.trimEnd());
});

test('the guide names every report, dataset, dimension and measure', () => {
  for (const { name } of CATALOGUE) expect(guide).toContain(`\`${name}\``);
  for (const { name, measures, dimensions } of Object.values(DATASETS)) {
    const datasets = guide.slice(guide.indexOf('| dataset |'));
    const line = datasets.split('\n').find((each) => each.startsWith(`| \`${name}\` |`)) ?? '';
    for (const measure of measures.keys()) expect(line).toContain(`\`${measure}\``);
    for (const { name: dimension, period } of dimensions.values())
      if (period === null) expect(line).toContain(`\`${dimension}\``);
  }
});
