/** Reports for the tests of the pages: a small catalogue with figures made up by hand. */
import { toXlsx } from '../../src/insight/reports/xlsx.ts';
import { type ReportAsked, ReportRefused } from '../../src/insight/service/reports/run-report.ts';
import type { Report } from '../../src/model/report.ts';
import { toCsv } from '../../src/revenue/render.ts';
import type { ReportPort } from '../../src/server/reports.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });

const ROI: Report = {
  name: 'roi',
  tables: [
    {
      name: 'byCampaign',
      title: 'ROI by campaign',
      columns: [
        { key: 'model', title: 'Model', type: 'text' },
        { key: 'name', title: 'Campaign', type: 'text' },
        { key: 'id', title: 'Id', type: 'text' },
        {
          key: 'credited',
          title: 'Credited',
          type: 'money',
          about: 'what the ledger gives to touches of the campaign',
        },
        { key: 'cost', title: 'Cost', type: 'money', about: 'what the campaign cost' },
        { key: 'roi', title: 'ROI', type: 'rate' },
        { key: 'deals', title: 'Deals', type: 'count' },
      ],
      rows: Array.from({ length: 40 }, (_, n) => ({
        model: 'linear',
        name: n === 0 ? '<b>Webinar</b>' : `Campaign ${n}`,
        id: `ca_${n}`,
        credited: usd(123_456_789n - BigInt(n)),
        cost: n === 0 ? null : usd(1_000_000n),
        roi: n === 0 ? null : '0.2346',
        deals: 1_234,
      })),
      totals: [
        { model: 'linear', name: 'Total', id: null, credited: usd(9n), cost: usd(1n), roi: '8.0000', deals: 49_360 },
      ],
    },
  ],
};

const DEALS: Report['tables'][number] = {
  name: 'deals',
  title: 'Deals',
  columns: [
    { key: 'deal', title: 'Deal', type: 'text' },
    { key: 'dealId', title: 'Deal id', type: 'text' },
    { key: 'leadId', title: 'Lead', type: 'text' },
    { key: 'booked', title: 'Booked', type: 'money' },
  ],
  rows: [{ deal: 'Vault for Acme', dealId: 'op_1', leadId: 'ld_1', booked: usd(1_200_000n) }],
  totals: [],
};

export interface ReportsFixture extends ReportPort {
  readonly asked: ReportAsked[];
}

export function fixtureReports(isEmpty: () => boolean): ReportsFixture {
  const asked: ReportAsked[] = [];
  const reports = [
    {
      name: 'roi',
      title: 'Return on campaign money',
      about: 'What the money brought.',
      options: ['period', 'partner', 'campaign', 'model', 'drill'],
    },
    { name: 'offers', title: 'Offers', about: 'What became of them.', options: ['period', 'partner'] },
  ];
  return {
    asked,
    list: async () => ({
      reports,
      partners: [{ id: 'pt_1', name: 'Alder Systems' }],
      campaigns: [{ id: 'ca_1', name: 'Campaign 1' }],
      models: ['first', 'linear'],
    }),
    make: async (name, wanted) => {
      asked.push(wanted);
      if (wanted.from !== null && wanted.to !== null && wanted.from > wanted.to)
        throw new ReportRefused(`${wanted.from} is after ${wanted.to}`, wanted.from, []);
      const [entry] = reports.filter((each) => each.name === name);
      if (entry === undefined) throw new ReportRefused('none', name, []);
      const tables = isEmpty() ? ROI.tables.map((table) => ({ ...table, rows: [], totals: [] })) : ROI.tables;
      const { title, about } = entry;
      return { title, about, report: { name, tables: wanted.drill ? [...tables, DEALS] : tables } };
    },
    write: async (report, format) => (format === 'csv' ? toCsv(report) : toXlsx(report)),
  };
}
