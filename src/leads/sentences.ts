import type { PartnerState } from '../model/partner.ts';
import type { PersonFacts } from '../model/person.ts';
import type { DropReason } from './drop-reason.ts';
import type { RoutableLead } from './routable-lead.ts';
import type { OfferingMethod } from './routing-schema.ts';
import type { RuleContext } from './rule-scope.ts';
import type { Template } from './rules.ts';
import { clip, counted } from './text.ts';

type Dropped = Readonly<Partial<Record<DropReason, number>>>;

const DROP_WORDS: Readonly<Record<DropReason, string>> = {
  declined: 'had it before',
  account: 'not the one that the account is reserved for',
  status: 'not active',
  registered: 'kept out by a registered deal',
  owner: 'do not work the account',
  registrant: 'have registered no deal on the account',
  territory: 'do not cover the country',
  competency: 'do not sell the product',
  tier: 'of another tier',
  category: 'of another category',
  certification: 'not certified',
  language: 'do not speak the language',
  distance: 'too far away',
  relationship: 'do not know the company',
  score: 'take leads from more points on',
  coolDown: 'rest after rejections',
  share: 'have no share',
  rule: "do not meet the route's rule",
  blackout: 'away',
  capacity: 'full',
  day: 'full for the day',
  week: 'full for the week',
  hours: 'have closed',
};

/** "12 do not cover the country, 3 full", by what drops most. */
function droppedWords(dropped: Dropped): string {
  return (Object.entries(dropped) as [DropReason, number][])
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${DROP_WORDS[reason]}`)
    .join(', ');
}

/** What a decision says to people; each sentence has at most 255 characters. */
export const sentences = {
  byRoute: (method: 'direct' | 'pool' | 'nurture', route: string, text: string | null) => {
    const begin = { direct: 'Kept by the direct team', pool: 'Put into the pool', nurture: 'Handed back to nurture' };
    return clip(`${begin[method]} by route "${route}"${text ? `: ${text}` : ''}`);
  },
  byAccount: (accounts: string) => clip(`Kept by the direct team: the company is one of "${accounts}"`),
  held: (route: string, missing: readonly string[]) =>
    clip(`Held back: route "${route}" needs to know ${missing.join(', ')}`),
  auction: (route: string, seenBy: number, eligible: number) =>
    clip(`Open to the best ${seenBy} of ${eligible} eligible, the first to claim it gets it; route "${route}"`),
  noRoute: () => 'No route of routing.yaml matches this lead',
  rounds: (rounds: number) => `Put into the pool: offered ${counted(rounds, 'time', 'times')} and not accepted`,
  lapsed: () => 'Put into the pool: nobody claimed it in time',
  later: (person: PersonFacts, dropped: Dropped) =>
    clip(`No partner for ${wanted(person)} has time just now (${droppedWords(dropped)})`),
  declined: (count: number, dropped: Dropped) =>
    clip(
      `Put into the pool: ${counted(count, 'partner', 'partners')} did not take it and nobody else can (${droppedWords(dropped)})`,
    ),
  full: (person: PersonFacts, dropped: Dropped) =>
    clip(`Every partner for ${wanted(person)} is full (${droppedWords(dropped)})`),
  uncovered: (person: PersonFacts, dropped: Dropped) => {
    const count = Object.values(dropped).reduce((sum, each) => sum + each, 0);
    if (count === 0) return 'There is no partner at all: check that the CRM has partners and the mapping reads them';
    return clip(`No partner can take ${wanted(person)} (${droppedWords(dropped)})`);
  },
};

/** Says to whom a lead is offered and why to that one. */
export function offerSentence(offer: {
  readonly lead: Pick<RoutableLead, 'person' | 'rounds' | 'assigned'>;
  readonly route: { readonly name: string; readonly method: OfferingMethod };
  readonly text: string | null;
  readonly winner: PartnerState;
  readonly points: number | null;
  readonly eligible: number;
  readonly of: number;
  readonly effects: readonly string[];
}): string {
  const { lead, winner } = offer;
  const again = lead.rounds > 0 ? `, offer ${lead.rounds + 1}` : '';
  const { country, product } = lead.person;
  // A route may leave territory or product aside: the sentence claims only what is so.
  const fits = [
    ...(country !== null && winner.facts.territories.includes(country) ? [`covers ${country}`] : []),
    ...(product !== null && winner.facts.competencies.includes(product) ? [`sells ${product}`] : []),
  ];
  const why = [...fits, chosenBy(offer), ...(offer.effects.length > 0 ? ['below its floor of good leads'] : [])].join(
    ', ',
  );
  return clip(
    `Offered to ${clip(winner.facts.name, 80)}${again}: ${why}; route "${offer.route.name}"${offer.text ? `, ${offer.text}` : ''}`,
  );
}

function chosenBy({ route, lead, winner, points, eligible }: Parameters<typeof offerSentence>[0]): string {
  const best = `best of ${eligible} eligible with ${points} points`;
  switch (route.method) {
    case 'best-fit':
      return best;
    case 'batch-optimal':
      return lead.assigned?.partnerId === winner.id
        ? `with ${points} points part of the best whole of ${counted(lead.assigned.of, 'lead', 'leads')}`
        : best;
    case 'round-robin':
      return `served least recently of ${eligible} eligible`;
    case 'weighted-round-robin':
      return `next in turn of ${eligible} eligible`;
    case 'owner':
      return `works the account, ${best}`;
    case 'registrant':
      return `has registered a deal on the account, ${best}`;
  }
}

/** The text of a route with its places filled in. */
export function fillText(route: { readonly text: Template | null }, context: RuleContext): string | null {
  return route.text ? route.text.fill(context) : null;
}

function wanted({ country, product }: PersonFacts): string {
  return `${product ?? 'any product'} in ${country ?? 'an unknown country'}`;
}
