/** The figures of "Which deals count, and whose they are" in docs/guides/revenue.md. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Candidate, type EvidenceOfDeal, weigh } from '../../src/revenue/evidence.ts';
import { kitOf } from '../../src/revenue/kit.ts';
import { DEFAULT_RECONCILE } from '../../src/revenue/reconcile-config.ts';

const guide = readFileSync(new URL('../../docs/guides/revenue.md', import.meta.url), 'utf8');
const DEAL: EvidenceOfDeal = {
  createdAt: '2026-03-10T00:00:00Z',
  closeDate: '2026-04-30',
  amount: null,
  products: [],
  namesPeople: false,
  partners: [],
};
const LEAD: Candidate = {
  leadId: 'ld_1',
  personId: 'pe_1',
  company: 'domain',
  partnerId: 'pa_alder',
  acceptedAt: '2026-03-02T10:00:00Z',
  reports: 1,
  said: null,
  value: null,
  product: 'Vault',
};
const percent = (probability: number) => `${(probability * 100).toFixed(1)} %`;

test('the evidence of the example and its probability are what the rules say', () => {
  const [found] = weigh(DEAL, [LEAD], DEFAULT_RECONCILE);
  for (const { text, times } of found?.evidence ?? []) expect(guide).toContain(`| ${text} | x ${times} |`);
  expect(found?.evidence).toHaveLength(3);
  expect(guide).toContain(`| **probability** | **${percent(found?.probability ?? 0)}** |`);
  const [sure] = weigh({ ...DEAL, products: ['Vault'] }, [LEAD], DEFAULT_RECONCILE);
  expect(guide).toContain(`(x ${DEFAULT_RECONCILE.evidence.sameProduct}) it is ${percent(sure?.probability ?? 0)}`);
  expect(sure?.probability).toBeGreaterThanOrEqual(DEFAULT_RECONCILE.zones.same);
  expect(guide).toContain(`**sure** (${DEFAULT_RECONCILE.zones.same} and above)`);
  expect(guide).toContain(`**doubtful** (${DEFAULT_RECONCILE.zones.review} and above)`);
});

test('the share of own products of the example', () => {
  const usd = (minor: bigint) => ({ minor, currency: 'USD' });
  const line = (id: string, product: string, minor: bigint) => ({ id, product, family: null, amount: usd(minor) });
  const lines = [line('1', 'Vault', 60_000n), line('2', 'Installation', 40_000n)];
  const { share } = kitOf(usd(100_000n), lines, { families: [], products: ['Installation'] });
  expect(guide).toContain(`in a deal of 1000.00 is ${(Number(share) * 100).toFixed(2)} %`);
});
