/** Routes and settings that look right and lead nowhere with the partners as they are: for `doctor` to list. Pure. */
import type { PartnerFacts } from '../model/partner.ts';
import { isCalled } from './eligibility/account.ts';
import { offers, type Routing } from './routing.ts';

export interface DeadEnd {
  /** "route hot", "partner Nordwind": what it is about. */
  readonly place: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * The dead ends of routing rules that can be read: names of partners that do not exist, demands that no active partner meets,
 * partners that no route can ever ask. Independent of the order of `partners`.
 */
export function deadEnds(routing: Routing, partners: readonly PartnerFacts[]): DeadEnd[] {
  const active = partners.filter(({ status }) => status === 'Active').sort((a, b) => (a.name < b.name ? -1 : 1));
  if (active.length === 0)
    return [
      {
        place: 'partners',
        message: 'there is no active partner: no route can offer a lead',
        hint: 'check the status field in the mapping of partners',
      },
    ];
  return [...unknownPartners(routing, partners), ...emptyRoutes(routing, active), ...idlePartners(routing, active)];
}

function unknownPartners(routing: Routing, partners: readonly PartnerFacts[]): DeadEnd[] {
  const exists = (name: string) => partners.some((partner) => isCalled(partner.name, name));
  const lists = new Map(
    [...routing.accounts.byDomain.values(), ...routing.accounts.byCompany.values()].map((list) => [list.name, list]),
  );
  const accounts = [...lists.values()].flatMap(({ name, partner }) =>
    partner === null || exists(partner)
      ? []
      : [
          {
            place: `accounts ${name}`,
            message: `no partner is called "${partner}": leads of these companies go to nobody`,
            hint: 'write the name as the CRM has it',
          },
        ],
  );
  const shares = routing.routes.flatMap(({ name, sharesOf }) =>
    sharesOf
      .filter((partner) => !exists(partner))
      .map((partner) => ({
        place: `route ${name}`,
        message: `no partner is called "${partner}": its share goes to nobody`,
        hint: 'write the name as the CRM has it',
      })),
  );
  return [...accounts, ...shares];
}

/** Routes whose standing demands (tier, category, certification, languages, places) no active partner meets. */
function emptyRoutes(routing: Routing, active: readonly PartnerFacts[]): DeadEnd[] {
  return routing.routes
    .filter(({ method }) => offers(method) || method === 'auction')
    .flatMap(({ name, demands }) => {
      const unmet = demands.find(({ meets }) => !active.some(meets));
      return unmet
        ? [
            {
              place: `route ${name}`,
              message: `no active partner ${unmet.text}: the route never finds anybody`,
              hint: 'give a partner what the route asks for, or ask for less',
            },
          ]
        : [];
    });
}

/** Active partners that can be offered nothing by any route that asks for a territory or a product. */
function idlePartners(routing: Routing, active: readonly PartnerFacts[]): DeadEnd[] {
  const offering = routing.routes.filter(({ method }) => offers(method) || method === 'auction');
  if (offering.length === 0) return [];
  const every = (reason: string) => offering.every(({ checks }) => checks.some((check) => check.reason === reason));
  const [territory, capacity] = [every('territory'), every('capacity')];
  return active.flatMap((partner) => [
    ...(territory && partner.territories.length === 0
      ? [idle(partner, 'has no territory', 'give it countries in the CRM')]
      : []),
    ...(capacity && partner.capacity === 0
      ? [idle(partner, 'has a capacity of 0', 'raise it, or pause the partner')]
      : []),
  ]);
}

function idle({ name }: PartnerFacts, what: string, hint: string): DeadEnd {
  return { place: `partner ${name}`, message: `${what}: no route ever offers it a lead`, hint };
}
