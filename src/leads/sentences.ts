import type { PartnerState } from '../model/partner.ts';
import type { PersonFacts } from '../model/person.ts';
import type { DropReason } from './eligibility.ts';
import type { Method } from './routing-schema.ts';
import type { RuleContext } from './rule-scope.ts';
import type { Template } from './rules.ts';
import { clip, counted } from './text.ts';

type Dropped = Readonly<Partial<Record<DropReason, number>>>;

const DROP_WORDS: Readonly<Record<DropReason, string>> = {
  declined: 'had it before',
  status: 'not active',
  territory: 'do not cover the country',
  competency: 'do not sell the product',
  tier: 'of another tier',
  rule: "do not meet the route's rule",
  capacity: 'full',
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
  byRoute: (method: Exclude<Method, 'best-fit'>, route: string, text: string | null) => {
    const begin = { direct: 'Kept by the direct team', pool: 'Put into the pool', nurture: 'Handed back to nurture' };
    return clip(`${begin[method]} by route "${route}"${text ? `: ${text}` : ''}`);
  },
  noRoute: () => 'No route of routing.yaml matches this lead',
  rounds: (rounds: number) => `Put into the pool: offered ${counted(rounds, 'time', 'times')} and not accepted`,
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
  readonly lead: { readonly person: PersonFacts; readonly rounds: number };
  readonly route: string;
  readonly text: string | null;
  readonly winner: PartnerState;
  readonly points: number;
  readonly eligible: number;
  readonly of: number;
}): string {
  const { lead, winner } = offer;
  const again = lead.rounds > 0 ? `, offer ${lead.rounds + 1}` : '';
  const { country, product } = lead.person;
  // A route may leave territory or product aside: the sentence claims only what is so.
  const fits = [
    ...(country !== null && winner.facts.territories.includes(country) ? [`covers ${country}`] : []),
    ...(product !== null && winner.facts.competencies.includes(product) ? [`sells ${product}`] : []),
  ];
  const why = [...fits, `best of ${offer.eligible} eligible with ${offer.points} points`].join(', ');
  return clip(
    `Offered to ${clip(winner.facts.name, 80)}${again}: ${why}; route "${offer.route}"${offer.text ? `, ${offer.text}` : ''}`,
  );
}

/** The text of a route with its places filled in. */
export function fillText(route: { readonly text: Template | null }, context: RuleContext): string | null {
  return route.text ? route.text.fill(context) : null;
}

function wanted({ country, product }: PersonFacts): string {
  return `${product ?? 'any product'} in ${country ?? 'an unknown country'}`;
}
