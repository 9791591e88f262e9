import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { decimalOf } from '../../../src/model/money.ts';
import { attributeDeal } from '../../../src/revenue/attribution/attribute-deal.ts';
import { fitMarkov } from '../../../src/revenue/attribution/markov.ts';
import { KINDS } from '../../../src/revenue/attribution/spec.ts';
import { compileAttribution } from '../../../src/revenue/config.ts';
import { ledgerOf } from '../histories.ts';
import { DEAL, GUIDE_MODELS, guideModel, MILESTONES, TOUCHES } from './guide-example.ts';

const guide = readFileSync(new URL('../../../docs/guides/attribution.md', import.meta.url), 'utf8');
/** The cells of the rows of the table whose first cell is one of the names. */
const rows = new Map(
  guide.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return line.startsWith('| ') && cells.length === 8 ? [[cells[1] ?? '', cells.slice(2, 7)] as const] : [];
  }),
);

test.each(GUIDE_MODELS)('the example of the guide is what Sluice credits: %s', (name) => {
  const [only] = attributeDeal(ledgerOf([DEAL]), TOUCHES, guideModel(name), MILESTONES);
  const amounts = TOUCHES.map(({ id }) => {
    const credit = only?.credits.find(({ touchId }) => touchId === id);
    return credit ? decimalOf(credit.amount) : '0.00';
  });
  expect(rows.get(name)).toEqual(amounts);
  expect(rows.get('kind')).toEqual(TOUCHES.map(({ campaignId }) => campaignId));
});

test('the configuration of the guide can be used as it stands', () => {
  const yaml = guide.slice(guide.indexOf('    # config/attribution.yaml'), guide.indexOf('\n\nA list of kinds'));
  const { models, people, partners } = compileAttribution('guide.yaml', yaml.replace(/^ {4}/gm, ''));
  expect([models, people, partners.length]).toEqual([['first', 'agreed', 'slow-decay', 'markov', 'own'], 'account', 3]);
});

test('the guide names every kind of model', () => {
  for (const kind of KINDS) expect(guide).toContain(`\`${kind}\``);
});

test('the aggregate of the guide is that of its file', () => {
  const row = (path: string, conversions: number, nulls: number) => ({
    path: path.split(' > '),
    conversions,
    nulls,
    value: 0,
  });
  const paths = [...guide.matchAll(/^ {4}(C[\w >]+),(\d),(\d)$/gm)].map(([, path = '', yes, no]) =>
    row(path, Number(yes), Number(no)),
  );
  expect(paths).toHaveLength(3);
  for (const { channel, share, removalEffect } of fitMarkov(paths, 1).channels)
    expect(guide).toMatch(new RegExp(`^ {4}${channel} +${share.toFixed(4)} .* ${removalEffect.toFixed(4)}$`, 'm'));
});
