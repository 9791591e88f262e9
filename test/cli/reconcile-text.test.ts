import { expect, test } from '@jest/globals';
import { dealReviewText, kitsText, unrecordedText } from '../../src/cli/reconcile-text.ts';

const deal = {
  id: 'op_1',
  name: 'Sale\u001b[2J',
  record: 'salesforce 006',
  amount: { minor: 500_050n, currency: 'USD' },
  closeDate: null,
  account: null,
  partner: { id: 'pa_1', name: 'Alder' },
  lead: 'ld_1',
  acceptedAt: '2026-03-02T00:00:00Z',
  probability: 0.7059,
  reasons: ['one', 'two'],
  step: 'Ask Alder.',
};

test('a question shows each lead with its evidence and how to answer', () => {
  const candidates = [
    { leadId: 'ld_1', probability: 0.48, reasons: ['near (x 2)'] },
    { leadId: 'ld_2', probability: 0.48, reasons: [] },
  ];
  const review = {
    id: 'rv_1',
    kind: 'deal-match',
    why: 'Sale: which?',
    subject: { candidates },
    createdAt: '2026-03-02',
  };
  expect(dealReviewText(review).split('\n')).toEqual([
    'rv_1  since 2026-03-02',
    '  Sale: which?',
    '  ld_1  48.0 %',
    '      near (x 2)',
    '  ld_2  48.0 %',
    '  sluice reconcile review same rv_1 --with ld_1|ld_2',
    '  sluice reconcile review different rv_1',
  ]);
});

test('unrecorded deals show what they are worth, why and what to do; nothing in a name steers the terminal', () => {
  expect(unrecordedText([deal, { ...deal, id: 'op_2', amount: null }]).split('\n')).toEqual([
    '2 won deals (5000.50 USD) that nobody claimed, where a partner had worked a lead:',
    'op_1  Sale [2J  5000.50 USD, closed on no day, no account (salesforce 006)',
    '  Alder, lead ld_1, 70.6 %: one; two',
    '  Ask Alder.',
    'op_2  Sale [2J  no amount, closed on no day, no account (salesforce 006)',
    '  Alder, lead ld_1, 70.6 %: one; two',
    '  Ask Alder.',
  ]);
  expect(unrecordedText([])).toContain('No won deal');
});

test('deals with lines show the own part, and where lines and amount differ', () => {
  const usd = (minor: bigint) => ({ minor, currency: 'USD' });
  const kit = {
    kit: usd(60_000n),
    others: usd(0n),
    share: '0.6000',
    difference: usd(40_000n),
    problems: ['Line 2 states no amount.'],
  };
  expect(kitsText([{ id: 'op_1', name: 'Sale', record: 'crm 1', amount: usd(100_000n), ...kit }]).split('\n')).toEqual([
    'op_1  Sale  1000.00 USD (crm 1)',
    '  own products 600.00 USD, others 0.00 USD: 60.00 % of the amount is own',
    '  its lines and its amount differ by 400.00 USD',
    '  Line 2 states no amount.',
  ]);
  expect(kitsText([])).toContain('No won deal has product lines');
});
