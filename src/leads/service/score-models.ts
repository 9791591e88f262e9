/** The models of the predictive score in the store: learned from the vendor's own outcomes, watched, loaded for scoring. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import type { Score } from '../../model/lead.ts';
import { type PersonFacts, personOf } from '../../model/person.ts';
import { UnusableFile } from '../../model/read-csv.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type Drift, driftOf } from '../predict/drift.ts';
import { auc } from '../predict/metrics.ts';
import { chancesOf, type ScoreModel, scoreModelSchema } from '../predict/model.ts';
import { type Training, train } from '../predict/train.ts';
import { type Contest, judge, LEAD_COLUMNS, leadTable, ruleScoreOf, type ScoredThen } from '../predictive.ts';
import type { TouchFacts } from '../rule-scope.ts';

/** A lead whose outcome is known, with what was known of it when it was first decided on. */
interface PastLead extends ScoredThen {
  /** ISO instant of that decision. */
  readonly at: string;
  readonly won: boolean;
  readonly ruleScore: number;
}

export interface ScoreStatus {
  readonly version: string;
  readonly trainedAt: string;
  /** The newest lead that it learned from. */
  readonly through: string;
  readonly inUse: boolean;
  readonly why: string;
  readonly tested: Contest;
  /** On leads that came since; null: none of them has an outcome yet. */
  readonly recent: Contest | null;
  /** Of the leads that came since, whatever became of them; null: too few. */
  readonly drift: Drift | null;
  readonly model: ScoreModel;
}

/** Fewer leads say nothing of drift. */
const LEAST_TO_DRIFT = 50;
/** The newest leads are looked at for drift. */
const MOST_TO_DRIFT = 2_000;

/** Learns a score from all leads of known outcome and keeps it as the newest. Throws UnusableFile where there is too little. */
export async function learnScore(db: Queryable, now: number): Promise<{ training: Training; status: ScoreStatus }> {
  const past = await pastLeads(db, null);
  const wins = past.filter(({ won }) => won).length;
  if (wins === 0 || wins === past.length)
    throw new UnusableFile(
      `there are ${past.length} leads of known outcome, ${wins} of them won: too few to learn from`,
      'Until there are some of both the rules alone count.',
    );
  const table = leadTable(past);
  const training = train(
    {
      size: table.size,
      columns: [
        ...table.columns,
        { name: 'decided', cells: past.map(({ at }) => at) },
        { name: 'outcome', cells: past.map(({ won }) => (won ? 'won' : 'lost')) },
      ],
    },
    // What decisions keep was known when they were made: none of it is a leak.
    { label: 'outcome', won: 'won', time: 'decided', exclude: [], known: LEAD_COLUMNS },
  );
  const newest = past.slice(past.length - training.test.leads);
  const tested: Contest = {
    leads: newest.length,
    won: newest.filter(({ won }) => won).length,
    auc: training.test.auc,
    rulesAuc: rulesAuc(newest),
  };
  const model = training.model();
  const verdict = judge(tested, null);
  await upsert(
    db,
    'score_models',
    [
      {
        version: model.version,
        trained_at: iso(now),
        through: past.at(-1)?.at ?? iso(now),
        tested,
        body: model,
        in_use: verdict.inUse,
        why: verdict.why,
      },
    ],
    ['version'],
  );
  return { training, status: (await scoreStatus(db)) as ScoreStatus };
}

/** The newest model with how it does by now; null: none was learned. */
export async function scoreStatus(db: Queryable): Promise<ScoreStatus | null> {
  const row = await newest(db);
  if (row === undefined) return null;
  const model = scoreModelSchema.parse(row.body);
  const through = row.through;
  const since = await pastLeads(db, through);
  const recent: Contest | null =
    since.length === 0
      ? null
      : {
          leads: since.length,
          won: since.filter(({ won }) => won).length,
          auc: auc(chancesOf(model, leadTable(since)), outcomes(since)),
          rulesAuc: rulesAuc(since),
        };
  const came = await leadsSince(db, through);
  return {
    version: row.version,
    trainedAt: row.trained_at,
    through,
    ...judge(row.tested as Contest, recent),
    tested: row.tested as Contest,
    recent,
    drift: came.length < LEAST_TO_DRIFT ? null : driftOf(model, leadTable(came)),
    model,
  };
}

/** Once a day (UTC): whether the newest model still counts, by the outcomes that have come. */
export async function watchScore(tx: Queryable, now: number): Promise<void> {
  const day = iso(now).slice(0, 10);
  const checked = await tx.selectFrom('score_checks').select('day').where('name', '=', 'predictive').executeTakeFirst();
  if (checked?.day === day) return;
  await upsert(tx, 'score_checks', [{ name: 'predictive', day, through: null }], ['name']);
  const status = await scoreStatus(tx);
  if (status === null) return;
  await tx
    .updateTable('score_models')
    .set({ in_use: status.inUse, why: status.why })
    .where('version', '=', status.version)
    .execute();
}

const read = new Map<string, ScoreModel>();

/** The newest model, where it counts. */
export async function modelInUse(tx: Queryable, always: boolean): Promise<ScoreModel | null> {
  const { rows } = await sql<{ version: string; in_use: boolean }>`
    select version, in_use from score_models order by trained_at desc, version limit 1`.execute(tx);
  const [row] = rows;
  if (row === undefined || !(row.in_use || always)) return null;
  const known = read.get(row.version);
  if (known) return known;
  const stored = await newest(tx);
  const model = scoreModelSchema.parse(stored?.body);
  read.clear();
  read.set(model.version, model);
  return model;
}

function newest(db: Queryable) {
  return db
    .selectFrom('score_models')
    .selectAll()
    .orderBy('trained_at', 'desc')
    .orderBy('version')
    .limit(1)
    .executeTakeFirst();
}

interface DecidedOn {
  readonly at: string;
  readonly inputs: { readonly person: Partial<PersonFacts>; readonly touches: TouchFacts; readonly score: Score };
  readonly won: boolean;
}

/** Leads of known outcome that were first decided on after an instant (null: all), from the oldest to the newest; erased persons left out. */
async function pastLeads(db: Queryable, after: string | null): Promise<PastLead[]> {
  const { rows } = await sql<DecidedOn>`
    select * from (select distinct on (d.lead_id) d.at, d.seq, d.inputs, l.state = 'Won' as won
      from decisions d join leads l on l.id = d.lead_id
      where l.state in ('Won', 'Lost', 'No decision') order by d.lead_id, d.seq) f
    where json_typeof(f.inputs->'person') = 'object' and (${after}::timestamptz is null or f.at > ${after}::timestamptz)
    order by f.seq`.execute(db);
  return rows.map(({ at, inputs, won }) => ({
    at,
    won,
    person: personOf(inputs.person),
    touches: inputs.touches,
    ruleScore: ruleScoreOf(inputs.score),
  }));
}

/** The newest leads first decided on after an instant. */
async function leadsSince(db: Queryable, after: string): Promise<ScoredThen[]> {
  const { rows } = await sql<DecidedOn>`
    select * from (select distinct on (d.lead_id) d.at, d.seq, d.inputs from decisions d
      where d.at > ${after}::timestamptz order by d.lead_id, d.seq) f
    where json_typeof(f.inputs->'person') = 'object' order by f.seq desc limit ${MOST_TO_DRIFT}`.execute(db);
  return rows.map(({ inputs }) => ({ person: personOf(inputs.person), touches: inputs.touches }));
}

function outcomes(leads: readonly PastLead[]): Float64Array {
  return Float64Array.from(leads, ({ won }) => (won ? 1 : 0));
}

function rulesAuc(leads: readonly PastLead[]): number {
  return auc(
    leads.map(({ ruleScore }) => ruleScore),
    outcomes(leads),
  );
}
