/** What leads and offers become by the things that happened: people that changed, answers, conversions, deals, edits. */
import { sql } from 'kysely';
import type { Queryable } from '../../store/database.ts';
import type { EventType, StoredEvent } from '../../store/events.ts';
import type { Intake } from '../intake.ts';
import type { Scoring } from '../scoring.ts';
import { wakeRegistered } from './account-facts.ts';
import { settleClocks } from './clocks.ts';
import { dealsMoved } from './deals-moved.ts';
import { Desk, type Touched } from './desk.ts';
import { partnerNames } from './facts.ts';
import { feedbackGiven } from './feedback-given.ts';
import type { LeadRecord } from './lead-store.ts';
import { endMergedLeads } from './merged-leads.ts';
import { offersWentOn, recallsAnswered } from './offers-went-on.ts';
import { partnersAnswered } from './partners-answered.ts';
import { peopleChanged } from './people-changed.ts';
import { leadsClaimed, leadsConverted, ownedEdited } from './records-changed.ts';
import { restoreSeparatedLeads } from './separated-leads.ts';
import type { SlaRules } from './terms.ts';

/** The events that leads react to. */
export const LEAD_EVENTS: readonly EventType[] = [
  'person.changed',
  'person.merged',
  'person.unmerged',
  'touch.changed',
  'offer.answered',
  'offer.clock',
  'recall.answered',
  'feedback.given',
  'lead.claimed',
  'lead.worked',
  'lead.converted',
  'deal.moved',
  'partner.changed',
  'registration.changed',
  'owned.edited',
];

/** What events brought about. */
export interface Reacted extends Touched {
  /** Leads for the router that are not saved yet (see Desk.save). */
  readonly held: readonly LeadRecord[];
}

/** Lets a batch of events act, in the caller's transaction. With `holdBack` leads for the router are left to it to save. */
export async function react(
  tx: Queryable,
  events: readonly StoredEvent[],
  rules: { readonly intake: Intake; readonly scoring: Scoring; readonly sla?: SlaRules | undefined },
  now: number,
  holdBack = false,
): Promise<Reacted> {
  const at = new Date(now).toISOString();
  const desk = new Desk(tx, at);
  const names = await partnerNames(tx);
  const nameOf = (id: string | null) => (id === null ? 'the vendor' : (names.get(id) ?? id));
  const ofType = (type: EventType) => events.filter((event) => event.type === type);

  await endMergedLeads(desk, events, now);
  await restoreSeparatedLeads(tx, desk, ofType('person.unmerged'), nameOf, at);
  await peopleChanged(tx, desk, events, rules, now);
  await partnersAnswered(tx, desk, ofType('offer.answered'), nameOf, at, rules.sla);
  await leadsClaimed(desk, ofType('lead.claimed'));
  await leadsConverted(tx, desk, ofType('lead.converted'), nameOf);
  await dealsMoved(desk, ofType('deal.moved'));
  await ownedEdited(tx, desk, ofType('owned.edited'));
  await feedbackGiven(tx, desk, ofType('feedback.given'), nameOf, at);
  await offersWentOn(tx, desk, events, nameOf);
  await recallsAnswered(desk, ofType('recall.answered'));
  if (rules.sla) await settleClocks(tx, desk, rules.sla, now);
  const held = await desk.save(holdBack);
  // After the leads are saved, or what was loaded before would undo it.
  if (ofType('partner.changed').length > 0) {
    await sql`update leads set to_route = true where waits_for is not null`.execute(tx);
  }
  await wakeRegistered(tx, ofType('registration.changed'));
  return { ...desk.touched(), held };
}
