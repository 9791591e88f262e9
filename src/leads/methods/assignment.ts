/**
 * A whole batch of leads assigned at once: as many leads as possible, and of those assignments the one with the most points
 * in all, with no partner given more than it has room for. A transportation problem, solved as a linear programme (HiGHS),
 * whose optimum is whole by itself.
 */
import type { PartnerState } from '../../model/partner.ts';
import { candidacyOf } from '../candidacy.ts';
import { routeBatch } from '../fold.ts';
import type { Market } from '../market.ts';
import type { RoutableLead } from '../routable-lead.ts';
import { routeLead } from '../route-lead.ts';
import type { Routing } from '../routing.ts';
import { ruleContext } from '../rule-scope.ts';
import { counted } from '../text.ts';
import { assess } from './field.ts';

/** A partner that a lead may go to, by the points that it has before the batch. */
interface Edge {
  readonly lead: number;
  readonly partnerId: string;
  readonly hundredths: number;
  /** The route asks whether the partner has room. */
  readonly limited: boolean;
}

/** Solves a linear programme in CPLEX's LP format; gives the values of its columns by name. */
export type Solve = (programme: string) => Readonly<Record<string, number>>;

/** What assigning leads at once is worth beside routing the same leads one by one: leads placed, and their points as they stood before. */
export interface Gain {
  readonly leads: number;
  readonly placed: number;
  readonly placedOneByOne: number;
  readonly points: number;
  readonly pointsOneByOne: number;
}

export interface Assignment {
  /** The leads, those that the batch assigns with the partner that was found. */
  readonly leads: readonly RoutableLead[];
  readonly gain: Gain;
}

/** Several batches taken together; null where there was none. */
export function gainOfAll(gains: readonly (Gain | null)[]): Gain | null {
  return gains.reduce((all, gain) => {
    if (all === null || gain === null) return all ?? gain;
    return {
      leads: all.leads + gain.leads,
      placed: all.placed + gain.placed,
      placedOneByOne: all.placedOneByOne + gain.placedOneByOne,
      points: inHundredths(all.points + gain.points),
      pointsOneByOne: inHundredths(all.pointsOneByOne + gain.pointsOneByOne),
    };
  }, null);
}

/** "14 of 20 leads placed with 310 points in all; one by one it would have been 12 with 255". */
export function gainWords({ leads, placed, placedOneByOne, points, pointsOneByOne }: Gain): string {
  return `${placed} of ${counted(leads, 'lead', 'leads')} placed with ${points} points in all; one by one it would have been ${placedOneByOne} with ${pointsOneByOne}`;
}

/** Points have two decimals, which sums of binary fractions have not. */
function inHundredths(points: number): number {
  return Math.round(points * 100) / 100;
}

/**
 * Finds the best whole for those leads of a batch that come to a `batch-optimal` route; the others, and those for which it finds
 * nobody, are routed as they come. Points are those before the batch: the load that it brings about is what is being decided.
 */
export function assignBatch(
  leads: readonly RoutableLead[],
  partners: readonly PartnerState[],
  routing: Routing,
  market: Market,
  solve: Solve,
): Assignment {
  const concerned = new Map<number, RoutableLead>();
  const edges: Edge[] = [];
  for (const [n, lead] of leads.entries()) {
    const found = edgesOf(n, lead, partners, routing, market);
    if (found.length > 0) concerned.set(n, lead);
    edges.push(...found);
  }
  const room = new Map(partners.map((partner) => [partner.id, roomOf(partner, leads[0]?.at)]));
  const chosen = bestWhole(edges, room, solve);
  const batch = [...concerned.values()];
  const worth = new Map(edges.map(({ lead, partnerId, hundredths }) => [`${lead} ${partnerId}`, hundredths]));
  const oneByOne = routeBatch(batch, partners, routing, market).decisions.map(({ partnerId }, place) =>
    partnerId === null ? undefined : worth.get(`${[...concerned.keys()][place]} ${partnerId}`),
  );
  const whole = [...chosen].map(([lead, partnerId]) => worth.get(`${lead} ${partnerId}`));
  const gain: Gain = {
    leads: concerned.size,
    placed: chosen.size,
    placedOneByOne: oneByOne.filter((points) => points !== undefined).length,
    points: sum(whole) / 100,
    pointsOneByOne: sum(oneByOne) / 100,
  };
  return {
    leads: leads.map((lead, n) => {
      const partnerId = chosen.get(n);
      return partnerId === undefined ? lead : { ...lead, assigned: { partnerId, of: concerned.size, gain } };
    }),
    gain,
  };
}

/** The partners that the `batch-optimal` route which would decide a lead has for it; none where another route decides. */
function edgesOf(
  n: number,
  lead: RoutableLead,
  partners: readonly PartnerState[],
  routing: Routing,
  market: Market,
): Edge[] {
  const { route: name, cause } = routeLead(lead, partners, routing, { market });
  const route = cause === 'batch-optimal' ? routing.routes.find((each) => each.name === name) : undefined;
  if (!route) return [];
  const { score, grade } = lead.score;
  const context = ruleContext({ person: lead.person, touches: lead.touches, lead: { score, grade } });
  const candidacy = candidacyOf(lead, context, routing.segment, market, null);
  const limited = route.checks.some(({ reason }) => reason === 'capacity');
  return assess(route, candidacy, partners, null).ranked.map(({ partner, hundredths }) => ({
    ...{ lead: n, partnerId: partner.id, hundredths, limited },
  }));
}

/** The partner of each lead that is placed, by the lead's number. */
function bestWhole(
  edges: readonly Edge[],
  room: ReadonlyMap<string, number>,
  solve: Solve,
): ReadonlyMap<number, string> {
  if (edges.length === 0) return new Map();
  // In an order of their own, so that the order of the partners changes nothing.
  const sorted = [...edges].sort((a, b) => a.lead - b.lead || (a.partnerId < b.partnerId ? -1 : 1));
  const ofLead = new Map<number, string[]>();
  const ofPartner = new Map<string, string[]>();
  const add = <Key>(to: Map<Key, string[]>, key: Key, column: string) => {
    const columns = to.get(key);
    if (columns) columns.push(column);
    else to.set(key, [column]);
  };
  for (const [n, { lead, partnerId, limited }] of sorted.entries()) {
    add(ofLead, lead, `x${n}`);
    if (limited) add(ofPartner, partnerId, `x${n}`);
  }
  // One more lead placed is worth more than all points that others could lose by it.
  const most = sorted.reduce((max, { hundredths }) => Math.max(max, hundredths), 0);
  const perLead = 1 + most * ofLead.size;
  const rows = [
    ...[...ofLead].map(([lead, columns]) => ` l${lead}: ${columns.join(' + ')} <= 1`),
    ...[...ofPartner].flatMap(([partnerId, columns], n) => {
      const free = room.get(partnerId) ?? Number.POSITIVE_INFINITY;
      return free < columns.length ? [` p${n}: ${columns.join(' + ')} <= ${free}`] : [];
    }),
  ];
  const objective = sorted.map(({ hundredths }, n) => `${perLead + hundredths} x${n}`).join(' + ');
  const values = solve(`Maximize\n total: ${wrap(objective)}\nSubject To\n${rows.map(wrap).join('\n')}\nEnd\n`);
  return new Map(
    sorted.flatMap(({ lead, partnerId }, n): [number, string][] =>
      (values[`x${n}`] ?? 0) > 0.5 ? [[lead, partnerId]] : [],
    ),
  );
}

const DAY = 86_400_000;

/** How many leads a partner takes more: open ones, of a day and of a week, whatever is least. */
function roomOf({ facts, load, recent = [] }: PartnerState, at: number | undefined): number {
  const within = (days: number) => (at === undefined ? 0 : recent.filter((time) => time > at - days * DAY).length);
  const { capacity, dailyCapacity, weeklyCapacity } = facts;
  return Math.max(
    0,
    Math.min(
      capacity === null ? Number.POSITIVE_INFINITY : capacity - load,
      dailyCapacity === null ? Number.POSITIVE_INFINITY : dailyCapacity - within(1),
      weeklyCapacity === null ? Number.POSITIVE_INFINITY : weeklyCapacity - within(7),
    ),
  );
}

/** The format reads no line of more than some hundred characters. */
function wrap(line: string): string {
  return line.replace(/(.{200}[^+]*?) \+ /g, '$1\n + ');
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
