import { describe, expect, test } from '@jest/globals';
import type { Column, Report } from '../../src/model/report.ts';
import { toCsv, toJson, toTable } from '../../src/revenue/render.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const text = (key: string, title: string): Column => ({ key, title, type: 'text' });
const money = (key: string, title: string): Column => ({ key, title, type: 'money' });
const count = (key: string, title: string): Column => ({ key, title, type: 'count' });
const figures = [
  money('credited', 'Credited'),
  money('cost', 'Cost'),
  { key: 'roi', title: 'ROI', type: 'rate' } as const,
  count('deals', 'Deals'),
  count('touches', 'Touches'),
];
const columns = (what: string) => [
  text('model', 'Model'),
  text('name', what),
  text('id', 'Id'),
  text('currency', 'Currency'),
  ...figures,
];
const row = { model: 'first', currency: 'USD', credited: usd(5_000n), deals: 1, touches: 2 } as const;
const total = { ...row, cost: usd(1_000n), roi: '4.0000' };
const totals = [{ ...total, name: 'Total', id: null }];
const REPORT: Report = {
  name: 'roi',
  tables: [
    {
      name: 'byCampaign',
      title: 'ROI by campaign',
      columns: columns('Campaign'),
      rows: [{ ...row, id: 'cm_1', name: 'Webinar', cost: null, roi: null }],
      totals,
    },
    {
      name: 'byPartner',
      title: 'ROI by partner',
      columns: columns('Partner'),
      rows: [{ ...total, id: null, name: 'not with a partner' }],
      totals,
    },
    {
      name: 'revenue',
      title: 'Booked revenue',
      columns: [
        text('model', 'Model'),
        text('currency', 'Currency'),
        money('booked', 'Booked'),
        money('credited', 'Credited'),
        money('unattributed', 'Unattributed'),
        money('cost', 'Cost'),
        { key: 'roi', title: 'ROI', type: 'rate' },
      ],
      rows: [{ ...total, booked: usd(6_000n), unattributed: usd(1_000n) }],
      totals: [],
    },
  ],
};

describe('as JSON', () => {
  test('amounts are decimal strings and what cannot be said is null', () => {
    const json = toJson(REPORT);
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
    expect(toCsv(REPORT).split('\r\n')).toEqual([
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
    expect(toTable(REPORT).split('\n').slice(0, 7)).toEqual([
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
