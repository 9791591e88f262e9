/** Registers deals, whoever brings them: every row gets an answer of its own, and all that counts is kept at once. */
import { sql } from 'kysely';
import { iso } from '../../model/clock.ts';
import { idOf } from '../../model/ids.ts';
import type { Evidence, Registration, RegistrationState, RegistrationVerdict } from '../../model/registration.ts';
import type { Database, Queryable } from '../../store/database.ts';
import { lockDecisions } from '../../store/decision-lock.ts';
import type { Asked } from '../judge.ts';
import { approveByRule, type Happened } from '../registration.ts';
import { stepsFor } from '../rules.ts';
import { type Application, contentsOf, readWritten, type Written } from '../written.ts';
import { type Claims, claimsOn, registrationTie } from './claims.ts';
import {
  type Change,
  type DealPorts,
  keepChanges,
  loadPartners,
  type Partner,
  type Partners,
  placeOf,
} from './deal-desk.ts';
import { loadOpportunities, type NamedOpportunity, opportunityNamed } from './opportunities.ts';
import { loadRegistrations, type StoredRegistration, tiesTo } from './rows.ts';
import { situationOf } from './situation.ts';

/** A row as it came, with its place: the line of a file, or the number in a request. */
export interface GivenDeal {
  readonly place: number;
  readonly written: Written;
}

export interface RegisteredDeal {
  readonly place: number;
  /** `repeat`: the same key said the same before. `duplicate`: its partner has registered the deal already. */
  readonly result: 'registered' | 'approved' | 'repeat' | 'duplicate' | 'refused';
  /** The registration, or the one that it repeats or doubles. */
  readonly registration: string | null;
  readonly partner: string | null;
  readonly state: RegistrationState | null;
  readonly verdict: RegistrationVerdict | null;
  readonly conflicts: readonly Evidence[];
  /** Why it was refused; of one that counts nothing. */
  readonly problems: readonly string[];
}

export interface Brought {
  /** Names who brings it: with the key it names a registration. */
  readonly source: string;
  /** Who registers, for the history. */
  readonly by: string;
  /** Only say what would become of the rows. */
  readonly dryRun?: boolean;
}

/** Takes registrations in, all in one transaction, in the order of their rows; those that are refused are left out. */
export async function registerDeals(
  db: Database,
  rows: readonly GivenDeal[],
  brought: Brought,
  ports: DealPorts,
  now: number,
): Promise<RegisteredDeal[]> {
  return db.transaction().execute(async (tx) => {
    await lockDecisions(tx);
    const partners = await loadPartners(tx);
    const read = rows.map(({ place, written }) => ({
      place,
      read: readWritten(written, { currency: ports.currency, require: ports.rules.require, now }),
    }));
    const good = read.flatMap(({ place, read: found }) => ('application' in found ? [{ place, ...found }] : []));
    const results = read.flatMap(({ place, read: found }) =>
      'problems' in found ? [refused(place, null, found.problems)] : [],
    );
    const opportunities = await loadOpportunities(
      tx,
      good.flatMap(({ application }) => application.opportunity ?? []),
    );
    const checked = good.map(({ place, application }) => ({
      place,
      ...resolved(application, partners, opportunities),
    }));
    const found = checked.flatMap((each) => ('problems' in each ? [] : [each]));
    for (const each of checked) if ('problems' in each) results.push(refused(each.place, each.partner, each.problems));
    const known = await knownKeys(tx, brought.source, found);
    const intake = new Intake(
      await claimsOn(
        tx,
        found.map(({ application }) => application.account),
        ports,
        partners,
        now,
      ),
      known,
      await tiesTo(
        tx,
        found.flatMap(({ opportunity }) => opportunity?.id ?? []),
      ),
      { ports, partners, now, brought },
    );
    for (const each of found) results.push(intake.take(each));
    if (brought.dryRun !== true) await keepChanges(tx, intake.changes, partners, ports, now);
    return results.sort((a, b) => a.place - b.place);
  });
}

interface Resolved {
  readonly place: number;
  readonly application: Application;
  readonly partner: Partner;
  readonly opportunity: NamedOpportunity | null;
}

function resolved(
  application: Application,
  partners: Partners,
  opportunities: readonly NamedOpportunity[],
): Omit<Resolved, 'place'> | { readonly partner: string | null; readonly problems: readonly string[] } {
  const named = partners.named(application.partner);
  if ('problem' in named) return { partner: null, problems: [named.problem] };
  const { partner } = named;
  const name = partner.facts.name;
  if (application.opportunity === null) return { application, partner, opportunity: null };
  const met = opportunityNamed(opportunities, application.opportunity);
  if ('problem' in met) return { partner: name, problems: [met.problem] };
  const { opportunity } = met;
  const closed = opportunity.deleted ? 'was deleted in its CRM' : opportunity.isClosed ? 'is closed already' : null;
  if (closed !== null)
    return { partner: name, problems: [`opportunity ${opportunity.id} ${closed}: it cannot be registered`] };
  return { application, partner, opportunity };
}

export interface Within {
  readonly ports: DealPorts;
  readonly partners: Partners;
  readonly now: number;
  readonly brought: Brought;
}

/** Registrations while they are gone through one after the other: each is a claim for those that follow. */
class Intake {
  readonly changes: Change[] = [];
  readonly #claims: Claims;
  readonly #known: Map<string, StoredRegistration>;
  /** Live registrations that are tied to opportunities. */
  readonly #tied: Registration[];
  readonly #within: Within;

  constructor(claims: Claims, known: Map<string, StoredRegistration>, tied: Registration[], within: Within) {
    this.#claims = claims;
    this.#known = known;
    this.#tied = tied;
    this.#within = within;
  }

  take({ place, application, partner, opportunity }: Resolved): RegisteredDeal {
    const { partners, brought } = this.#within;
    const contents = contentsOf(application, partner.id);
    const key = application.key ?? idOf('ky', contents);
    const same = this.#known.get(key);
    const { name } = partner.facts;
    if (same !== undefined) {
      if (same.contents === contents) return { ...answer(place, 'repeat', same.registration), partner: name };
      return refused(place, name, [
        `key "${key}" of ${brought.source} stands for ${same.registration.id}, which says something else`,
      ]);
    }
    const taken = takenBy(opportunity, this.#tied, partner.id, this.#within.ports);
    if (taken !== null)
      return refused(place, name, [
        `opportunity ${opportunity?.id} is tied to the registration of ${partners.nameOf(taken)}`,
      ]);
    const made = newRegistration({ application, partner, opportunity, contents, key }, this.#claims, this.#within);
    if (made.after.registration.verdict === 'duplicate')
      return {
        ...answer(place, 'duplicate', made.after.registration),
        partner: name,
        registration: ownOf(made.after),
        state: null,
      };
    this.changes.push(made);
    this.#known.set(key, made.after);
    const { registration } = made.after;
    this.#claims.add(registrationTie(registration, partners));
    this.#tied.push(registration);
    const result = registration.state === 'Approved' ? 'approved' : 'registered';
    return { ...answer(place, result, registration), partner: name };
  }
}

/** Which other partner has tied a live registration to the opportunity; null: none, or the rule lets two share. */
export function takenBy(
  opportunity: { readonly id: string } | null,
  tied: readonly Registration[],
  partnerId: string,
  { rules }: Pick<DealPorts, 'rules'>,
): string | null {
  if (opportunity === null || rules.second.rule === 'both-with-split') return null;
  const other = tied.find((each) => each.opportunityId === opportunity.id && each.partnerId !== partnerId);
  return other?.partnerId ?? null;
}

function ownOf({ registration }: StoredRegistration): string | null {
  return registration.conflicts.find(({ weight }) => weight === 'duplicate')?.id ?? null;
}

/** A registration as it enters: compared with everything, with its deadline and its steps, approved at once where the rule says so. */
export function newRegistration(
  given: {
    readonly application: Application;
    readonly partner: Partner;
    readonly opportunity: NamedOpportunity | null;
    readonly contents: string;
    readonly key: string;
    /** Of one that was held until now. */
    readonly before?: StoredRegistration;
  },
  claims: Claims,
  { ports, partners, now, brought }: Within,
): Change {
  const { application, partner, opportunity, contents, key, before } = given;
  const { rules, matcher } = ports;
  const { account, product, amount, closes } = application;
  const at = iso(now);
  const id = before?.registration.id ?? idOf('rg', brought.source, key);
  const asked = { id, partnerId: partner.id, account, product, opportunityId: opportunity?.id ?? null };
  const situation = situationOf(asked, claims, ports, partners, now);
  const waited = isSameDeal(before?.registration, asked) ? before?.registration : undefined;
  const pending: Registration = {
    ...{ ...asked, amount, closes, state: 'Pending', reason: waitsFor(situation.judged.verdict) },
    ...situation.judged,
    ...{ needed: stepsFor(rules.chain, amount), approvals: [], submittedAt: waited?.submittedAt ?? at },
    decideBy: waited?.decideBy ?? iso(rules.within.after(now, placeOf(partner))),
    ...{ decidedAt: null, protectedUntil: null, extensions: 0, closedAt: null, share: null },
    ...{ source: brought.source, key },
  };
  const entered: Happened = {
    kind: before ? 'corrected' : 'registered',
    by: brought.by,
    detail: { verdict: pending.verdict, source: brought.source },
  };
  const facts = {
    ...{ amount, product, country: account.country, source: brought.source, verdict: pending.verdict },
    ...{ hasOpportunity: opportunity !== null, partner: partner.facts },
  };
  const approved = approveByRule(pending, facts, situation);
  const nameKey = account.name === null ? null : matcher.key(account.name);
  return {
    before: before ?? null,
    after: { registration: approved?.registration ?? pending, contents, nameKey },
    happened: approved ? [entered, approved.happened] : [entered],
  };
}

/** Whether a registration that waits is still about the same deal: then a correction costs it neither its place nor its deadline. */
function isSameDeal(waiting: Registration | undefined, asked: Asked): boolean {
  if (waiting?.state !== 'Pending' || waiting.partnerId !== asked.partnerId || waiting.product !== asked.product)
    return false;
  return waiting.account.name === asked.account.name && waiting.account.domain === asked.account.domain;
}

function waitsFor(verdict: RegistrationVerdict): string {
  if (verdict === 'clear') return 'waits for a decision; nothing stands against it';
  return verdict === 'review'
    ? 'waits for a decision; somebody must look what may be the same'
    : 'waits for a decision; it conflicts with others';
}

function answer(place: number, result: RegisteredDeal['result'], it: Registration): Omit<RegisteredDeal, 'partner'> {
  const { id, state, verdict, conflicts } = it;
  return { place, result, registration: id, state, verdict, conflicts, problems: [] };
}

function refused(place: number, partner: string | null, problems: readonly string[]): RegisteredDeal {
  return { place, result: 'refused', registration: null, partner, state: null, verdict: null, conflicts: [], problems };
}

async function knownKeys(
  tx: Queryable,
  source: string,
  given: readonly Pick<Resolved, 'application' | 'partner'>[],
): Promise<Map<string, StoredRegistration>> {
  const keys = given.map(
    ({ application, partner }) => application.key ?? idOf('ky', contentsOf(application, partner.id)),
  );
  const found = await loadRegistrations(tx, sql<boolean>`source = ${source} and key = any(${keys}::text[])`);
  return new Map(found.map((each) => [each.registration.key, each]));
}
