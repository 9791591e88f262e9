/** Reads what the diagnosis of feedback is made of, all of one moment of the store. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import { personOf, sizeBand } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import { snapshot } from '../../store/snapshot.ts';
import { type AnsweredOffer, type Dimension, diagnose, type Finding } from '../feedback/diagnosis.ts';
import type { FeedbackRules } from '../feedback/feedback-rules.ts';
import { isPoor, type Rated, type Rating, ratingsOf } from '../feedback/measures.ts';
import type { Statement } from '../feedback/statement.ts';
import { partnerNames } from './facts.ts';

const DAY = 86_400_000;

export interface FeedbackDiagnosis {
  /** ISO instants: from when to when. */
  readonly from: string;
  readonly to: string;
  readonly answers: number;
  readonly findings: readonly Finding[];
  readonly ratings: readonly Rating[];
}

/** The diagnosis of the answers that offers got within the time of feedback.yaml up to `now` (epoch milliseconds). */
export async function loadDiagnosis(db: Queryable, rules: FeedbackRules, now: number): Promise<FeedbackDiagnosis> {
  const from = iso(now - rules.diagnosis.overDays * DAY);
  return snapshot(db, async (tx) => {
    const partners = await partnerNames(tx);
    const campaigns = new Map(
      (await tx.selectFrom('campaigns').select(['id', 'name']).execute()).map(({ id, name }) => [id, name]),
    );
    const nameOf = (dimension: Dimension, group: string) =>
      (dimension === 'partner' ? partners : dimension === 'campaign' ? campaigns : null)?.get(group) ?? group;
    const answers = await loadAnswers(tx, rules, from);
    const offered = answers.map(({ answer }) => answer);
    const rated = answers.map(
      ({ answer, measures }): Rated => ({
        measures,
        groups: [
          ['partner', nameOf('partner', answer.partner)],
          ['source', answer.source ?? 'not stated'],
        ],
      }),
    );
    return {
      from,
      to: iso(now),
      answers: answers.length,
      findings: diagnose(offered, rules.diagnosis, nameOf),
      ratings: ratingsOf(rated, rules.diagnosis.confidence),
    };
  });
}

interface Loaded {
  readonly answer: AnsweredOffer;
  readonly measures: Statement['measures'];
}

async function loadAnswers(tx: Queryable, rules: FeedbackRules, from: string): Promise<Loaded[]> {
  const { rows } = await sql<{
    id: string;
    partner: string;
    response: string;
    reason: string | null;
    facts: unknown;
    campaigns: string[] | null;
    measures: Statement['measures'] | null;
  }>`
    with answered as (
      select o.id, o.partner_id, o.response, o.response_reason, o.offered_at, d.person_id
      from offers o join leads d on d.id = o.lead_id
      where o.response is not null and o.closed_at >= ${from}::timestamptz),
    responded as (
      select a.id, array_agg(distinct c.campaign_id) as campaigns
      from answered a join links l on l.entity = 'person' and l.entity_id = a.person_id
      join touches t on t.connection = l.connection and t.subject_object = l.object and t.subject_id = l.record_id
        and left(t.at, 10) <= to_char(a.offered_at at time zone 'UTC', 'YYYY-MM-DD')
      join campaign_records c on c.connection = t.connection and c.object = t.campaign_object and c.record_id = t.campaign_record
      group by a.id),
    rated as (
      select s.offer_id as id, jsonb_object_agg(m.key, m.value order by s.at, s.place, s.id) as measures
      from statements s join answered a on a.id = s.offer_id, jsonb_each_text(s.said->'measures') m
      where s.kind <> 'contradiction' group by s.offer_id)
    select a.id, a.partner_id as partner, a.response, a.response_reason as reason, p.facts, r.campaigns, m.measures
    from answered a join people p on p.id = a.person_id
    left join responded r on r.id = a.id left join rated m on m.id = a.id
    order by a.id`.execute(tx);
  return rows.map(({ id, partner, response, reason, facts, campaigns, measures }) => {
    const { source, industry, employees, country } = personOf(facts);
    const found = measures ?? {};
    return {
      measures: found,
      answer: {
        offerId: id,
        partner,
        rejected: response === 'Rejected',
        reasonOf: reason === null ? null : (rules.reasonOf(reason)?.of ?? null),
        poor: isPoor(Object.values(found)),
        source,
        campaigns: campaigns ?? [],
        industry,
        size: sizeBand(employees),
        country,
      },
    };
  });
}
