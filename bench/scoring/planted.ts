/**
 * Leads as a CRM exports them, made from a seed, with leaks planted among honest fields: what people and systems write down once the outcome is
 * known, or because of it. Whoever finds leaks here must tell them from honest fields as strong as real ones get (an AUC of up to 0.83 alone, a source that
 * wins 93 % of the time, fields introduced half-way, blanks that mean something).
 */
import { randomFrom } from '../bench.ts';

export const LEAK_KINDS = [
  'outcome code',
  'overwritten status',
  'filled only when won',
  'date after the sale',
  'count that grows after the sale',
  'amount of the sale',
  'reason of the loss',
  'owner after the sale',
  'copy of the outcome',
  'judgement after the talk',
  'shared by two teams',
] as const;
export type LeakKind = (typeof LEAK_KINDS)[number];

export interface PlantedSet {
  readonly columns: readonly { readonly name: string; readonly cells: readonly string[] }[];
  readonly outcomes: readonly number[];
  readonly time: string;
  /** Column name -> what kind of leak it is. */
  readonly leaks: ReadonlyMap<string, LeakKind>;
}

const NAMES: Readonly<Record<LeakKind, string>> = {
  'outcome code': 'disposition_code',
  'overwritten status': 'lead_status',
  'filled only when won': 'contract_no',
  'date after the sale': 'handover_on',
  'count that grows after the sale': 'emails_exchanged',
  'amount of the sale': 'deal_amount',
  'reason of the loss': 'loss_reason',
  'owner after the sale': 'account_team',
  'copy of the outcome': 'segment_flag',
  'judgement after the talk': 'lead_quality',
  'shared by two teams': 'internal_tag',
};
const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 1);

/** @param seed gives size, share of won leads, strengths, which leaks there are and whether their names tell */
export function plantedSet(seed: number): PlantedSet {
  const random = randomFrom(seed * 7919 + 17);
  const chance = (share: number) => random() < share;
  const between = (low: number, high: number) => low + random() * (high - low);
  const of = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const poisson = (mean: number) => {
    let left = Math.exp(-mean);
    let count = 0;
    for (let at = random(); at > left && count < 200; count++) {
      at -= left;
      left *= mean / (count + 1);
    }
    return count;
  };
  const size = Math.round(between(1500, 5000));
  const days = between(200, 600);
  const strength = between(0.8, 1.6);
  const offset = between(-2.6, -0.6);
  const introduced = between(0.2, 0.6);
  const rows = Array.from({ length: size }, (_, n) => {
    const interest = normal();
    const source = of(['Web', 'Web', 'Web', 'Event', 'Search', 'Search', 'Partner', 'Chat']);
    const referred = chance(0.05);
    const size = normal();
    const industry = Math.floor(random() ** 2 * 25);
    const titled = chance(0.7);
    const logit =
      offset +
      strength * interest +
      (referred ? 4 : ({ Web: -0.3, Event: 0.6, Search: 0, Partner: 0.8, Chat: -1 }[source] ?? 0)) +
      0.4 * size +
      0.3 * Math.sin(industry) +
      (titled ? 0.4 : -0.5);
    const won = chance(1 / (1 + Math.exp(-logit)));
    return { n, interest, source: referred ? 'Reference' : source, size, industry, titled, logit, won };
  });
  const at = (n: number) => START + Math.floor((n / size) * days) * DAY;
  const iso = (time: number) => new Date(time).toISOString().slice(0, 10);
  /** 0 for the newest lead, 1 for the oldest. */
  const age = (n: number) => 1 - n / size;
  const columns: { name: string; cells: string[] }[] = [
    { name: 'created', cells: rows.map(({ n }) => iso(at(n))) },
    { name: 'lead_id', cells: rows.map(({ n }) => String(100_000 + n * 3)) },
    { name: 'email_domain', cells: rows.map(({ n }) => `company${(n * 7) % (size - 3)}.example`) },
    {
      name: 'minutes_on_site',
      cells: rows.map(({ interest }) => Math.exp(1.5 + interest + 0.3 * normal()).toFixed(1)),
    },
    { name: 'pages', cells: rows.map(({ interest }) => String(poisson(Math.exp(1 + 0.4 * interest)))) },
    { name: 'lead_source', cells: rows.map(({ source }) => source) },
    {
      name: 'employees',
      cells: rows.map(({ size }) => (chance(0.3) ? '' : String(Math.round(Math.exp(4 + size + 0.3 * normal()))))),
    },
    { name: 'industry', cells: rows.map(({ industry }) => `Industry ${industry}`) },
    {
      name: 'job_title',
      cells: rows.map(({ titled }) => (titled ? of(['CEO', 'Buyer', 'Engineer', 'IT lead']) : 'Select')),
    },
    {
      name: 'company_phone',
      cells: rows.map(({ titled }) =>
        chance(titled ? 0.8 : 0.5) ? String(4_000_000 + Math.floor(random() * 900_000)) : '',
      ),
    },
    {
      name: 'first_visit',
      cells: rows.map(({ n }) => (chance(0.2) ? '' : iso(at(n) - Math.floor(random() ** 3 * 60) * DAY))),
    },
    {
      name: 'webinar_minutes',
      cells: rows.map(({ n, interest }) =>
        n / size < introduced ? '' : String(Math.max(0, Math.round(30 + 20 * interest + 15 * normal()))),
      ),
    },
    { name: 'bounced', cells: rows.map(({ logit }) => (chance(logit < -1 ? 0.15 : 0.01) ? 'Yes' : 'No')) },
    {
      name: 'last_campaign',
      cells: rows.map(({ interest }) => (interest + normal() > 1 ? 'Trial' : of(['Fair', 'Mailing', 'Webinar']))),
    },
    { name: 'score_at_creation', cells: rows.map(({ logit }) => String(Math.round(50 + 12 * logit + 14 * normal()))) },
    { name: 'demo_wished', cells: rows.map(({ logit }) => (chance(1 / (1 + Math.exp(-1.5 * logit))) ? 'Yes' : 'No')) },
    { name: 'newsletter', cells: rows.map(() => (chance(0.4) ? 'Yes' : 'No')) },
    { name: 'coin', cells: rows.map(() => normal().toFixed(2)) },
    { name: 'country', cells: rows.map(() => of(['DE', 'DE', 'FR', 'UK', 'AT', 'PL', 'n/a'])) },
  ];
  const reach = between(0.3, 0.98);
  const noise = between(0, 0.05);
  const growth = between(3, 12);
  const blur = between(0.7, 1.3);
  const makers: Readonly<Record<LeakKind, () => string[]>> = {
    'outcome code': () =>
      rows.map(({ won, n }) => {
        if (chance((1 - reach) * (1.2 - age(n)))) return '';
        return (chance(noise) ? !won : won) ? of(['W1', 'W2']) : of(['L1', 'L2', 'L3', 'X']);
      }),
    'overwritten status': () =>
      rows.map(({ won }) =>
        chance(0.5 + reach / 2) ? ((chance(noise) ? !won : won) ? 'B' : of(['C', 'D'])) : of(['A', 'E']),
      ),
    'filled only when won': () => rows.map(({ won, n }) => (won && chance(reach) ? `K-${5000 + n * 11}` : '')),
    'date after the sale': () =>
      rows.map(({ won, n }) => (chance(won ? reach : 0.25) ? iso(at(n) + Math.round(between(3, 60)) * DAY) : '')),
    'count that grows after the sale': () =>
      rows.map(({ won, n, interest }) =>
        String(poisson(Math.exp(0.8 + 0.3 * interest)) + (won ? poisson(1 + growth * age(n)) : 0)),
      ),
    'amount of the sale': () =>
      rows.map(({ won }) => (won && chance(reach) ? (Math.exp(8 + normal()) | 0).toString() : chance(0.5) ? '0' : '')),
    'reason of the loss': () =>
      rows.map(({ won }) => (!won && chance(reach) ? of(['Price', 'No need', 'Rival', 'Silent']) : '')),
    'owner after the sale': () =>
      rows.map(({ won }) => (won && chance(reach) ? of(['Team 7', 'Team 8']) : of(['Team 1', 'Team 2', 'Team 3']))),
    'copy of the outcome': () => rows.map(({ won }) => ((chance(2 * noise) ? !won : won) ? 'Y' : 'N')),
    // Marketing writes what it found beforehand, sales what came of it.
    'shared by two teams': () =>
      rows.map(({ won, interest }) =>
        chance(reach)
          ? (chance(noise) ? !won : won)
            ? of(['T1', 'T2'])
            : of(['T3', 'T4'])
          : interest > 0
            ? 'M1'
            : 'M2',
      ),
    'judgement after the talk': () =>
      rows.map(({ won }) =>
        chance(0.2)
          ? ''
          : (['Worst', 'Low', 'Not sure', 'Might be', 'High'][
              Math.min(4, Math.max(0, Math.round(2 + (won ? 1.3 : -1.1) + normal() * blur)))
            ] as string),
      ),
  };
  const told = chance(0.5);
  const leaks = new Map<string, LeakKind>();
  const kinds = LEAK_KINDS.map((kind) => ({ kind, place: random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, 1 + Math.floor(random() * 3))
    .map(({ kind }) => kind);
  for (const kind of kinds) {
    const name = told ? NAMES[kind] : `field_${10 + LEAK_KINDS.indexOf(kind)}`;
    leaks.set(name, kind);
    columns.splice(3 + Math.floor(random() * (columns.length - 3)), 0, { name, cells: makers[kind]() });
  }
  return { columns, outcomes: rows.map(({ won }) => (won ? 1 : 0)), time: 'created', leaks };
}
