/** What partners stated, in the store. */
import { sql } from 'kysely';
import { idOf } from '../../model/ids.ts';
import { decimalOf, type Money } from '../../model/money.ts';
import { among, upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit, type NewEvent } from '../../store/events.ts';
import { contentsOf, type Statement } from '../feedback/statement.ts';

/** What was said, as it is kept: amounts as text. */
export interface Kept extends Omit<Statement, 'offer' | 'lead' | 'partner' | 'key' | 'at' | 'outcome'> {
  readonly outcome: {
    readonly kind: NonNullable<Statement['outcome']>['kind'];
    readonly competitor: string | null;
    readonly value: { readonly minor: string; readonly currency: string } | null;
  } | null;
}

export interface StoredStatement {
  readonly id: string;
  readonly offerId: string;
  readonly leadId: string;
  readonly partnerId: string;
  readonly via: string;
  readonly key: string;
  readonly at: string;
  /** `waiting` until a run lets it act, `told` while it does, then what it came to. */
  readonly kind: 'waiting' | 'told' | 'taken' | 'late' | 'contradiction';
  readonly effect: string | null;
  readonly said: Kept;
  readonly contents: string;
}

/** The statement's id: the same source says the same key about an offer once. */
export function statementId(offerId: string, via: string, key: string): string {
  return idOf('st', offerId, via, key);
}

export interface NewStatement {
  readonly offer: { readonly id: string; readonly leadId: string; readonly partnerId: string };
  readonly via: string;
  readonly place: number;
  readonly statement: Statement;
}

/** Keeps statements until the next run lets them act. */
export async function keepStatements(tx: Queryable, given: readonly NewStatement[], at: string): Promise<void> {
  await upsert(
    tx,
    'statements',
    given.map(({ offer, via, place, statement }) => ({
      id: statementId(offer.id, via, statement.key),
      offer_id: offer.id,
      lead_id: offer.leadId,
      partner_id: offer.partnerId,
      via,
      key: statement.key,
      at: statement.at,
      received_at: at,
      place,
      kind: 'waiting',
      effect: null,
      said: keptOf(statement),
      contents: contentsOf(statement),
    })),
    ['id'],
    [],
  );
}

function keptOf({ response, reason, note, measures, stage, nextStep, outcome, nurture }: Statement): Kept {
  const value = outcome?.value ?? null;
  return {
    response,
    reason,
    note,
    measures,
    stage,
    nextStep,
    outcome: outcome && {
      kind: outcome.kind,
      competitor: outcome.competitor,
      value: value && { minor: value.minor.toString(), currency: value.currency },
    },
    nurture,
  };
}

/** An amount as it was stated. */
export function amountOf(value: { readonly minor: string; readonly currency: string }): Money {
  return { minor: BigInt(value.minor), currency: value.currency };
}

/** What was said, in words for people. */
export function saidWords({ response, reason, note, measures, stage, nextStep, outcome, nurture }: Kept): string[] {
  const marks = Object.entries(measures).map(([measure, mark]) => `${measure.replaceAll('_', ' ')}: ${mark}`);
  const value = outcome?.value ? ` ${decimalOf(amountOf(outcome.value))} ${outcome.value.currency}` : '';
  const against = outcome?.competitor ? ` against ${outcome.competitor}` : '';
  return [
    ...(response === null ? [] : [response === 'Accepted' ? 'accepted' : `rejected: ${reason?.text ?? 'no reason'}`]),
    ...marks,
    ...(stage === null ? [] : [`stage ${stage.name}`]),
    ...(nextStep === null ? [] : [`next: ${nextStep.text}${nextStep.by === null ? '' : ` by ${nextStep.by}`}`]),
    ...(outcome === null ? [] : [`${outcome.kind}${value}${against}`]),
    ...(nurture === null ? [] : [`handed back: ${nurture.text}`]),
    ...(note === null ? [] : [note]),
  ];
}

/** Statements by a column, in the order in which they were said. */
export async function loadStatements(
  tx: Queryable,
  by: 'id' | 'offer_id' | 'lead_id',
  ids: readonly string[],
): Promise<StoredStatement[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .selectFrom('statements')
    .selectAll()
    .where(among(by, ids))
    .orderBy('at')
    .orderBy('place')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    offerId: row.offer_id,
    leadId: row.lead_id,
    partnerId: row.partner_id,
    via: row.via,
    key: row.key,
    at: row.at,
    kind: row.kind as StoredStatement['kind'],
    effect: row.effect,
    said: row.said as Kept,
    contents: row.contents,
  }));
}

/**
 * Lets statements that wait act, in the transaction of a run: an answer as every other answer, the rest after it. A statement that came
 * while the run read its events is thus never passed over. @returns how many
 */
export async function tellStatements(tx: Queryable, limit: number, at: string): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    select id from statements where kind = 'waiting' order by received_at, at, place, id limit ${limit}`.execute(tx);
  if (rows.length === 0) return 0;
  const waiting = await loadStatements(
    tx,
    'id',
    rows.map(({ id }) => id),
  );
  const events = waiting.flatMap(({ id, offerId, via, at: saidAt, said }): NewEvent[] => [
    ...(said.response === null
      ? []
      : [
          {
            type: 'offer.answered' as const,
            entity: offerId,
            data: { response: said.response, reason: said.reason?.text ?? null, at: saidAt, via },
          },
        ]),
    { type: 'feedback.given', entity: offerId, data: { statement: id } },
  ]);
  await emit(tx, events, at);
  await settleStatements(
    tx,
    waiting.map(({ id }) => ({ id, kind: 'told', effect: null })),
  );
  return waiting.length;
}

/** Notes what statements came to. */
export async function settleStatements(
  tx: Queryable,
  settled: readonly { readonly id: string; readonly kind: StoredStatement['kind']; readonly effect: string | null }[],
): Promise<void> {
  if (settled.length === 0) return;
  await sql`update statements set kind = r.kind, effect = r.effect
    from jsonb_to_recordset(${JSON.stringify(settled)}::jsonb) as r(id text, kind text, effect text)
    where statements.id = r.id`.execute(tx);
}
