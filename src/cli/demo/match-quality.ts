import type { Database } from '../../store/database.ts';
import type { Truth } from './sandbox-process.ts';

export interface MatchQuality {
  readonly known: number;
  /** Of the pairs of records that Sluice holds to be one person, the share that are. */
  readonly matchPrecision: number;
  /** Of the pairs of records that are one person, the share that Sluice found. */
  readonly matchRecall: number;
}

/** Compares who Sluice thinks is who with what the market knows, over pairs of records that exist now. */
export async function matchQuality(db: Database, truth: Truth): Promise<MatchQuality> {
  const people = await db
    .selectFrom('people')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('merged_into', 'is', null)
    .executeTakeFirstOrThrow();
  const links = await db
    .selectFrom('links')
    .select(['connection', 'object', 'record_id', 'entity_id'])
    .where('entity', '=', 'person')
    .execute();
  const ours = new Map(links.map((link) => [`${link.connection} ${link.object} ${link.record_id}`, link.entity_id]));
  const pairs = (count: number) => (count * (count - 1)) / 2;
  const tally = (groups: Iterable<readonly unknown[]>) =>
    [...groups].reduce((sum, group) => sum + pairs(group.length), 0);
  const records = truth.people.flatMap((person) =>
    person.records.map((record) => ({
      truly: person.id,
      held: ours.get(`${record.crm} ${record.object} ${record.id}`) ?? null,
    })),
  );
  const known = records.filter((record) => record.held !== null);
  const both = tally(Map.groupBy(known, (record) => `${record.truly} ${record.held}`).values());
  const held = tally(Map.groupBy(known, (record) => record.held).values());
  const truly = tally(Map.groupBy(records, (record) => record.truly).values());
  return {
    known: Number(people.count),
    matchPrecision: held === 0 ? 1 : both / held,
    matchRecall: truly === 0 ? 1 : both / truly,
  };
}
