/** Takes in what CRM records of registrations say: new ones, corrections, the decision of a person there, deletions. */
import { sql } from 'kysely';
import type { EntityValue } from '../../mapping/entities.ts';
import { iso } from '../../model/clock.ts';
import { idOf } from '../../model/ids.ts';
import type { AccountIdentity, Registration } from '../../model/registration.ts';
import type { Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import { type Happened, reject, withdraw } from '../registration.ts';
import { nextStep } from '../rules.ts';
import { contentsOf, readWritten, type Written } from '../written.ts';
import { type Claims, claimsOn } from './claims.ts';
import { type Change, type DealPorts, keepChanges, type Partners } from './deal-desk.ts';
import { apply, settledByDeal } from './move.ts';
import { loadOpportunities, type NamedOpportunity, opportunityNamed } from './opportunities.ts';
import { newRegistration, takenBy } from './register.ts';
import { byIds, loadRegistrations, type StoredRegistration, tiesTo } from './rows.ts';

/** What the event `registration.told` carries: what a record says, or null where it was deleted; and the id that Sluice wrote on it. */
export interface ToldRegistration {
  readonly connection: string;
  readonly object: string;
  readonly record: string;
  readonly told: EntityValue<'registration'> | null;
  readonly registrationId: string | null;
}

/** Companies by their record, as the CRM has them: what completes a registration that points to one. */
export type CompaniesOf = (
  tx: Queryable,
  connection: string,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, Pick<AccountIdentity, 'name' | 'domain' | 'country'>>>;

/** In the caller's transaction, under the decision lock. One after the other: each is there for those that follow. */
export async function takeTold(
  tx: Queryable,
  events: readonly StoredEvent[],
  companiesOf: CompaniesOf,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<void> {
  // What a record said last is what it says.
  const last = new Map<string, ToldRegistration>();
  for (const { type, data } of events) {
    if (type !== 'registration.told') continue;
    const told = data as unknown as ToldRegistration;
    last.set(`${told.connection} ${told.object} ${told.record}`, told);
  }
  const all = [...last.values()];
  if (all.length === 0) return;
  const known = await registrationsOf(tx, all);
  const accounts = await accountsOf(tx, all, companiesOf);
  const claims = await claimsOn(tx, [...accounts.values()], ports, partners, now);
  const opportunities = await loadOpportunities(
    tx,
    all.flatMap(({ told }) => told?.opportunity ?? []),
  );
  for (const each of all) {
    const place = placeOf(each);
    const before = known.get(place) ?? null;
    const account = accounts.get(place);
    if (each.told === null || account === undefined) {
      if (before !== null) await deleted(tx, before, each, ports, partners, now);
      continue;
    }
    const made = await entered(tx, each, before, { account, claims, opportunities }, ports, partners, now);
    const current = made?.after ?? before;
    if (made) await keepChanges(tx, [made], partners, ports, now);
    if (current === null) continue;
    await decided(tx, each, current, ports, partners, now);
  }
}

const placeOf = ({ connection, object, record }: ToldRegistration) => `${connection} ${object} ${record}`;

interface Found {
  readonly account: AccountIdentity;
  readonly claims: Claims;
  readonly opportunities: readonly NamedOpportunity[];
}

/** A registration that is new, or that was held or waits and says something else now; null where there is nothing to keep. */
async function entered(
  tx: Queryable,
  each: ToldRegistration,
  before: StoredRegistration | null,
  { account, claims, opportunities }: Found,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<Change | null> {
  const { connection, told } = each;
  if (told === null) return null;
  const stands = before?.registration;
  // The record of a registration that came another way only shows it: of its facts nobody but its source speaks.
  if (stands && stands.source !== connection)
    return tied(tx, stands, before, each, opportunities, ports, partners, now);
  const written: Written = {
    partner: told.partner ?? told.partnerName ?? '',
    company: account.name ?? '',
    domain: account.domain ?? '',
    country: account.country ?? '',
    city: account.city ?? '',
    product: told.product ?? '',
    amount: told.amount ?? '',
    currency: told.currency ?? '',
    closes: told.closes ?? '',
    opportunity: told.opportunity ?? '',
    key: `${each.object}/${each.record}`,
  };
  const said = JSON.stringify(written);
  const read = readWritten(written, { currency: ports.currency, require: ports.rules.require, now });
  const partner = 'application' in read ? partners.named(read.application.partner) : null;
  const contents =
    'application' in read && partner && 'partner' in partner ? contentsOf(read.application, partner.partner.id) : said;
  if (stands && before.contents === contents) return null;
  if (stands && stands.state !== 'Held' && stands.state !== 'Pending') {
    const tie = await tied(tx, stands, { ...before, contents }, each, opportunities, ports, partners, now);
    if (tie !== null) return { ...tie, before };
    const happened: Happened = {
      kind: 'edited',
      by: connection,
      detail: { why: 'the record says something else; what was decided stands' },
    };
    return { before, after: { ...before, contents }, happened: [happened] };
  }
  const hold = (problems: readonly string[]): Change =>
    held(
      each,
      account,
      before,
      contents,
      problems,
      partner && 'partner' in partner ? partner.partner.id : '',
      ports,
      now,
    );
  if ('problems' in read) return hold(read.problems);
  if (partner === null || 'problem' in partner) return hold([partner?.problem ?? 'the partner is missing']);
  const application = { ...read.application, account: { ...read.application.account, record: account.record } };
  const named = application.opportunity === null ? null : opportunityNamed(opportunities, application.opportunity);
  if (named && 'problem' in named) return hold([named.problem]);
  const opportunity = named?.opportunity ?? null;
  if (opportunity && (opportunity.isClosed || opportunity.deleted))
    return hold([
      `opportunity ${opportunity.id} is ${opportunity.deleted ? 'deleted' : 'closed already'}: it cannot be registered`,
    ]);
  const tie = opportunity === null ? [] : (await tiesTo(tx, [opportunity.id])).filter(({ id }) => id !== stands?.id);
  const taken = takenBy(opportunity, tie, partner.partner.id, ports);
  if (taken !== null)
    return hold([`opportunity ${opportunity?.id} is tied to the registration of ${partners.nameOf(taken)}`]);
  const key = `${each.object}/${each.record}`;
  const brought = { source: connection, by: connection };
  const made = newRegistration(
    { application, partner: partner.partner, opportunity, contents, key, ...(before ? { before } : {}) },
    claims,
    { ports, partners, now, brought },
  );
  const { registration } = made.after;
  if (registration.verdict !== 'duplicate') {
    claims.add({ account, live: registration, claim: claimOf(registration, partners) });
    return made;
  }
  const own = registration.conflicts.find(({ weight }) => weight === 'duplicate');
  const no = reject(registration, `its partner has registered the deal already (${own?.id})`, connection, now);
  if ('refused' in no) return made;
  return {
    ...made,
    after: { ...made.after, registration: no.registration },
    happened: [...made.happened, no.happened],
  };
}

function claimOf(it: Registration, partners: Partners) {
  return {
    ...{ kind: 'registration' as const, id: it.id, state: it.state, product: it.product, account: it.account },
    holder: { kind: 'partner' as const, id: it.partnerId, name: partners.nameOf(it.partnerId) },
    since: it.submittedAt,
  };
}

/** A record that lacks something, or says what cannot be: it is kept with the reason until it is corrected. */
function held(
  each: ToldRegistration,
  account: AccountIdentity,
  before: StoredRegistration | null,
  contents: string,
  problems: readonly string[],
  partnerId: string,
  ports: DealPorts,
  now: number,
): Change {
  const key = `${each.object}/${each.record}`;
  const reason = problems.join('; ');
  const blank: Registration = {
    ...{ id: idOf('rg', each.connection, key), partnerId, account, product: each.told?.product ?? null },
    ...{ amount: null, closes: null, opportunityId: null, state: 'Held', reason, verdict: 'clear', conflicts: [] },
    ...{ needed: [], approvals: [], submittedAt: iso(now), decideBy: null, decidedAt: null, protectedUntil: null },
    ...{ extensions: 0, closedAt: null, share: null, source: each.connection, key },
  };
  const nameKey = account.name === null ? null : ports.matcher.key(account.name);
  const registration = { ...blank, partnerId: partnerId || (before?.registration.partnerId ?? '') };
  const happened: Happened = { kind: 'held', by: each.connection, detail: { problems } };
  return { before, after: { registration, contents, nameKey }, happened: [happened] };
}

/** A registration whose record a person has tied to an opportunity; null where it is tied to none that is new. */
async function tied(
  tx: Queryable,
  stands: Registration,
  before: StoredRegistration,
  { connection, told }: ToldRegistration,
  opportunities: readonly NamedOpportunity[],
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<Change | null> {
  const wanted = told?.opportunity ?? null;
  if (wanted === null || (stands.state !== 'Pending' && stands.state !== 'Approved')) return null;
  const named = opportunityNamed(opportunities, wanted);
  if ('problem' in named || named.opportunity.id === stands.opportunityId) return null;
  const move = { kind: 'convert' as const, opportunity: named.opportunity.id };
  const moved = await apply(tx, before, move, connection, ports, partners, now);
  if ('refused' in moved) return null;
  const after = { ...before, registration: moved.registration };
  const settled = await settledByDeal(tx, after, ports, partners, now);
  const happened = settled ? [moved.happened, settled.happened] : [moved.happened];
  return { before, after: { ...after, registration: settled?.registration ?? after.registration }, happened };
}

/** What a person decided in the CRM. What cannot be done is said on the record, and what stands stays. */
async function decided(
  tx: Queryable,
  { connection, told }: ToldRegistration,
  before: StoredRegistration,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<void> {
  const word = told?.decision?.trim().toLowerCase() ?? '';
  const { registration } = before;
  const reason = told?.decisionReason?.trim() || 'no reason was given';
  const isOpen = registration.state === 'Pending' || registration.state === 'Held';
  const move =
    word === 'approved' && registration.state === 'Pending'
      ? // Who may set the field in the CRM decides for all steps.
        { kind: 'approve' as const, step: ports.rules.chain.at(-1)?.name ?? nextStep(registration), despite: false }
      : word === 'rejected' && isOpen
        ? { kind: 'reject' as const, reason }
        : word === 'withdrawn' && (isOpen || registration.state === 'Approved')
          ? { kind: 'withdraw' as const, reason }
          : null;
  if (move === null) return;
  const moved = await apply(tx, before, move, connection, ports, partners, now);
  if ('refused' in moved) {
    const note = `it could not be ${word} in the CRM: ${moved.refused}`;
    if (registration.reason === note) return;
    const happened: Happened = { kind: 'edited', by: connection, detail: { why: moved.refused } };
    const after = { ...before, registration: { ...registration, reason: note } };
    return keepChanges(tx, [{ before, after, happened: [happened] }], partners, ports, now);
  }
  const after = { ...before, registration: moved.registration };
  await keepChanges(tx, [{ before, after, happened: [moved.happened] }], partners, ports, now);
}

async function deleted(
  tx: Queryable,
  before: StoredRegistration,
  each: ToldRegistration,
  ports: DealPorts,
  partners: Partners,
  now: number,
): Promise<void> {
  // A record that only showed what came another way is no more than that.
  if (before.registration.source !== each.connection) return;
  const moved = withdraw(before.registration, 'its record was deleted in the CRM', each.connection, now);
  if ('refused' in moved) return;
  const after = { ...before, registration: moved.registration };
  await keepChanges(tx, [{ before, after, happened: [moved.happened] }], partners, ports, now);
}

/** The registrations of records: tied to them, or made from them. */
async function registrationsOf(
  tx: Queryable,
  all: readonly ToldRegistration[],
): Promise<Map<string, StoredRegistration>> {
  const places = JSON.stringify(all.map(({ connection, object, record }) => ({ connection, object, record })));
  const { rows } = await sql<{ connection: string; object: string; record: string; id: string }>`
    select l.connection, l.object, l.record_id as record, l.entity_id as id from links l
    join jsonb_to_recordset(${places}::jsonb) as r(connection text, object text, record text)
      on l.connection = r.connection and l.object = r.object and l.record_id = r.record
    where l.entity = 'registration'`.execute(tx);
  const linked = new Map(rows.map(({ connection, object, record, id }) => [`${connection} ${object} ${record}`, id]));
  // A copied record brings the id of what it was copied from: it is one of its own all the same.
  const idsOf = (each: ToldRegistration) => {
    const made = linked.get(placeOf(each)) ?? each.registrationId;
    return { made, own: idOf('rg', each.connection, `${each.object}/${each.record}`) };
  };
  const wanted = all.flatMap((each) => Object.values(idsOf(each)).filter((id) => id !== null));
  const found = await loadRegistrations(tx, byIds([...new Set(wanted)]));
  const byId = new Map(found.map((each) => [each.registration.id, each]));
  return new Map(
    all.flatMap((each) => {
      const { made, own } = idsOf(each);
      const shown = made === null ? undefined : byId.get(made);
      const stored = shown && shown.registration.source !== each.connection ? shown : byId.get(own);
      return stored ? [[placeOf(each), stored] as const] : [];
    }),
  );
}

/** What each record says of the company: its own fields, completed by the record of the company that it points to. */
async function accountsOf(
  tx: Queryable,
  all: readonly ToldRegistration[],
  companiesOf: CompaniesOf,
): Promise<Map<string, AccountIdentity>> {
  const accounts = new Map<string, AccountIdentity>();
  for (const [connection, mine] of Map.groupBy(all, (each) => each.connection)) {
    const companies = await companiesOf(
      tx,
      connection,
      mine.flatMap(({ told }) => told?.account ?? []),
    );
    for (const each of mine) {
      if (each.told === null) continue;
      const { account, company, domain, country, city } = each.told;
      const known = account === null ? undefined : companies.get(account);
      accounts.set(placeOf(each), {
        name: company ?? known?.name ?? null,
        domain: domain ?? known?.domain ?? null,
        country: country ?? known?.country ?? null,
        city,
        record: account === null ? null : { connection, id: account },
      });
    }
  }
  return accounts;
}
