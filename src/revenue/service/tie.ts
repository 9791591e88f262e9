/** Ties deals to the leads they came of, and keeps by what: the first half of a reconciliation, before anything is booked. */
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { NewEvent } from '../../store/events.ts';
import { FOLLOWED, type Match, matchOfTwin, matchOpportunity, NO_FACTS } from '../match.ts';
import type { ReconcileRules } from '../reconcile-config.ts';
import { settleDealPartners } from './deal-partners.ts';
import { askOfDeals } from './deal-reviews.ts';
import type { DealRow } from './deal-row.ts';
import { loadMatchFacts } from './match-facts.ts';

/** Leads kept with a deal, of those that were weighed. */
const KEPT = 5;

/** What is kept of how a deal was matched. */
export interface KeptEvidence {
  readonly weighed: readonly {
    readonly leadId: string;
    readonly partnerId: string | null;
    readonly acceptedAt: string | null;
    readonly probability: number;
    readonly reasons: readonly string[];
  }[];
  /** How many leads were weighed. */
  readonly of: number;
  /** What speaks against the answer of a person. */
  readonly against: readonly string[];
}

/**
 * Matches the given deals, keeps the matches, the parts of partners and the questions to a person; `events` tell leads of
 * what moved, and are left to the caller. Running it again changes nothing.
 */
export async function tieToLeads(
  tx: Queryable,
  deals: readonly DealRow[],
  rules: ReconcileRules,
  at: string,
): Promise<{ readonly matches: ReadonlyMap<string, Match>; readonly events: readonly NewEvent[] }> {
  const ids = deals.map(({ id }) => id);
  const facts = await loadMatchFacts(tx, deals);
  const known = await tx.selectFrom('matches').selectAll().where(among('opportunity_id', ids)).execute();
  const before = new Map(known.map((row) => [row.opportunity_id, row]));
  const matches = new Map(
    deals.map(({ id, deal, twin }) => [
      id,
      twin ? matchOfTwin(twin) : matchOpportunity(deal, facts.get(id) ?? NO_FACTS, rules),
    ]),
  );
  const rows = deals.flatMap(({ id, facts: { isClosed, isWon } }) => {
    const match = matches.get(id);
    if (match === undefined) return [];
    return [
      {
        opportunity_id: id,
        lead_id: match.leadId,
        how: match.how,
        reason: match.reason,
        person_ids: match.personIds,
        standing: JSON.stringify([isClosed, isWon]),
        zone: match.zone,
        evidence: kept(match),
      },
    ];
  });
  const events = deals.flatMap(({ id, facts: { name, isClosed, isWon, deleted } }): NewEvent[] => {
    const match = matches.get(id);
    if (!match?.leadId || deleted || !FOLLOWED.some((how) => how === match.how)) return [];
    const told = before.get(id);
    if (told?.lead_id === match.leadId && told.standing === JSON.stringify([isClosed, isWon])) return [];
    return [{ type: 'deal.moved', entity: match.leadId, data: { opportunity: id, name, isClosed, isWon } }];
  });
  await upsert(tx, 'matches', rows, ['opportunity_id']);
  await settleDealPartners(
    tx,
    deals.map((row) => (row.twin ? { ...row, facts: { ...row.facts, deleted: true } } : row)),
    matches,
  );
  await askOfDeals(tx, deals, matches, rules, at);
  return { matches, events };
}

function kept({ weighed, against }: Match): KeptEvidence {
  return {
    weighed: weighed.slice(0, KEPT).map(({ candidate, probability, evidence }) => ({
      leadId: candidate.leadId,
      partnerId: candidate.partnerId,
      acceptedAt: candidate.acceptedAt,
      probability,
      reasons: evidence.map(({ text }) => text),
    })),
    of: weighed.length,
    against,
  };
}
