/** Registrations as the store has them. */
import { sql } from 'kysely';
import type { Evidence, Registration, RegistrationState, RegistrationVerdict } from '../../model/registration.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';

export interface StoredRegistration {
  readonly registration: Registration;
  /** What was registered as one text, and the name by which spellings of the company are one. */
  readonly contents: string;
  readonly nameKey: string | null;
}

type Row = Awaited<ReturnType<typeof select>>[number];

function select(db: Queryable, where: ReturnType<typeof sql<boolean>>) {
  return db.selectFrom('registrations').selectAll().where(where).orderBy('submitted_at').orderBy('id').execute();
}

/** Registrations by a condition on their row, the earliest first. */
export async function loadRegistrations(
  db: Queryable,
  where: ReturnType<typeof sql<boolean>>,
): Promise<StoredRegistration[]> {
  return (await select(db, where)).map(stored);
}

export const byIds = (ids: readonly string[]) => sql<boolean>`id = any(${ids}::text[])`;
export const tiedTo = (opportunityId: string) => sql<boolean>`opportunity_id = ${opportunityId}`;
/** What may keep others out: what waits, and what is protected at an instant (ISO). */
export const isLive = (at: string) =>
  sql<boolean>`(state = 'Pending' or (state = 'Approved' and protected_until > ${at}::timestamptz))`;

function stored(row: Row): StoredRegistration {
  const registration: Registration = {
    id: row.id,
    partnerId: row.partner_id,
    account: {
      name: row.account_name,
      domain: row.account_domain,
      country: row.account_country,
      city: row.account_city,
      record:
        row.account_connection === null || row.account_record === null
          ? null
          : { connection: row.account_connection, id: row.account_record },
    },
    product: row.product,
    amount:
      row.amount_minor === null || row.currency === null
        ? null
        : { minor: BigInt(row.amount_minor), currency: row.currency },
    closes: row.closes,
    opportunityId: row.opportunity_id,
    state: row.state as RegistrationState,
    reason: row.reason,
    verdict: row.verdict as RegistrationVerdict,
    conflicts: row.conflicts as Evidence[],
    needed: row.needed,
    approvals: row.approvals as Registration['approvals'],
    submittedAt: row.submitted_at,
    decideBy: row.decide_by,
    decidedAt: row.decided_at,
    protectedUntil: row.protected_until,
    extensions: row.extensions,
    closedAt: row.closed_at,
    share: row.share,
    source: row.source,
    key: row.key,
  };
  return { registration, contents: row.contents, nameKey: row.name_key };
}

export async function saveRegistrations(tx: Queryable, rows: readonly StoredRegistration[], at: string): Promise<void> {
  await upsert(
    tx,
    'registrations',
    rows.map(({ registration: it, contents, nameKey }) => ({
      ...{ id: it.id, partner_id: it.partnerId, name_key: nameKey, contents, updated_at: at },
      ...{ account_name: it.account.name, account_domain: it.account.domain },
      ...{ account_country: it.account.country, account_city: it.account.city },
      account_connection: it.account.record?.connection ?? null,
      account_record: it.account.record?.id ?? null,
      ...{ product: it.product, amount_minor: it.amount?.minor ?? null, currency: it.amount?.currency ?? null },
      ...{ closes: it.closes, opportunity_id: it.opportunityId, state: it.state, reason: it.reason },
      ...{ verdict: it.verdict, conflicts: it.conflicts, needed: it.needed, approvals: it.approvals },
      ...{ submitted_at: it.submittedAt, decide_by: it.decideBy, decided_at: it.decidedAt },
      ...{ protected_until: it.protectedUntil, extensions: it.extensions, closed_at: it.closedAt, share: it.share },
      ...{ source: it.source, key: it.key },
    })),
    ['id'],
  );
}

/** The live registrations that are tied to these opportunities. */
export async function tiesTo(db: Queryable, opportunityIds: readonly string[]): Promise<Registration[]> {
  const found = await loadRegistrations(
    db,
    sql<boolean>`opportunity_id = any(${opportunityIds}::text[]) and state in ('Pending', 'Approved')`,
  );
  return found.map(({ registration }) => registration);
}
