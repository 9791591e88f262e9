/** Keeps what deals sell, and how much of it is the vendor's own. */
import { sql } from 'kysely';
import { type Money, moneyFrom } from '../../model/money.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type DealLine, type Kit, kitOf, type OthersKit } from '../kit.ts';
import type { OpportunityFacts } from './apply.ts';
import type { DealRow } from './deal-row.ts';

/** Settles anew the product lines of the given deals; of a deleted deal, and of one that counts as another, none is left. */
export async function settleProducts(tx: Queryable, deals: readonly DealRow[]): Promise<void> {
  const counting = deals.filter(({ facts, twin }) => !facts.deleted && twin === undefined);
  const currencies = new Map(counting.map(({ id, facts }) => [id, facts.currency]));
  const { rows } = await sql<{
    deal: string;
    line: string;
    product: string;
    family: string | null;
    quantity: string | null;
    amount: string | null;
    currency: string | null;
  }>`
    select o.id as deal, l.record_id as line, coalesce(p.name, l.name, l.product_record, '(no name)') as product,
      coalesce(p.family, l.family) as family, l.quantity, l.amount, l.currency
    from opportunities o join line_items l on l.connection = o.connection and l.opportunity_record = o.record_id
      left join products p on p.connection = l.connection and p.record_id = l.product_record
    where o.id = any(${[...currencies.keys()]}::text[]) order by o.id, l.record_id`.execute(tx);
  const lines = rows.map((row) => {
    const currency = row.currency ?? currencies.get(row.deal) ?? '';
    return {
      opportunity_id: row.deal,
      line_id: row.line,
      product: row.product,
      family: row.family,
      quantity: row.quantity,
      amount_minor: row.amount === null ? null : (moneyFrom(row.amount, currency)?.minor ?? null),
      currency,
    };
  });
  const ids = deals.map(({ id }) => id);
  await tx.deleteFrom('deal_products').where(among('opportunity_id', ids)).execute();
  await upsert(tx, 'deal_products', lines, ['opportunity_id', 'line_id']);
}

/** The names and families of what deals sell, by deal. */
export async function soldBy(tx: Queryable, dealIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await tx
    .selectFrom('deal_products')
    .select(['opportunity_id', 'product', 'family'])
    .where(among('opportunity_id', dealIds))
    .orderBy('opportunity_id')
    .orderBy('line_id')
    .execute();
  return new Map(
    [...Map.groupBy(rows, (row) => row.opportunity_id)].map(([id, mine]) => [
      id,
      [...new Set(mine.flatMap(({ product, family }) => (family === null ? [product] : [product, family])))],
    ]),
  );
}

export interface DealKit extends Kit {
  readonly id: string;
  readonly name: string;
  readonly record: string;
  readonly amount: Money | null;
}

/** Won deals with product lines: how much of each is the vendor's own, and where lines and amount differ. */
export async function loadKits(db: Queryable, others: OthersKit): Promise<DealKit[]> {
  const { rows } = await sql<{
    id: string;
    connection: string;
    record: string;
    facts: OpportunityFacts;
    lines: { id: string; product: string; family: string | null; minor: string | null; currency: string }[];
  }>`
    select o.id, o.connection, o.record_id as record, o.facts, jsonb_agg(jsonb_build_object('id', p.line_id, 'product', p.product,
      'family', p.family, 'minor', p.amount_minor::text, 'currency', p.currency) order by p.line_id) as lines
    from deal_products p join opportunities o on o.id = p.opportunity_id
    where o.facts->'isWon' = 'true' group by o.id order by o.id`.execute(db);
  return rows.map(({ id, connection, record, facts, lines }) => {
    const amount = facts.amount === null ? null : moneyFrom(facts.amount, facts.currency);
    const known = lines.map(
      (line): DealLine => ({
        id: line.id,
        product: line.product,
        family: line.family,
        amount: line.minor === null ? null : { minor: BigInt(line.minor), currency: line.currency },
      }),
    );
    return { id, name: facts.name, record: `${connection} ${record}`, amount, ...kitOf(amount, known, others) };
  });
}
