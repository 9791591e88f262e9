import { idOf } from '../../model/ids.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { OfferMark } from '../offer-terms.ts';

/** A mark that is to be kept. `source` names what it came of: the same source leaves no second mark of a kind. */
export interface NewMark {
  readonly offerId: string;
  readonly kind: OfferMark['kind'];
  readonly about?: string;
  /** ISO instant. */
  readonly at: string;
  readonly source: string;
}

export async function addMarks(tx: Queryable, marks: readonly NewMark[]): Promise<void> {
  await upsert(
    tx,
    'offer_marks',
    marks.map(({ offerId, kind, about = '', at, source }) => ({
      id: idOf('mk', offerId, kind, about, source),
      offer_id: offerId,
      kind,
      about,
      at,
    })),
    ['id'],
    [],
  );
}

/** What happened to these offers, by their ids; an offer without marks has none here. */
export async function marksOf(tx: Queryable, offerIds: readonly string[]): Promise<ReadonlyMap<string, OfferMark[]>> {
  if (offerIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('offer_marks')
    .selectAll()
    .where(among('offer_id', offerIds))
    .orderBy('at')
    .orderBy('id')
    .execute();
  return new Map(
    [...Map.groupBy(rows, ({ offer_id }) => offer_id)].map(([id, mine]) => [
      id,
      mine.map(({ kind, about, at }): OfferMark => ({ kind: kind as OfferMark['kind'], about, at: Date.parse(at) })),
    ]),
  );
}
