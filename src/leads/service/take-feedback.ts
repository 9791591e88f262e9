/** Takes in what partners state, whoever brings it: every row gets an answer of its own, and all that counts is kept at once. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Offer } from '../../model/offer.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import type { Database, Queryable } from '../../store/database.ts';
import type { FeedbackRules } from '../feedback/feedback-rules.ts';
import { type Before, judge } from '../feedback/judge.ts';
import { contentsOf, type OutcomeKind, readStatement, type Statement, type Written } from '../feedback/statement.ts';
import { answerableUntil } from '../offer-terms.ts';
import { fold } from '../text.ts';
import { clocksOf } from './clocks.ts';
import { Desk } from './desk.ts';
import { loadLeads, loadOffers } from './lead-store.ts';
import { keepStatements, loadStatements, type NewStatement, statementId } from './statements.ts';
import type { SlaRules } from './terms.ts';

/** A row as it came, with its place: the line of a file, or the number in a request. */
export interface GivenRow {
  readonly place: number;
  readonly written: Written;
}

export interface TakenRow {
  readonly place: number;
  readonly result: 'taken' | 'repeat' | 'late' | 'contradiction' | 'refused';
  readonly offer: string | null;
  readonly partner: string | null;
  /** Why it was refused or does not count; of one that counts nothing. */
  readonly problems: readonly string[];
}

export interface Intake {
  readonly rules: FeedbackRules;
  readonly sla?: SlaRules | undefined;
  /** Names the source: with the key it names a statement. */
  readonly via: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Only say what would become of the rows. */
  readonly dryRun?: boolean;
}

/**
 * Takes rows in, all in one transaction; those that are refused are left out. Rows about one offer count in the order in which they
 * were said, whatever their order here. The next run lets them act.
 */
export async function takeFeedback(db: Database, rows: readonly GivenRow[], intake: Intake): Promise<TakenRow[]> {
  return db.transaction().execute(async (tx) => {
    const read = rows.map(({ place, written }) => ({ place, read: readStatement(written, intake.rules, intake.now) }));
    const good = read.flatMap(({ place, read: found }) => ('statement' in found ? [{ place, ...found }] : []));
    const finder = await offersNamed(
      tx,
      good.map(({ statement }) => statement),
    );
    const results: TakenRow[] = read.flatMap(({ place, read: found }) =>
      'problems' in found ? [{ place, result: 'refused', offer: null, partner: null, problems: found.problems }] : [],
    );
    const found: { place: number; statement: Statement; offer: Offer; partner: string }[] = [];
    for (const { place, statement } of good) {
      const named = finder(statement);
      if ('problem' in named)
        results.push({ place, result: 'refused', offer: statement.offer, partner: null, problems: [named.problem] });
      else found.push({ place, statement, ...named });
    }
    found.sort((a, b) => Date.parse(a.statement.at) - Date.parse(b.statement.at) || a.place - b.place);
    const states = await statesOf(
      tx,
      found.map(({ offer }) => offer),
      intake,
    );
    const kept: NewStatement[] = [];
    for (const { place, statement, offer, partner } of found) {
      const state = states.get(offer.id);
      if (state === undefined) throw new Error(`offer ${offer.id} was not loaded`);
      const key = statementId(offer.id, intake.via, statement.key);
      const before: Before = {
        offer: state.at(statement.at),
        sameKey: state.keys.get(key) ?? null,
        outcome: state.outcome,
      };
      const judged = judge(statement, before, intake.via);
      const problems =
        judged.kind === 'refused' ? judged.problems : 'why' in judged ? [`${partner} ${judged.why}`] : [];
      results.push({ place, result: judged.kind, offer: offer.id, partner, problems });
      if (judged.kind === 'refused' || judged.kind === 'repeat') continue;
      state.keys.set(key, contentsOf(statement));
      if (judged.kind === 'taken') {
        state.become(judged.offer);
        state.outcome ??= statement.outcome?.kind ?? null;
      }
      kept.push({ offer, via: intake.via, place, statement });
    }
    if (intake.dryRun !== true) await keepStatements(tx, kept, iso(intake.now));
    return results.sort((a, b) => a.place - b.place);
  });
}

type Finder = (
  statement: Statement,
) => { readonly offer: Offer; readonly partner: string } | { readonly problem: string };

/** Finds the offer that a statement names: by its id, or as the last one of a lead to a partner, by id, record or name. */
async function offersNamed(tx: Queryable, statements: readonly Statement[]): Promise<Finder> {
  const byId = await loadOffers(tx, 'id', [...new Set(statements.flatMap(({ offer }) => offer?.toLowerCase() ?? []))]);
  const byLead = await loadOffers(tx, 'lead_id', [
    ...new Set(statements.flatMap(({ lead }) => lead?.toLowerCase() ?? [])),
  ]);
  const offers = new Map(byId.map(({ offer }) => [offer.id, offer]));
  const ofLead = Map.groupBy(
    byLead.map(({ offer }) => offer),
    ({ leadId }) => leadId,
  );
  const partners = await tx.selectFrom('partners').select(['id', 'record_id', 'facts']).execute();
  const names = new Map(partners.map(({ id, facts }) => [id, partnerFacts(facts as Partial<PartnerFacts>).name]));
  const idsOf = new Map<string, Set<string>>();
  for (const { id, record_id } of partners) {
    for (const word of [id, record_id.toLowerCase(), record_id.slice(0, 15).toLowerCase(), fold(names.get(id) ?? '')])
      idsOf.set(word, (idsOf.get(word) ?? new Set()).add(id));
  }
  const idsFor = (written: string) => idsOf.get(written.toLowerCase()) ?? idsOf.get(fold(written)) ?? new Set<string>();
  return ({ offer: offerId, lead, partner }) => {
    const ids = partner === null ? null : idsFor(partner);
    if (ids?.size === 0)
      return { problem: `there is no partner "${partner}": name it by its id, its record in the CRM or its name` };
    if (ids !== null && ids.size > 1)
      return { problem: `"${partner}" names ${ids.size} partners: name it by its id or its record in the CRM` };
    const [partnerId] = ids ?? [];
    const mine = offerId === null ? undefined : offers.get(offerId.toLowerCase());
    if (offerId !== null && mine === undefined) return { problem: `there is no offer "${offerId}"` };
    if (mine !== undefined && lead !== null && mine.leadId !== lead.toLowerCase())
      return { problem: `offer ${mine.id} is not of lead "${lead}"` };
    if (mine !== undefined && partnerId !== undefined && mine.partnerId !== partnerId)
      return {
        problem: `offer ${mine.id} was made to ${names.get(mine.partnerId) ?? mine.partnerId}, not to "${partner}"`,
      };
    const offer = mine ?? ofLead.get(lead?.toLowerCase() ?? '')?.findLast((each) => each.partnerId === partnerId);
    if (offer === undefined) return { problem: `lead "${lead}" was never offered to "${partner}"` };
    return { offer, partner: names.get(offer.partnerId) ?? offer.partnerId };
  };
}

/** An offer while the statements about it are gone through. */
interface OfferState {
  /** The offer as it stands for what was said at an instant: pauses and extensions move the deadline. */
  at(instant: string): Offer;
  become(offer: Offer): void;
  readonly keys: Map<string, string>;
  outcome: OutcomeKind | null;
}

async function statesOf(
  tx: Queryable,
  offers: readonly Offer[],
  { sla, now }: Intake,
): Promise<ReadonlyMap<string, OfferState>> {
  const ids = [...new Set(offers.map(({ id }) => id))];
  const records = await loadOffers(tx, 'id', ids);
  const desk = new Desk(tx, iso(now));
  desk.hold(await loadLeads(tx, 'id', [...new Set(records.map(({ offer }) => offer.leadId))]), records);
  const clocks = sla ? await clocksOf(tx, desk, records, sla) : new Map();
  const statements = Map.groupBy(await loadStatements(tx, 'offer_id', ids), ({ offerId }) => offerId);
  const answered = await answersWaiting(tx, ids);
  return new Map(
    records.map(({ offer }): [string, OfferState] => {
      let current = offer;
      const before = statements.get(offer.id) ?? [];
      // An answer that no run has acted on yet counts all the same.
      const waiting = before.find(({ kind, said }) => kind === 'waiting' && said.response !== null);
      const response = waiting?.said.response ?? answered.get(offer.id) ?? null;
      if (offer.status === 'Open' && response !== null) current = { ...offer, status: response, response };
      const clock = clocks.get(offer.id);
      return [
        offer.id,
        {
          at: (instant) =>
            current.status === 'Open' && clock
              ? { ...current, acceptBy: iso(answerableUntil(clock, Date.parse(instant))) }
              : current,
          become: (next) => {
            current = next;
          },
          keys: new Map(before.map(({ id, contents }) => [id, contents])),
          outcome:
            before.find(({ kind, said }) => kind !== 'late' && kind !== 'contradiction' && said.outcome !== null)?.said
              .outcome?.kind ?? null,
        },
      ];
    }),
  );
}

/** Answers by signed link that no run has acted on yet. */
async function answersWaiting(
  tx: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, 'Accepted' | 'Rejected'>> {
  const { rows } = await sql<{ id: string; response: 'Accepted' | 'Rejected' }>`
    select offer_id as id, response from link_answers where offer_id = any(${ids}::text[])`.execute(tx);
  return new Map(rows.map(({ id, response }) => [id, response]));
}
