/** What an admin can get wrong about the lead desk, as it stands: for `doctor`. Reads only the store. */
import type { Queryable } from '../../store/database.ts';
import { type DeadEnd, deadEnds } from '../dead-ends.ts';
import { fairnessReport, type Share } from '../fairness.ts';
import type { Programmes } from '../partners/compile-programmes.ts';
import type { Routing } from '../routing.ts';
import { counted } from '../text.ts';
import { reviewPartners } from './partner-standings.ts';
import { poolOfAll } from './pool.ts';
import { loadStanding } from './standing.ts';

/** A `problem` keeps leads from partners until somebody acts; a `note` may be as it should. */
export interface Finding {
  readonly level: 'problem' | 'note';
  /** "route hot", "partner Nordwind", "leads": what it is about. */
  readonly place: string;
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

const NO_PARTNER: DeadEnd = {
  place: 'partners',
  message: 'no partner is known: no route can offer a lead',
  hint: '`sluice sync` reads them; where it has, check which records the mapping of partners takes',
};

/**
 * Dead ends of the rules with the partners as they are, missed floors of fairness, partners that contradict the rules, leads
 * that nobody works on.
 * @param currency the vendor's
 * @param now epoch milliseconds
 */
export async function checkDesk(
  db: Queryable,
  rules: { readonly routing: Routing; readonly programmes?: Programmes },
  currency: string,
  now: number,
): Promise<Finding[]> {
  const { routing, programmes } = rules;
  const { partners, market } = await loadStanding(db, null, routing, now);
  const found =
    partners.length === 0
      ? [NO_PARTNER]
      : deadEnds(
          routing,
          partners.map(({ facts }) => facts),
        );
  const ends = found.map((end): Finding => ({ level: 'problem', ...end }));
  const told = new Set(ends.map(({ place }) => place));
  const remarks = programmes
    ? (await reviewPartners(db, programmes, currency, now)).flatMap((partner) =>
        partner.remarks.map((remark) =>
          noted(`partner ${partner.facts.name}`, remark, 'correct the partner in the CRM'),
        ),
      )
    : [];
  const floors = routing.fairness ? missedFloors(fairnessReport(routing.fairness, market.given, partners)) : [];
  // Of a partner that no route can offer anything there is no more to say.
  return [
    ...ends,
    ...remarks.filter(({ place }) => !told.has(place)),
    ...floors,
    ...(await stuckLeads(db)),
    ...(await unclaimable(db, routing, now)),
  ];
}

/** Leads of the pool that lie there for good: no partner may claim them. */
async function unclaimable(db: Queryable, routing: Routing, now: number): Promise<Finding[]> {
  const left = (await poolOfAll(db, routing, null, now)).filter(({ claimants }) => claimants.length === 0);
  if (left.length === 0) return [];
  return [
    noted(
      'pool',
      `nobody may claim ${counted(left.length, 'lead', 'leads')} of it`,
      '`sluice pool list` names them: let more partners have them, or send them direct or to nurture by a last route',
    ),
  ];
}

const DIRECT = 'direct team';

function missedFloors({ channel, direct, tiers, windowDays }: ReturnType<typeof fairnessReport>): Finding[] {
  const shares: [place: string, share: Share][] = [
    ['partners together', channel],
    [DIRECT, direct],
    ...tiers.flatMap(({ partners }) => partners.map((share): [string, Share] => [`partner ${share.name}`, share])),
  ];
  return shares.flatMap(([place, { given, missing, floor }]) =>
    missing > 0 && floor !== null
      ? [
          noted(
            `fairness, ${place}`,
            `was given ${counted(given, 'lead', 'leads')} in ${windowDays} days, ${missing} fewer than the floor of ${Number((floor * 100).toFixed(1))} % asks for`,
            place === DIRECT
              ? 'send more of them direct by a route of routing.yaml, or lower the floor'
              : 'have the floor enforced in routing.yaml, or lower it',
          ),
        ]
      : [],
  );
}

const STUCK: Readonly<Record<string, (count: string) => Omit<Finding, 'place'>>> = {
  Unroutable: (count) => ({
    level: 'problem',
    message: `${count} Unroutable: no partner could take them`,
    hint: '`sluice explain` of one says what is missing: a territory or a product without a partner',
  }),
  Review: (count) => ({
    level: 'note',
    message: `${count} for a person in Review`,
    hint: '`sluice review list` shows what is asked',
  }),
  Held: (count) => ({
    level: 'note',
    message: `${count} Held back until facts come that intake or a route needs`,
    hint: '`sluice explain` of one names them: have them asked for in forms, or ask for less',
  }),
};

async function stuckLeads(db: Queryable): Promise<Finding[]> {
  const rows = await db
    .selectFrom('leads')
    .select(({ fn }) => ['state', fn.countAll<string>().as('count')])
    .where('state', 'in', Object.keys(STUCK))
    .groupBy('state')
    .orderBy('state')
    .execute();
  return rows.flatMap(({ state, count }) => {
    const finding = STUCK[state]?.(counted(Number(count), 'lead waits', 'leads wait'));
    return finding ? [{ place: 'leads', ...finding }] : [];
  });
}

function noted(place: string, message: string, hint: string): Finding {
  return { level: 'note', place, message, hint };
}
