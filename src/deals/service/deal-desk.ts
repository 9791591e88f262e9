/** What every use case of the deals works with, and how what it decided is kept: rows, history, timers, events and letters at once. */
import { sql } from 'kysely';
import type { FieldValue } from '../../mapping/described.ts';
import { iso } from '../../model/clock.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import type { AccountIdentity, Registration } from '../../model/registration.ts';
import { fold } from '../../model/text.ts';
import { upsert } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { keepLetters } from '../../store/letters.ts';
import { write } from '../../store/write-behind.ts';
import type { AccountMatcher } from '../judge.ts';
import { lettersOf } from '../letters.ts';
import type { Happened } from '../registration.ts';
import type { DealRules } from '../rules.ts';
import { timersOf } from '../timers.ts';
import { type StoredRegistration, saveRegistrations } from './rows.ts';

/** How the companies of one CRM object are found and read. */
export interface CompanySource {
  readonly connection: string;
  readonly object: string;
  /** Fields that hold a name, and those that hold a website or an address. */
  readonly nameFields: readonly string[];
  readonly domainFields: readonly string[];
  read(record: { readonly id: string; readonly fields: Readonly<Record<string, FieldValue>> }): AccountIdentity | null;
}

/** Companies that routing.yaml reserves; `partner` as it is written there, null: the vendor's own team. */
export interface NamedAccount {
  readonly list: string;
  readonly partner: string | null;
  readonly account: AccountIdentity;
}

export interface DealPorts {
  readonly rules: DealRules;
  readonly matcher: AccountMatcher;
  readonly companies: readonly CompanySource[];
  readonly named: readonly NamedAccount[];
  /** ISO 4217, for amounts that name no currency. */
  readonly currency: string;
  /** Whether anybody can be written to. */
  readonly mail: boolean;
}

export interface Partner {
  readonly id: string;
  readonly recordId: string;
  readonly facts: PartnerFacts;
  /** False where its record is gone or is a partner's no more. */
  readonly active: boolean;
}

/** One thing that happened to one registration. `before`: null of a new one. */
export interface Change {
  readonly before: StoredRegistration | null;
  readonly after: StoredRegistration;
  readonly happened: readonly Happened[];
}

/** All partners, found by id, by CRM record (15 or 18 characters) or by name. */
export class Partners {
  readonly #byId: ReadonlyMap<string, Partner>;
  readonly #byWord = new Map<string, Set<string>>();

  constructor(all: readonly Partner[]) {
    this.#byId = new Map(all.map((partner) => [partner.id, partner]));
    for (const { id, recordId, facts } of all)
      for (const word of [id, recordId.toLowerCase(), recordId.slice(0, 15).toLowerCase(), fold(facts.name)])
        this.#byWord.set(word, (this.#byWord.get(word) ?? new Set()).add(id));
  }

  get(id: string): Partner | undefined {
    return this.#byId.get(id);
  }

  nameOf(id: string): string {
    return this.#byId.get(id)?.facts.name ?? id;
  }

  /** The ids of all that a word may mean. */
  idsFor(written: string): string[] {
    return [...(this.#byWord.get(written.toLowerCase()) ?? this.#byWord.get(fold(written)) ?? [])];
  }

  /** The one partner meant by a word, who may register; or what is wrong with it. */
  named(written: string): { readonly partner: Partner } | { readonly problem: string } {
    const ids = this.idsFor(written);
    if (ids.length > 1)
      return { problem: `"${written}" names ${ids.length} partners: name it by its id or its record in the CRM` };
    const partner = this.#byId.get(ids[0] ?? '');
    if (partner === undefined)
      return { problem: `there is no partner "${written}": name it by its id, its record in the CRM or its name` };
    if (!partner.active) return { problem: `${partner.facts.name} is a partner no more` };
    if (partner.facts.status === 'Terminated')
      return { problem: `${partner.facts.name} is terminated: it can register nothing` };
    return { partner };
  }
}

export async function loadPartners(tx: Queryable): Promise<Partners> {
  const rows = await tx.selectFrom('partners').select(['id', 'record_id', 'facts', 'active']).execute();
  return new Partners(
    rows.map(({ id, record_id, facts, active }) => ({
      ...{ id, recordId: record_id, active },
      facts: partnerFacts(facts as Partial<PartnerFacts>),
    })),
  );
}

export function placeOf(partner: Partner | undefined): { country: string | null; timeZone: string | null } {
  return { country: partner?.facts.country ?? null, timeZone: partner?.facts.timeZone ?? null };
}

/**
 * Keeps what was decided, in the caller's transaction, which holds the decision lock: rows, their history, what their clocks ask
 * for, an event each and the letters. Each registration stands in `changes` once.
 */
export async function keepChanges(
  tx: Queryable,
  changes: readonly Change[],
  partners: Partners,
  { rules, mail }: Pick<DealPorts, 'rules' | 'mail'>,
  now: number,
): Promise<void> {
  if (changes.length === 0) return;
  const at = iso(now);
  const ids = changes.map(({ after }) => after.registration.id);
  await saveRegistrations(
    tx,
    changes.map(({ after }) => after),
    at,
  );
  const last = await sql<{ id: string; seq: number }>`
    select registration_id as id, max(seq)::int as seq from registration_events
    where registration_id = any(${ids}::text[]) group by 1`.execute(tx);
  const lastOf = new Map(last.rows.map(({ id, seq }) => [id, seq]));
  const told = changes.flatMap(({ after, happened }) =>
    happened.map((each, n) => ({
      ...{ registration: after.registration, happened: each },
      seq: (lastOf.get(after.registration.id) ?? 0) + n + 1,
    })),
  );
  await upsert(
    tx,
    'registration_events',
    told.map(({ registration, happened: { kind, by, detail }, seq }) => ({
      ...{ registration_id: registration.id, seq, kind, at, by, detail },
    })),
    [],
  );
  const registrations = changes.map(({ after }) => after.registration);
  await setTimers(tx, registrations, partners, rules);
  await emit(
    tx,
    changes.map(({ before, after: { registration } }) => ({
      type: 'registration.changed' as const,
      entity: registration.id,
      data: { from: before?.registration.state ?? null, to: registration.state },
    })),
    at,
  );
  if (!mail) return;
  const letters = told.flatMap(({ registration, happened, seq }) =>
    lettersOf(registration, happened, seq, partners.nameOf(registration.partnerId), rules),
  );
  await keepLetters(tx, letters, now);
}

/** Lets the timers of registrations be those they ask for now; a name that has fired is used up. */
async function setTimers(
  tx: Queryable,
  registrations: readonly Registration[],
  partners: Partners,
  rules: DealRules,
): Promise<void> {
  const ids = registrations.map(({ id }) => id);
  const rows = registrations
    .flatMap((it) => timersOf(it, rules, placeOf(partners.get(it.partnerId))))
    .map(({ registrationId, kind, key, dueAt }) => ({
      ...{ registration_id: registrationId, kind, key, due_at: dueAt, fired_at: null },
    }));
  await write(
    tx,
    sql`delete from registration_timers where registration_id = any(${ids}::text[]) and fired_at is null`,
  );
  await upsert(tx, 'registration_timers', rows, ['registration_id', 'kind', 'key'], []);
}
