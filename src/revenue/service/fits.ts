/** What fitted models learned from all journeys, kept version by version. */
import { sql } from 'kysely';
import type { Touch } from '../../model/revenue.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type Crediting, creditingOf } from '../attribution/crediting.ts';
import { type LearnedChannel, learn, type PastJourney, sharesFrom } from '../attribution/fit.ts';
import { Unfit } from '../attribution/journeys.ts';
import { type FittedSpec, isFitted } from '../attribution/spec.ts';
import type { AttributionConfig, NamedModel } from '../config.ts';
import type { OpportunityFacts } from './apply.ts';
import { accountPeople } from './deal-people.ts';
import { loadPartnerTouches, loadTouches } from './touches.ts';

/** A model ready to credit, with the versions that its credits are kept under. */
export interface VersionedCrediting extends Crediting {
  readonly version: string;
  /** Of its fit; null for a model that is not fitted, or not yet. */
  readonly fit: number | null;
}

/** All models of the configuration, the fitted ones with the latest fit that was made for them as they are now. */
export async function loadCreditings(tx: Queryable, config: AttributionConfig): Promise<VersionedCrediting[]> {
  const fits = config.named.some(({ spec }) => isFitted(spec)) ? await latestFits(tx) : new Map<string, StoredFit>();
  return config.named.map(({ name, spec, version }) => {
    const fit = fits.get(fitKey(name, version));
    const learned = fit?.channels ? sharesFrom(fit.channels) : null;
    return { ...creditingOf(name, spec, learned), version, fit: learned === null ? null : (fit?.version ?? null) };
  });
}

/** What became of a model that was to be fitted. */
export interface Refit {
  readonly model: string;
  readonly version: number;
  readonly journeys: number;
  readonly conversions: number;
  /** Why it could not be fitted, with what to do; null where it was. */
  readonly problem: string | null;
}

/**
 * Fits the models anew that have no fit as they are configured now, or one older than the configuration allows; others it
 * leaves alone, so that a run does not read the whole store each time. Fits of before stay. Nothing is learned before a deal
 * was won.
 */
export async function refit(tx: Queryable, config: AttributionConfig, at: string): Promise<Refit[]> {
  const fitted = config.named.filter(({ spec }) => isFitted(spec)) as (NamedModel & { spec: FittedSpec })[];
  if (fitted.length === 0) return [];
  const fits = await latestFits(tx);
  const oldest = Date.parse(at) - config.refitDays * 86_400_000;
  const due = fitted.filter(({ name, version }) => {
    const fit = fits.get(fitKey(name, version));
    return fit === undefined || Date.parse(fit.fittedAt) <= oldest;
  });
  if (due.length === 0) return [];
  const booked = await sql`select 1 from entries limit 1`.execute(tx);
  if (booked.rows.length === 0) return [];
  const journeys = await loadPastJourneys(tx, config);
  const times = journeys.flatMap(({ touches }) => touches.map((touch) => touch.at)).sort();
  const done: Refit[] = [];
  const numbers = await lastNumbers(tx);
  const rows = due.map(({ name, spec, version: modelVersion }) => {
    const version = (numbers.get(name) ?? 0) + 1;
    const result = tryLearning(spec, journeys, config);
    const counts = { journeys: journeys.length, conversions: journeys.filter(({ converted }) => converted).length };
    done.push({ model: name, version, ...counts, problem: result.problem });
    return {
      model: name,
      version,
      model_version: modelVersion,
      fitted_at: at,
      first_touch: times[0] ?? null,
      last_touch: times.at(-1) ?? null,
      ...counts,
      ...result,
    };
  });
  await upsert(tx, 'attribution_fits', rows, ['model', 'version'], []);
  return done;
}

function tryLearning(
  spec: FittedSpec,
  journeys: readonly PastJourney[],
  config: AttributionConfig,
): { channels: LearnedChannel[] | null; problem: string | null } {
  try {
    return { channels: learn(spec, journeys, config.rules), problem: null };
  } catch (error) {
    if (error instanceof Unfit) return { channels: null, problem: error.message };
    throw error;
  }
}

interface StoredFit {
  readonly version: number;
  readonly fittedAt: string;
  readonly channels: LearnedChannel[] | null;
}

function fitKey(model: string, modelVersion: string): string {
  return `${model} ${modelVersion}`;
}

/** The last fit of each model in each of its versions. */
async function latestFits(tx: Queryable): Promise<Map<string, StoredFit>> {
  const found = await sql<{
    model: string;
    model_version: string;
    version: number;
    fitted_at: string;
    channels: unknown;
  }>`
    select distinct on (model, model_version) model, model_version, version, fitted_at, channels
    from attribution_fits order by model, model_version, version desc`.execute(tx);
  return new Map(
    found.rows.map((row) => [
      fitKey(row.model, row.model_version),
      { version: row.version, fittedAt: row.fitted_at, channels: row.channels as LearnedChannel[] | null },
    ]),
  );
}

async function lastNumbers(tx: Queryable): Promise<Map<string, number>> {
  const found = await sql<{ model: string; version: number }>`
    select model, max(version) as version from attribution_fits group by model`.execute(tx);
  return new Map(found.rows.map((row) => [row.model, row.version]));
}

/**
 * Every journey that came to an end: of each won deal, of each lost one, and of each person who has touches and no deal. People
 * of open deals have not decided yet.
 */
async function loadPastJourneys(tx: Queryable, config: AttributionConfig): Promise<PastJourney[]> {
  const touches = Map.groupBy(
    [...(await loadTouches(tx, null)), ...(await loadPartnerTouches(tx, null, config.partners))],
    (touch) => touch.personId,
  );
  const deals = await sql<{ id: string; facts: OpportunityFacts; people: string[] }>`
    select o.id, o.facts, m.person_ids as people from opportunities o join matches m on m.opportunity_id = o.id
    order by o.id`.execute(tx);
  const more =
    config.people === 'account'
      ? await accountPeople(
          tx,
          deals.rows.map(({ id }) => id),
        )
      : new Map<string, string[]>();
  const inDeals = new Set<string>();
  const journeys: PastJourney[] = [];
  for (const { id, facts, people } of deals.rows) {
    if (facts.deleted) continue;
    const all = [...new Set([...people, ...(more.get(id) ?? [])])];
    for (const person of all) inDeals.add(person);
    if (!facts.isClosed) continue;
    const mine: Touch[] = all.flatMap((person) => touches.get(person) ?? []);
    if (mine.length > 0) journeys.push({ touches: mine, end: facts.closeDate, converted: facts.isWon });
  }
  for (const [person, mine] of touches)
    if (!inDeals.has(person)) journeys.push({ touches: mine, end: null, converted: false });
  return journeys;
}
