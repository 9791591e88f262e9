/**
 * A console port over 2,000 made-up leads, the same ones on every run: what the tests of the server and of the pages
 * are answered from. `fixture()` gives a port and knobs to make it empty, failing or a running demo.
 */

import type { Grade, LeadState } from '../../src/model/lead.ts';
import { inWords, specOf, TITLES } from '../../src/revenue/attribution/spec.ts';
import type {
  CampaignRoi,
  ConsolePort,
  ErrorDetail,
  FairnessView,
  LeadDetail,
  LeadPage,
  LeadQuery,
  LeadRow,
  Overview,
  PartnerRef,
  RoiView,
  RunView,
} from '../../src/server/api.ts';
import { detailOf } from './fixture-detail.ts';
import { errorDetail, errorGroups, resentOf } from './fixture-errors.ts';

const NOW = Date.parse('2026-11-22T09:30:00.000Z');
const HOUR = 3_600_000;

export interface Fixture extends ConsolePort {
  /** Nothing synced yet. */
  empty: boolean;
  /** Every method rejects. */
  broken: boolean;
  demo: Overview['demoProgress'] | null;
  /** Queries that `leads` was asked, in order. */
  readonly asked: LeadQuery[];
  /** Causes that were resent, in order. */
  readonly resent: string[];
  readonly rows: readonly LeadRow[];
}

/** Whole numbers below n drawn by key: the same key gives the same number. */
function draw(key: string, n: number): number {
  let hash = 2_166_136_261;
  for (const char of key) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507);
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
  return ((hash ^ (hash >>> 16)) >>> 0) % n;
}

function pick<T>(key: string, values: readonly T[]): T {
  return values[draw(key, values.length)] as T;
}

const FIRST = [
  'Maren',
  'Tobias',
  'Aiko',
  'Lucía',
  'Oluwaseun',
  'Priya',
  'Jean-Luc',
  'Siobhán',
  'Wei',
  'Anneliese',
  'Mateo',
  'Ingrid',
];
const LAST = [
  'Achterberg',
  'Okonkwo',
  'Lindqvist',
  'Fernández',
  'Tanaka',
  'O’Rourke',
  'Kowalczyk',
  'Desai',
  'Baumgartner',
  'Moreau',
  'Rossi',
  'Haaland',
];
const COMPANY_A = [
  'Northwind',
  'Bluefjord',
  'Cascadia',
  'Halcyon',
  'Meridian',
  'Orchard',
  'Vantage',
  'Kestrel',
  'Lumen',
  'Redwood',
  'Polaris',
  'Thornbury',
];
const COMPANY_B = [
  'Logistics',
  'Foods',
  'Medical Systems',
  'Components',
  'Insurance',
  'Robotics',
  'Textiles',
  'Energy',
  'Analytics',
  'Precision Tools',
];
const SUFFIX = ['GmbH', 'Ltd', 'Inc.', 'S.A.', 'AB', 'BV', 'KK', 'SpA'];
const COUNTRIES = ['DE', 'GB', 'US', 'FR', 'SE', 'NL', 'JP', 'IT', 'ES', 'PL'];
const PARTNER_A = [
  'Alder',
  'Brightwater',
  'Corvid',
  'Deltaworks',
  'Eastgate',
  'Fathom',
  'Granite',
  'Harbor',
  'Ironbridge',
  'Juniper',
];
const PARTNER_B = ['Solutions', 'Systems', 'Consulting', 'Partners'];

const PARTNERS: readonly PartnerRef[] = PARTNER_A.flatMap((a, i) =>
  PARTNER_B.map((b, j) => ({ id: `pt_${String(i * 4 + j).padStart(2, '0')}k3m9xq7v2w5r`, name: `${a} ${b}` })),
);

/** States with their weight in per mille. */
const STATES: readonly [LeadState, number][] = [
  ['New', 20],
  ['Held', 35],
  ['Withheld', 30],
  ['Review', 15],
  ['Offered', 140],
  ['Accepted', 170],
  ['Working', 140],
  ['Qualified', 110],
  ['Won', 105],
  ['Lost', 95],
  ['No decision', 40],
  ['Direct', 30],
  ['In pool', 35],
  ['Nurture', 25],
  ['Unroutable', 10],
];

function stateOf(index: number): LeadState {
  let left = draw(`state ${index}`, 1_000);
  for (const [state, weight] of STATES) {
    if (left < weight) return state;
    left -= weight;
  }
  return 'New';
}

const WITH_PARTNER = new Set<LeadState>(['Offered', 'Accepted', 'Working', 'Qualified', 'Won', 'Lost', 'No decision']);

function reasonOf(state: LeadState, partner: PartnerRef | null, grade: Grade | null, country: string | null): string {
  const name = partner?.name ?? '';
  const reasons: Record<LeadState, string> = {
    New: 'Released by marketing, waits for the next run.',
    Held: 'Held: the company is missing, so no territory can be told.',
    Withheld: 'Withheld: the person has opted out of being shared with partners.',
    Review: 'Two people share the mailbox info@; somebody has to tell them apart.',
    Offered: `Offered to ${name}: best fit of 7 eligible partners by territory ${country} and competency, with room for 4 more leads.`,
    Accepted: `${name} accepted within the deadline.`,
    Working: `${name} is in talks; the opportunity stands at Needs Analysis.`,
    Qualified: `${name} qualified it: budget and date are confirmed.`,
    Won: `${name} won the deal.`,
    Lost: `${name} lost the deal to a competitor.`,
    'No decision': 'The customer put the project off; nobody won.',
    Direct: 'Enterprise account: the direct team keeps companies of more than 5,000 employees.',
    'In pool': 'Three partners let the offer expire; the shared pool has it now.',
    Nurture: `Grade ${grade ?? 'D'} is below the trigger level; back to marketing.`,
    Unroutable: `Nobody eligible: no active partner sells Analytics in ${country}.`,
  };
  return reasons[state];
}

function rowOf(index: number): LeadRow {
  const key = `lead ${index}`;
  const state = stateOf(index);
  const score = state === 'Held' ? null : Math.min(100, 18 + draw(`${key} s`, 45) + draw(`${key} t`, 42));
  const grade: Grade | null = score === null ? null : score >= 80 ? 'A' : score >= 60 ? 'B' : score >= 40 ? 'C' : 'D';
  const country = pick(`${key} c`, COUNTRIES);
  const partner = WITH_PARTNER.has(state) ? pick(`${key} p`, PARTNERS) : null;
  return {
    id: `ld_${index.toString(32).padStart(4, '0')}h7q2wzk0m9rv`,
    name: `${pick(`${key} f`, FIRST)} ${pick(`${key} l`, LAST)}`,
    company:
      state === 'Held'
        ? null
        : `${pick(`${key} a`, COMPANY_A)} ${pick(`${key} b`, COMPANY_B)} ${pick(`${key} x`, SUFFIX)}`,
    country,
    score,
    grade,
    state,
    partner,
    reason: reasonOf(state, partner, grade, country),
    acceptBy: state === 'Offered' ? iso(NOW + (draw(`${key} d`, 60) - 10) * HOUR) : null,
    updatedAt: iso(NOW - draw(`${key} u`, 30 * 24 * 60) * 60_000),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function compare(sort: LeadQuery['sort']): (a: LeadRow, b: LeadRow) => number {
  const down = sort.startsWith('-');
  const column = sort.replace('-', '');
  const value = (row: LeadRow): string | number | null =>
    column === 'partner' ? (row.partner?.name ?? null) : (row[column as 'score' | 'name'] ?? null);
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === y) return a.id < b.id ? -1 : 1;
    if (x === null) return 1;
    if (y === null) return -1;
    return (x < y ? -1 : 1) * (down ? -1 : 1);
  };
}

function pageOf(rows: readonly LeadRow[], query: LeadQuery): LeadPage {
  const words = (query.q ?? '').toLowerCase();
  const fit = rows.filter(
    (row) =>
      (!query.state || row.state === query.state) &&
      (!query.grade || row.grade === query.grade) &&
      (!query.partner || row.partner?.id === query.partner) &&
      `${row.name} ${row.company ?? ''}`.toLowerCase().includes(words),
  );
  return { total: fit.length, rows: fit.sort(compare(query.sort)).slice(query.offset, query.offset + query.limit) };
}

function runs(): RunView[] {
  return Array.from({ length: 40 }, (_, i): RunView => {
    const startedAt = NOW - 4 * 60_000 - i * 6 * HOUR;
    const status =
      i === 0 ? 'running' : i === 3 ? 'done with rejects' : i === 7 ? 'stopped' : i === 12 ? 'failed' : 'done';
    return {
      id: `ru_${String(1200 - i).padStart(10, '0')}`,
      startedAt: iso(startedAt),
      finishedAt: i === 0 ? null : iso(startedAt + 9_000 + draw(`run ${i}`, 80_000)),
      status,
      read: { salesforce: 180 + draw(`rs ${i}`, 420), hubspot: 90 + draw(`rh ${i}`, 260) },
      changed: 40 + draw(`rc ${i}`, 160),
      written: 60 + draw(`rw ${i}`, 220),
      rejected: i === 3 ? 2 : 0,
      offers: draw(`ro ${i}`, 38),
      calls: { salesforce: 14 + draw(`cs ${i}`, 9), hubspot: 11 + draw(`ch ${i}`, 8) },
      message:
        i === 3
          ? '2 records were refused by Salesforce: "Industry" is a restricted picklist.'
          : i === 7
            ? 'HubSpot’s daily limit is reached; goes on at 00:00.'
            : i === 12
              ? 'Salesforce did not answer (ECONNREFUSED). Check the address in config/sluice.yaml.'
              : null,
      gain:
        i === 2
          ? 'Assigned as a whole: 14 of 20 leads placed with 310 points in all; one by one it would have been 12 with 255.'
          : null,
    };
  });
}

const CAMPAIGNS = [
  'Spring Webinar Series',
  'Hannover Messe 2026',
  'Partner Roadshow DACH',
  'LinkedIn Lead Gen Q3',
  'Analytics Whitepaper',
  'Google Search Brand',
  'Customer Summit London',
  'Retargeting EMEA',
  'Nordics Field Event',
  'Newsletter Relaunch',
  'Referral Programme',
  'Co-marketing Brightwater',
];

const MODEL_VIEWS = (['first', 'last', 'linear'] as const).map((name) => ({
  name,
  title: TITLES[name],
  says: inWords(specOf(name) ?? { kind: 'linear' }),
}));

/** Revenue in cents shared out under each model; the first campaign takes the cents that rounding leaves over. */
function roiView(): RoiView {
  const booked = 4_182_650_00;
  const rest = { first: 412_300_50, last: 398_111_25, linear: 405_205_88 } as const;
  type Model = keyof typeof rest;
  const shares = (model: Model): number[] => {
    const weights = CAMPAIGNS.map((name) => 5 + draw(`${name} w`, 80) + draw(`${name} ${model}`, 30));
    const total = weights.reduce((a, b) => a + b, 0);
    const parts = weights.map((weight) => Math.floor(((booked - rest[model]) * weight) / total));
    parts[0] = (parts[0] ?? 0) + booked - rest[model] - parts.reduce((a, b) => a + b, 0);
    return parts;
  };
  const credited = { first: shares('first'), last: shares('last'), linear: shares('linear') };
  const costs = CAMPAIGNS.map((name, i) => (i === 10 ? null : 25_000_00 + draw(`${name} cost`, 520_000_00)));
  const cost = costs.reduce<number>((a, b) => a + (b ?? 0), 0);
  const perModel = <T>(of: (model: Model) => T): Record<Model, T> => ({
    first: of('first'),
    last: of('last'),
    linear: of('linear'),
  });
  return {
    currency: 'EUR',
    models: MODEL_VIEWS,
    campaigns: CAMPAIGNS.map(
      (name, i): CampaignRoi => ({
        id: `701000000000${String(i).padStart(3, '0')}AAA`,
        name,
        cost: costs[i] == null ? null : decimal(costs[i]),
        byModel: perModel((model) => ({
          credited: decimal(credited[model][i] ?? 0),
          roi: roi(credited[model][i] ?? 0, costs[i] ?? null),
        })),
      }),
    ),
    totals: {
      cost: decimal(cost),
      byModel: perModel((model) => ({
        credited: decimal(booked - rest[model]),
        unattributed: decimal(rest[model]),
        roi: roi(booked - rest[model], cost),
      })),
    },
    booked: decimal(booked),
  };
}

function decimal(cents: number): string {
  return (cents / 100).toFixed(2);
}

function roi(credited: number, cost: number | null): string | null {
  return cost ? ((credited - cost) / cost).toFixed(4) : null;
}

function overviewOf(rows: readonly LeadRow[], demo: Fixture['demo']): Overview {
  const counts = new Map<LeadState, number>();
  for (const row of rows) counts.set(row.state, (counts.get(row.state) ?? 0) + 1);
  const of = (...states: LeadState[]) => states.reduce((total, state) => total + (counts.get(state) ?? 0), 0);
  const qualified = of('Qualified', 'Won', 'Lost', 'No decision');
  const accepted = qualified + of('Accepted', 'Working');
  return {
    vendor: 'Acme Instruments',
    currency: 'EUR',
    now: iso(NOW),
    demo: demo !== null,
    ...(demo && { demoProgress: demo }),
    funnel: [
      { key: 'synced', label: 'People synced', count: 5_012, amount: null },
      { key: 'leads', label: 'Leads', count: rows.length, amount: null },
      { key: 'offered', label: 'Offered', count: accepted + of('Offered', 'In pool'), amount: null },
      { key: 'accepted', label: 'Accepted', count: accepted, amount: '14820400.00' },
      { key: 'qualified', label: 'Qualified', count: qualified, amount: '9377250.00' },
      { key: 'won', label: 'Won', count: of('Won'), amount: '4182650.00' },
    ],
    leadStates: [...counts].map(([state, count]) => ({ state, count })),
    runs: runs().slice(0, 8),
    connections: [
      {
        name: 'salesforce',
        kind: 'salesforce',
        status: 'ok',
        lastSyncAt: iso(NOW - 4 * 60_000),
        calls: 1_840,
        problem: null,
        heardAt: iso(NOW - 60_000),
        hintsWaiting: 3,
        sweptAt: iso(NOW - 5 * HOUR),
        fieldsPaused: 0,
        budget: { made: 1_204, share: 50_000 },
      },
      {
        name: 'hubspot',
        kind: 'hubspot',
        status: 'problem',
        lastSyncAt: iso(NOW - 6 * HOUR),
        calls: 1_322,
        problem: 'HubSpot refuses the credentials. Authorise the app again, then run `sluice sync`.',
        heardAt: null,
        hintsWaiting: 0,
        sweptAt: null,
        fieldsPaused: 1,
        budget: { made: 201_400, share: 250_000 },
      },
    ],
    errors: { open: 2 },
    reviews: { open: 3 },
  };
}

const NOTHING: Overview = {
  vendor: 'Acme Instruments',
  currency: 'EUR',
  now: iso(NOW),
  demo: false,
  funnel: (['synced', 'leads', 'offered', 'accepted', 'qualified', 'won'] as const).map((key) => ({
    key,
    label: key === 'synced' ? 'People synced' : `${key.slice(0, 1).toUpperCase()}${key.slice(1)}`,
    count: 0,
    amount: key === 'won' ? '0.00' : null,
  })),
  leadStates: [],
  runs: [],
  connections: [],
  errors: { open: 0 },
  reviews: { open: 0 },
};

function noRoi(): RoiView {
  const none = { credited: '0.00', unattributed: '0.00', roi: null };
  return {
    currency: 'EUR',
    models: MODEL_VIEWS,
    campaigns: [],
    totals: { cost: '0.00', byModel: { first: none, last: none, linear: none } },
    booked: '0.00',
  };
}

function fairnessView(): FairnessView {
  const tier = (name: string, partners: readonly PartnerRef[], floor: number) => ({
    tier: name,
    partners: partners.map((partner, i) => {
      const given = draw(`fair ${partner.id}`, 9);
      const share = given / (partners.length * 5);
      return { partner, given, share, floor, missing: i % 4 === 0 && share < floor ? 2 : 0 };
    }),
  });
  return {
    ...{ grades: ['A', 'B'], windowDays: 90, hasFloors: true },
    channel: { given: 118, share: 0.568, floor: 0.6, missing: 7 },
    direct: { given: 90, share: 0.432, floor: null, missing: 0 },
    tiers: [tier('Gold', PARTNERS.slice(0, 12), 0.04), tier('Silver', PARTNERS.slice(12, 20), 0)],
  };
}

function noFairness(): FairnessView {
  const none = { given: 0, share: null, floor: null, missing: 0 };
  return { grades: ['A', 'B'], windowDays: 90, hasFloors: false, channel: none, direct: none, tiers: [] };
}

/** A fresh port; set its `empty`, `broken` and `demo` at any time. */
export function fixture(): Fixture {
  const rows = Array.from({ length: 2_000 }, (_, index) => rowOf(index));
  const answer = async <T>(full: () => T, none: () => T): Promise<T> => {
    if (port.broken) throw new Error('connect ECONNREFUSED secret-host:5432');
    return port.empty ? none() : full();
  };
  const port: Fixture = {
    empty: false,
    broken: false,
    demo: null,
    asked: [],
    resent: [],
    rows,
    overview: () =>
      answer(
        () => overviewOf(rows, port.demo),
        () => NOTHING,
      ),
    leads: (query) => {
      port.asked.push(query);
      return answer(
        () => pageOf(rows, query),
        () => ({ total: 0, rows: [] }),
      );
    },
    lead: (id) =>
      answer(
        () => {
          const row = rows.find((candidate) => candidate.id === id);
          return row ? detailOf(row, PARTNERS) : null;
        },
        (): LeadDetail | null => null,
      ),
    roi: () => answer(roiView, noRoi),
    fairness: () => answer(fairnessView, noFairness),
    errors: () =>
      answer(
        () => ({ groups: errorGroups() }),
        () => ({ groups: [] }),
      ),
    error: (id) =>
      answer(
        () => errorDetail(id),
        (): ErrorDetail | null => null,
      ),
    resend: (id) => {
      port.resent.push(id);
      return answer(
        () => resentOf(id),
        () => null,
      );
    },
    runs: (limit) =>
      answer(
        () => runs().slice(0, limit),
        () => [],
      ),
  };
  return port;
}
