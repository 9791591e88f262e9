/** The clock of one offer as people ask for it: its deadlines, and to stop, restart or move them. */
import { iso } from '../../model/clock.ts';
import type { OfferStatus } from '../../model/offer.ts';
import { type PartnerFacts, partnerFacts } from '../../model/partner.ts';
import { among } from '../../store/bulk.ts';
import type { Database, Queryable } from '../../store/database.ts';
import { emit } from '../../store/events.ts';
import { clockOf, deadlinesAt, isLive, type OfferClock, type OfferMark } from '../offer-terms.ts';
import type { Deadline } from '../sla/clock.ts';
import type { Sla } from '../sla/sla.ts';
import { DEADLINES, type DeadlineName } from '../sla/sla-schema.ts';
import { counted } from '../text.ts';
import { loadLeads, loadOffers, type OfferRecord } from './lead-store.ts';
import { addMarks, marksOf } from './offer-marks.ts';
import { lockRouter } from './router-lock.ts';
import { type SlaRules, versionsFor } from './terms.ts';

export interface OfferView {
  readonly id: string;
  readonly leadId: string;
  readonly partner: { readonly id: string; readonly name: string };
  readonly status: OfferStatus;
  readonly round: number;
  /** ISO instants, as all below. */
  readonly offeredAt: string;
  readonly acceptBy: string;
  readonly policy: string | null;
  /** The calendar that counts, and the zone its hours are read in. */
  readonly calendar: { readonly name: string; readonly zone: string } | null;
  /** Why the clock stands still; null: it runs, or is over. */
  readonly pausedFor: string | null;
  readonly deadlines: readonly {
    readonly name: DeadlineName;
    readonly period: number;
    readonly state: Deadline['state'];
    readonly dueAt: string | null;
    readonly metAt: string | null;
    readonly extensionsLeft: number;
    readonly missed: Deadline['missed'];
  }[];
  /** What happened to it beside its opening, answer and end, oldest first. */
  readonly marks: readonly { readonly kind: OfferMark['kind']; readonly about: string; readonly at: string }[];
}

/** What somebody asks of the clock of an offer. */
export type ClockMove =
  | { readonly kind: 'pause' | 'resume'; readonly reason: string }
  | { readonly kind: 'extend'; readonly deadline: string };

/** A clock that cannot be moved like that, with what to do. */
export class ClockRefused extends Error {
  override readonly name = 'ClockRefused';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** An offer with its deadlines as they are at `now`; null where there is none of this id. */
export async function viewOffer(db: Queryable, id: string, now: number, sla?: SlaRules): Promise<OfferView | null> {
  const found = await find(db, id, sla);
  return found && viewOf(found, now);
}

/** The same of all offers of a lead, first round first. */
export async function viewOffersOf(db: Queryable, leadId: string, now: number, sla?: SlaRules): Promise<OfferView[]> {
  const found = await findAll(db, await loadOffers(db, 'lead_id', [leadId]), sla);
  return found.map((each) => viewOf(each, now));
}

/**
 * Keeps what is asked of a clock, from `now` on; the next run sets the timers by it. Throws a ClockRefused where the offer is
 * over, where the policy allows no more of it, or where it changes nothing.
 */
export async function moveClock(
  db: Database,
  id: string,
  move: ClockMove,
  now: number,
  sla?: SlaRules,
): Promise<OfferView> {
  return db.transaction().execute(async (tx) => {
    // A run that decides meanwhile could pass over an event that is told beside it: it waits for us, or we for it.
    await lockRouter(tx);
    const found = await find(tx, id, sla);
    if (found === null)
      throw new ClockRefused(`there is no offer "${id}"`, 'Offers are named like of_4xk2m9qa7b1c3d5e.');
    const { clock, record } = found;
    if (clock === null) throw new ClockRefused(`offer ${id} is under no policy of sla.yaml: it has no clock to move`);
    if (!found.isLive)
      throw new ClockRefused(`offer ${id} is over (${record.offer.status}): nothing of it is due any more`);
    const about = move.kind === 'extend' ? checkExtension(clock, move.deadline, now) : checkPause(clock, move, now);
    const at = iso(now);
    await addMarks(tx, [{ offerId: id, kind: move.kind, about, at, source: at }]);
    await emit(tx, [{ type: 'offer.clock', entity: id }], at);
    const moved = await find(tx, id, sla);
    if (moved === null) throw new ClockRefused(`offer ${id} is gone`);
    return viewOf(moved, now);
  });
}

interface Found {
  readonly record: OfferRecord;
  readonly partner: PartnerFacts;
  readonly clock: OfferClock | null;
  readonly marks: readonly OfferMark[];
  readonly isLive: boolean;
}

async function find(db: Queryable, id: string, sla: SlaRules | undefined): Promise<Found | null> {
  const [found] = await findAll(db, await loadOffers(db, 'id', [id]), sla);
  return found ?? null;
}

async function findAll(db: Queryable, records: readonly OfferRecord[], sla: SlaRules | undefined): Promise<Found[]> {
  if (records.length === 0) return [];
  const leadIds = [...new Set(records.map(({ offer }) => offer.leadId))];
  const leads = new Map((await loadLeads(db, 'id', leadIds)).map(({ lead }) => [lead.id, lead]));
  const partnerIds = [...new Set(records.map(({ offer }) => offer.partnerId))];
  const rows = await db.selectFrom('partners').select(['id', 'facts']).where(among('id', partnerIds)).execute();
  const partners = new Map(rows.map(({ id, facts }) => [id, facts as Partial<PartnerFacts>]));
  const timed = records.filter(({ terms }) => terms !== null);
  const versions = sla ? await versionsFor(db, timed, sla) : new Map<string, Sla>();
  const marks = await marksOf(
    db,
    records.map(({ offer }) => offer.id),
  );
  return records.map((record): Found => {
    const { offer, terms } = record;
    const lead = leads.get(offer.leadId);
    const version = terms === null ? undefined : versions.get(terms.sla);
    const mine = marks.get(offer.id) ?? [];
    return {
      record,
      partner: partnerFacts(partners.get(offer.partnerId) ?? {}),
      clock: version && terms ? clockOf(offer, terms, version, mine, lead) : null,
      marks: mine,
      isLive: isLive(offer, lead),
    };
  });
}

function viewOf({ record, partner, clock, marks }: Found, now: number): OfferView {
  const { offer, terms } = record;
  const deadlines = clock === null ? [] : deadlinesAt(clock, now);
  return {
    id: offer.id,
    leadId: offer.leadId,
    partner: { id: offer.partnerId, name: partner.name },
    status: offer.status,
    round: offer.round,
    offeredAt: offer.offeredAt,
    acceptBy: offer.acceptBy,
    policy: terms?.policy ?? null,
    calendar: clock && { name: clock.calendar.calendar.name, zone: clock.calendar.calendar.zone },
    pausedFor: clock && pausedFor(clock, now),
    deadlines: deadlines.map(({ name, period, state, dueAt, metAt, extensions, missed }) => ({
      ...{ name, period, state, missed },
      dueAt: dueAt === null ? null : iso(dueAt),
      metAt: metAt === null ? null : iso(metAt),
      extensionsLeft: extensions.left,
    })),
    marks: marks.map(({ kind, about, at }) => ({ kind, about, at: iso(at) })),
  };
}

function pausedFor(clock: OfferClock, now: number): string | null {
  if (!deadlinesAt(clock, now).some(({ state }) => state === 'paused')) return null;
  return clock.facts.pauses.findLast(({ from, to }) => from <= now && to === null)?.reason ?? null;
}

function checkPause(
  clock: OfferClock,
  { kind, reason }: ClockMove & { kind: 'pause' | 'resume' },
  now: number,
): string {
  const known = [...clock.sla.pauses.keys()];
  if (!clock.sla.pauses.has(reason))
    throw new ClockRefused(
      `sla.yaml has no pause "${reason}"`,
      known.length === 0 ? 'List it under `pauses`.' : `It has ${known.join(', ')}.`,
    );
  const goesOn = clock.facts.pauses.some((pause) => pause.reason === reason && pause.to === null && pause.from <= now);
  if (kind === 'pause' && goesOn) throw new ClockRefused(`the clock stands still for "${reason}" already`);
  if (kind === 'resume' && !goesOn) throw new ClockRefused(`the clock does not stand still for "${reason}"`);
  return reason;
}

function checkExtension(clock: OfferClock, wanted: string, now: number): string {
  const names: readonly string[] = DEADLINES;
  if (!names.includes(wanted))
    throw new ClockRefused(`there is no deadline "${wanted}"`, `There are ${names.join(', ')}.`);
  const rule = clock.policy.deadlines[wanted as DeadlineName];
  const running = deadlinesAt(clock, now).find(
    ({ name, state }) => name === wanted && (state === 'running' || state === 'paused'),
  );
  if (!rule?.extend) throw new ClockRefused(`policy "${clock.policy.name}" lets nobody extend ${wanted}`);
  if (running === undefined)
    throw new ClockRefused(
      `${wanted} is not running: it was met, is over, or has not begun`,
      'Ask before the deadline.',
    );
  if (running.extensions.left === 0)
    throw new ClockRefused(
      `${wanted} was extended ${counted(rule.extend.times, 'time', 'times')}, as often as the policy allows`,
    );
  return wanted;
}
