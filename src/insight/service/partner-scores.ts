/** The score of each partner as its record in the CRM is to show it: reckoned once a day, kept as it is where nothing changed. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { periodNamed } from '../period.ts';
import type { Scorecard } from '../scorecard.ts';
import type { ScorecardRules } from '../scorecard-config.ts';
import { loadScorecards } from './scorecards.ts';

/** What a partner's record says; nulls: it is not ranked. */
export interface PartnerScore {
  readonly partnerId: string;
  /** 0 to 100, whole. */
  readonly score: number | null;
  /** "2 of 14 (1-5), tied". */
  readonly rank: string | null;
  /** The day on which it became so, YYYY-MM-DD. */
  readonly scoredOn: string | null;
}

/**
 * Scores all partners anew where that was not done today (UTC), in the caller's transaction. @returns null where it was
 * done already, else the scores of all partners that have or had one.
 */
export async function scorePartnersDaily(
  tx: Queryable,
  rules: ScorecardRules,
  currency: string,
  now: number,
): Promise<PartnerScore[] | null> {
  const day = iso(now).slice(0, 10);
  const checked = await tx.selectFrom('score_checks').select('day').where('name', '=', 'partners').executeTakeFirst();
  if (checked?.day === day) return null;
  await upsert(tx, 'score_checks', [{ name: 'partners', day, through: null }], ['name']);
  const period = periodNamed(`${rules.overDays}d`, now);
  const { cards } = await loadScorecards(tx, rules, { period, currency, now });
  const rows = cards.map(({ partner, standing }) => ({
    partner_id: partner.id,
    score: standing === null ? null : Math.round(standing.score),
    rank: standing === null ? null : rankText(standing),
    scored_on: standing === null ? null : day,
  }));
  await sql`
    insert into partner_scores (partner_id, score, rank, scored_on)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(partner_id text, score int, rank text, scored_on text)
    on conflict (partner_id) do update set score = excluded.score, rank = excluded.rank, scored_on = excluded.scored_on
    where (partner_scores.score, partner_scores.rank) is distinct from (excluded.score, excluded.rank)`.execute(tx);
  return loadPartnerScores(tx);
}

/** What every scored partner's record is to show. */
export async function loadPartnerScores(tx: Queryable): Promise<PartnerScore[]> {
  const rows = await tx.selectFrom('partner_scores').selectAll().orderBy('partner_id').execute();
  return rows.map(({ partner_id, score, rank, scored_on }) => ({
    partnerId: partner_id,
    score,
    rank,
    scoredOn: scored_on,
  }));
}

function rankText({ rank, of, low, high, tiedWith }: NonNullable<Scorecard['standing']>): string {
  const range = low === high ? String(low) : `${low}-${high}`;
  return `${rank} of ${of} (${range})${tiedWith.length > 0 ? ', tied' : ''}`;
}
