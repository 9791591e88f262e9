import type { Person, Population } from './people.ts';
import { Dice } from './random.ts';
import type { RecordPlan } from './records.ts';
import type { Response } from './responses.ts';

/** Something that happens to a person whatever Sluice does. Times are hours from the start of the market. */
export type MarketEvent = { readonly at: number; readonly person: Person } & (
  | { readonly kind: 'record'; readonly plan: RecordPlan }
  | { readonly kind: 'sent' | 'response'; readonly response: Response }
  | { readonly kind: 'qualified' }
  | { readonly kind: 'opted out' }
  | { readonly kind: 'edited'; readonly crm: 'salesforce' | 'hubspot'; readonly edit: Edit }
  | { readonly kind: 'deleted'; readonly recordKey: string }
);

/** What a user types over. */
export interface Edit {
  readonly what: 'phone' | 'title' | 'country';
  readonly value: string;
}

/** Everything that will happen by itself, in order of time (ties by person, then by the order below). Pure. */
export function planEvents(population: Population, seed: number, days: number): MarketEvent[] {
  const events = population.people.flatMap((person) => eventsOf(person, seed, days));
  return events.sort((a, b) => a.at - b.at || (a.person.id < b.person.id ? -1 : a.person.id > b.person.id ? 1 : 0));
}

function eventsOf(person: Person, seed: number, days: number): MarketEvent[] {
  const dice = new Dice(seed, `${person.id}/events`);
  const within = (event: string) => dice.between(event, Math.max(1, person.arrivesAt + 1), Math.max(2, days * 24));
  const events: MarketEvent[] = person.records.map((plan) => ({ at: plan.at, person, kind: 'record', plan }));
  for (const response of person.responses) {
    if (response.sentAt !== null) events.push({ at: response.sentAt, person, kind: 'sent', response });
    events.push({ at: response.at, person, kind: 'response', response });
  }
  if (person.mqlAt !== null) events.push({ at: person.mqlAt, person, kind: 'qualified' });
  if (!person.optedOut && dice.chance('opts out', 0.0025)) {
    events.push({ at: within('opts out at'), person, kind: 'opted out' });
  }
  if (dice.chance('deleted', 0.0025)) {
    const { key } = dice.pick('which record', person.records);
    events.push({ at: within('deleted at'), person, kind: 'deleted', recordKey: key });
  }
  if (dice.chance('edited', 0.02)) {
    const crm = dice.pick('edited where', person.records).crm;
    events.push({ at: within('edited at'), person, kind: 'edited', crm, edit: planEdit(dice, person) });
  }
  return events;
}

function planEdit(dice: Dice, person: Person): Edit {
  const what = dice.pick('edited field', ['phone', 'title', 'country'] as const);
  if (what === 'phone')
    return { what, value: `${person.company.country.dialling} ${dice.int('new phone', 1e7, 9.9e7)}` };
  if (what === 'title')
    return { what, value: dice.chance('lead', 0.5) ? `Lead ${person.title}` : `${person.title}, EMEA` };
  return { what, value: dice.pick('spelling', person.company.country.spellings) };
}
