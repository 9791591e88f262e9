import { describe, expect, test } from '@jest/globals';
import { toCsv, toJson, toTable } from '../../src/revenue/render.ts';
import { type LeadsInputs, leadsReport, type Report, roiReport } from '../../src/revenue/report.ts';
import type { Roi } from '../../src/revenue/roi.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const eur = (minor: bigint) => ({ minor, currency: 'EUR' });

const figures = { model: 'first', currency: 'USD', credited: usd(5_000n), deals: 1, touches: 2 } as const;
const ROI: Roi = {
  byCampaign: [{ ...figures, id: 'cm_1', name: 'Webinar', cost: null, roi: null }],
  byPartner: [{ ...figures, id: null, name: 'not with a partner', cost: usd(1_000n), roi: '4.0000' }],
  total: [{ ...figures, cost: usd(1_000n), roi: '4.0000', booked: usd(6_000n), unattributed: usd(1_000n) }],
};

const LEADS: LeadsInputs = {
  currency: 'USD',
  people: 9,
  booked: [usd(1_000n), usd(500n)],
  leads: [
    { id: 'ld_1', state: 'Won', partnerId: 'pt_1', qualified: false, booked: [usd(1_000n)] },
    { id: 'ld_2', state: 'Offered', partnerId: null, qualified: false, booked: [] },
    { id: 'ld_3', state: 'Working', partnerId: 'pt_1', qualified: true, booked: [] },
    { id: 'ld_4', state: 'Nurture', partnerId: null, qualified: false, booked: [] },
  ],
  offers: [
    { leadId: 'ld_1', partnerId: 'pt_2', status: 'Rejected', responseReason: 'Too small' },
    { leadId: 'ld_1', partnerId: 'pt_1', status: 'Accepted', responseReason: null },
    { leadId: 'ld_2', partnerId: 'pt_2', status: 'Open', responseReason: null },
    { leadId: 'ld_3', partnerId: 'pt_2', status: 'Expired', responseReason: null },
    { leadId: 'ld_3', partnerId: 'pt_1', status: 'Accepted', responseReason: null },
    { leadId: 'ld_4', partnerId: 'pt_2', status: 'Rejected', responseReason: ' ' },
    { leadId: 'ld_4', partnerId: 'pt_3', status: 'Rejected', responseReason: 'Too small' },
  ],
  partners: [
    { id: 'pt_1', name: 'Beta' },
    { id: 'pt_2', name: 'Alpha' },
  ],
};
const table = (report: Report, name: string) => report.tables.find((each) => each.name === name);

describe('the leads report', () => {
  const report = leadsReport(LEADS);

  test('counts everybody who got as far as each step of the funnel, with what was booked of them', () => {
    expect(table(report, 'funnel')?.rows.map((row) => [row.step, row.count, row.booked])).toEqual([
      ['Synced people', 9, usd(1_500n)],
      ['Leads', 4, usd(1_000n)],
      ['Offered', 4, usd(1_000n)],
      ['Accepted', 2, usd(1_000n)],
      ['Qualified', 2, usd(1_000n)],
      ['Won', 1, usd(1_000n)],
    ]);
  });

  test('counts leads by state, adding up to all', () => {
    expect(table(report, 'byState')?.rows).toEqual([
      { state: 'Nurture', leads: 1 },
      { state: 'Offered', leads: 1 },
      { state: 'Won', leads: 1 },
      { state: 'Working', leads: 1 },
    ]);
    expect(table(report, 'byState')?.totals).toEqual([{ state: 'Total', leads: 4 }]);
  });

  test('shows what became of the offers of each partner, also of one no longer listed', () => {
    const row = { offers: 0, accepted: 0, rejected: 0, expired: 0, open: 0, won: 0, currency: 'USD' };
    expect(table(report, 'byPartner')?.rows).toEqual([
      { ...row, name: 'Alpha', id: 'pt_2', offers: 4, rejected: 2, expired: 1, open: 1, revenue: usd(0n) },
      { ...row, name: 'Beta', id: 'pt_1', offers: 2, accepted: 2, won: 1, revenue: usd(1_000n) },
      { ...row, name: 'partner pt_3', id: 'pt_3', offers: 1, rejected: 1, revenue: usd(0n) },
    ]);
    expect(table(report, 'byPartner')?.totals).toMatchObject([
      { name: 'Total', offers: 7, accepted: 2, rejected: 3, expired: 1, open: 1, won: 1, revenue: usd(1_000n) },
    ]);
  });

  test('counts why offers were rejected, an empty reason as none given', () => {
    expect(table(report, 'byRejectReason')?.rows).toEqual([
      { reason: 'Too small', offers: 2 },
      { reason: 'no reason given', offers: 1 },
    ]);
  });

  test('never adds two currencies: counts stand once, revenue in a row a currency', () => {
    const [won] = LEADS.leads;
    if (!won) throw new Error('no lead');
    const mixed = leadsReport({
      ...LEADS,
      booked: [usd(1n), eur(2n)],
      leads: [{ ...won, booked: [usd(1n), eur(2n)] }],
    });
    const rows = table(mixed, 'byPartner')?.rows.filter((row) => row.name === 'Beta');
    expect(rows?.map((row) => [row.currency, row.revenue, row.accepted])).toEqual([
      ['EUR', eur(2n), 2],
      ['USD', usd(1n), 0],
    ]);
    expect(table(mixed, 'byPartner')?.totals.map((row) => [row.currency, row.revenue])).toEqual([
      ['EUR', eur(2n)],
      ['USD', usd(1n)],
    ]);
    const funnel = table(mixed, 'funnel')?.rows.filter((row) => row.step === 'Won');
    expect(funnel?.map((row) => row.booked)).toEqual([eur(2n), usd(1n)]);
  });

  test('of nothing has every table', () => {
    const empty = leadsReport({ currency: 'USD', people: 0, booked: [], leads: [], offers: [], partners: [] });
    expect(empty.tables.map((each) => each.rows.length)).toEqual([6, 0, 0, 0]);
    expect(toTable(empty)).toContain('Leads by partner\n  (nothing yet)\n');
  });
});

describe('as JSON', () => {
  test('amounts are decimal strings and what cannot be said is null', () => {
    const json = toJson(roiReport(ROI));
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({
      report: 'roi',
      byCampaign: {
        rows: [{ model: 'first', name: 'Webinar', id: 'cm_1', credited: '50.00', cost: null, roi: null, touches: 2 }],
        totals: [{ name: 'Total', credited: '50.00', cost: '10.00', roi: '4.0000' }],
      },
      byPartner: { rows: [{ name: 'not with a partner', id: null }] },
      revenue: { rows: [{ booked: '60.00', credited: '50.00', unattributed: '10.00' }] },
    });
  });
});

describe('as CSV', () => {
  test('all tables are lines of the same fields, ended by CRLF, without totals', () => {
    expect(toCsv(roiReport(ROI)).split('\r\n')).toEqual([
      'table,model,name,id,currency,credited,cost,roi,deals,touches,booked,unattributed',
      'byCampaign,first,Webinar,cm_1,USD,50.00,,,1,2,,',
      'byPartner,first,not with a partner,,USD,50.00,10.00,4.0000,1,2,,',
      'revenue,first,,,USD,50.00,10.00,4.0000,,,60.00,10.00',
      '',
    ]);
  });

  const field = (value: string) =>
    toCsv({
      name: 'x',
      tables: [
        { name: 't', title: '', columns: [{ key: 'k', title: 'K', type: 'text' }], rows: [{ k: value }], totals: [] },
      ],
    })
      .slice('table,k\r\nt,'.length)
      .replace(/\r\n$/, '');

  test.each([
    ['=1+1', "'=1+1"],
    ['+SUM(A1)', "'+SUM(A1)"],
    ['-2+3', "'-2+3"],
    ['@cmd', "'@cmd"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['\uff1dx', "'\uff1dx"],
    ['-12.50', '-12.50'],
    ['+5', '+5'],
    ['a=b', 'a=b'],
    ['Smith, "Jo"', '"Smith, ""Jo"""'],
    ['two\nlines', '"two\nlines"'],
    ['=A1,"x"', '"\'=A1,""x"""'],
  ])('%j is written %j', (value, written) => {
    expect(field(value)).toBe(written);
  });
});

describe('as text', () => {
  test('columns are aligned, figures to the right, totals under a rule, a dash for what cannot be said', () => {
    expect(toTable(roiReport(ROI)).split('\n').slice(0, 7)).toEqual([
      'ROI by campaign',
      'Model  Campaign  Id    Currency  Credited   Cost     ROI  Deals  Touches',
      '─────  ────────  ────  ────────  ────────  ─────  ──────  ─────  ───────',
      'first  Webinar   cm_1  USD          50.00      –       –      1        2',
      '─────  ────────  ────  ────────  ────────  ─────  ──────  ─────  ───────',
      'first  Total     –     USD          50.00  10.00  4.0000      1        2',
      '',
    ]);
  });

  test('a name cannot steer the terminal, and wide letters keep the columns in line', () => {
    const rows = [
      { name: '\u001b[2Jevil\n', n: 1 },
      { name: '東京', n: 2 },
    ];
    const columns = [
      { key: 'name', title: 'Name', type: 'text' },
      { key: 'n', title: 'N', type: 'count' },
    ] as const;
    const text = toTable({ name: 'x', tables: [{ name: 't', title: 'T', columns, rows, totals: [] }] });
    expect(text.split('\n').slice(3, 5)).toEqual([' [2Jevil   1', '東京       2']);
  });
});
