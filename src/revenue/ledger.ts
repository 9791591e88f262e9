// The revenue domain: what won deals are worth (the append-only ledger, here), which lead and which touches brought them
// (match, attribution), and what came back of the money spent (roi, report). All of it pure; service/ loads and saves.
import { idOf } from '../model/ids.ts';
import { convert, decimalOf, isCurrency, type Money, moneyFrom, negate } from '../model/money.ts';
import type { Entry, Opportunity } from '../model/revenue.ts';
import { dayIn, monthAfter, monthOf } from './calendar.ts';
import type { LedgerRules } from './ledger-config.ts';
import type { FindRate, FoundRate } from './rates.ts';

/** What beside a deal decides on its entries. */
export interface Books {
  /** ISO instant of booking. */
  readonly now: string;
  readonly rules: LedgerRules;
  readonly findRate: FindRate;
  /** The last closed month, YYYY-MM; null where none is. */
  readonly closedThrough: string | null;
}

/** Why a won deal cannot be booked as it is: its own figures, a rate that nobody states, or a close that has not come. */
export type HeldFor = 'amount' | 'currency' | 'ceiling' | 'rate' | 'date';

export interface Held {
  readonly for: HeldFor;
  /** What is wrong and what to do, for people. */
  readonly reason: string;
  /** Of `date`: the calendar date from which it can be booked. */
  readonly until: string | null;
}

/** What a deal is worth as won: an amount, nothing (not won), or held (won, but it cannot be booked). */
export type Worth =
  | ({ readonly kind: 'won'; readonly amount: Money; readonly reporting: Money } & Terms)
  | { readonly kind: 'not won'; readonly reason: string }
  | ({ readonly kind: 'held' } & Held);

/** At what rate and as of which day something is booked. */
interface Terms {
  /** The calendar date it is about: the close, or where the deal states none the day of booking. */
  readonly day: string;
  readonly reporting: Money;
  readonly rate: FoundRate;
}

/** No amount that the store could not hold, with room to add. */
const LARGEST_MINOR = 10n ** 18n;

/**
 * What the deal is worth now. A won deal of zero is worth zero: a stated fact. What cannot be right (no amount, one below zero
 * or above the ceiling, a currency that is none, a close in the future) and what has no exchange rate is held for somebody to
 * correct, never guessed.
 * @param open what stands of the deal: as long as its currency and the month of its close stay, so does its rate
 */
export function worthOf(opportunity: Opportunity, books: Books, open: Stretch | null = null): Worth {
  const notWon = whyNotWon(opportunity);
  if (notWon !== null) return { kind: 'not won', reason: notWon };
  const { amount, closeDate } = opportunity;
  const { rules, now } = books;
  const held = (why: HeldFor, reason: string, until: string | null = null): Worth => ({
    kind: 'held',
    for: why,
    reason,
    until,
  });
  if (amount === null) return held('amount', 'The deal is won but has no amount: enter one in the CRM to book it.');
  if (!isCurrency(amount.currency))
    return held(
      'currency',
      `The deal is won in "${amount.currency}", which is no currency: correct it in the CRM to book it.`,
    );
  if (amount.minor < 0n)
    return held(
      'amount',
      `The deal is won with a negative amount (${inWords(amount)}): correct it in the CRM to book it.`,
    );
  const today = dayIn(rules.timeZone, now);
  if (closeDate !== null && closeDate > today)
    return held(
      'date',
      `The deal is won but closes on ${closeDate}, which is yet to come: it is booked then.`,
      closeDate,
    );
  const standing = open !== null && staysIn(open, opportunity, amount, rules) ? open : null;
  const day = standing ? dayOf(standing, rules) : (closeDate ?? today);
  const rate = standing ? standing.rate : rateFor(amount.currency, day, opportunity, books);
  if (rate === null)
    return held(
      'rate',
      `The deal is won in ${amount.currency}, but no rate of ${amount.currency} to ${rules.currency} is known for ${day}: add one in the CRM or in rates.csv to book it.`,
    );
  const reporting = convert(amount, rate.rate, standing ? standing.reporting.currency : rules.currency);
  const ceiling = moneyFrom(rules.ceiling, rules.currency) ?? { minor: 0n, currency: rules.currency };
  if (amount.minor > LARGEST_MINOR || (reporting.currency === ceiling.currency && reporting.minor > ceiling.minor))
    return held(
      'ceiling',
      `The deal is won for ${inWords(amount)}, which is above the ceiling of ${inWords(ceiling)}: correct it in the CRM, or raise \`ceiling\` of ledger.yaml.`,
    );
  return { kind: 'won', amount, day, reporting, rate };
}

function whyNotWon({ deleted, sameAs, mergedInto, isClosed, isWon, stage }: Opportunity): string | null {
  if (deleted && mergedInto !== undefined) return `The opportunity was merged into ${mergedInto} in the CRM.`;
  if (deleted) return 'The opportunity was deleted in the CRM.';
  if (sameAs !== undefined) return `It is the same deal as ${sameAs}, which counts in its place.`;
  if (!isClosed) return `The deal is open, in stage "${stage}".`;
  return isWon ? null : `The deal was lost, in stage "${stage}".`;
}

function rateFor(currency: string, on: string, opportunity: Opportunity, { rules, findRate }: Books): FoundRate | null {
  if (currency === rules.currency) return { rate: '1', date: on, source: 'same currency' };
  const split = opportunity.splitFrom;
  if (split !== undefined) return { rate: split.rate, date: split.rateDate, source: split.rateSource };
  const own = opportunity.connection === undefined ? undefined : `crm:${opportunity.connection}`;
  return findRate({ from: currency, to: rules.currency, on, own });
}

/** Whether what is worth so much now goes on in that stretch: in its currency, closed in its month. */
function staysIn(stretch: Stretch, { closeDate }: Opportunity, amount: Money, rules: LedgerRules): boolean {
  if (stretch.standing.currency !== amount.currency) return false;
  return closeDate === null || monthOf(closeDate) === monthOf(dayOf(stretch, rules));
}

/** The calendar date that a stretch is about. */
function dayOf({ entries: [booking] }: Stretch, rules: LedgerRules): string {
  if (!booking) throw new RangeError('a stretch without a booking');
  return booking.closeDate ?? dayIn(rules.timeZone, booking.at);
}

/** The entries of a deal from a booking on to its reversal, if any: one currency, one close, one rate. */
export interface Stretch {
  /** First the booking, then adjustments and at most one reversal, last. */
  readonly entries: readonly Entry[];
  /** What stands of it in the ledger; zero once reversed. */
  readonly standing: Money;
  /** The same in the reporting currency: `standing` at the rate of the booking, rounded once. */
  readonly reporting: Money;
  readonly rate: FoundRate;
  readonly isOpen: boolean;
}

/** What is to be added to the ledger of a deal, and why it is held, where it is. */
export interface Settled {
  readonly entries: readonly Entry[];
  readonly held: Held | null;
}

/**
 * The ledger lines that bring the ledger of one deal up to what the deal is worth now; none where nothing changed.
 * First won: booked. Another amount: adjusted by the difference. No longer won, deleted, merged away or held: reversed. Another
 * currency, or a close in another month: reversed in the old, booked in the new. A close date that moves within its month
 * changes no figure and adds no line.
 *
 * A booking is worth in the reporting currency what it is at the rate of its close date. That rate stays for its adjustments:
 * one is worth what the whole is worth after it less what it was worth before. A reversal takes back what stood, in both.
 *
 * `existing` are all lines of this deal, in any order. Ids follow from the deal and the place of the line, so a repeated run
 * makes the same lines.
 */
export function settle(opportunity: Opportunity, existing: readonly Entry[], books: Books): Settled {
  const last = stretchesOf(existing).at(-1);
  const open = last?.isOpen ? last : null;
  const worth = worthOf(opportunity, books, open);
  const added: Entry[] = [];
  const add = (kind: Entry['kind'], amount: Money, closeDate: string | null, terms: Terms, reason: string) =>
    added.push({
      id: entryId(opportunity.id, existing.length + added.length),
      opportunityId: opportunity.id,
      kind,
      amount,
      at: books.now,
      closeDate,
      reason,
      reporting: terms.reporting,
      rate: terms.rate.rate,
      rateDate: terms.rate.date,
      rateSource: terms.rate.source,
      period: periodFor(terms.day, books.closedThrough),
    });
  const reverse = (stretch: Stretch, reason: string) => {
    const terms = { day: dayOf(stretch, books.rules), reporting: negate(stretch.reporting), rate: stretch.rate };
    add('reversed', negate(stretch.standing), stretch.entries[0]?.closeDate ?? null, terms, reason);
  };

  if (worth.kind !== 'won') {
    if (open) reverse(open, worth.reason);
    const { kind: _, ...held } = worth.kind === 'held' ? worth : { kind: null };
    return { entries: added, held: 'for' in held ? held : null };
  }
  if (open === null) {
    const again = existing.length > 0 ? ' again' : '';
    const parent = opportunity.splitFrom?.opportunityId;
    const origin = parent === undefined ? '' : ` It was split off from ${parent}, which fell by as much.`;
    add(
      'booked',
      worth.amount,
      opportunity.closeDate,
      worth,
      `The deal was won${again}, in stage "${opportunity.stage}".${origin}`,
    );
  } else if (!staysIn(open, opportunity, worth.amount, books.rules)) {
    const change =
      open.standing.currency === worth.amount.currency
        ? `The close moved from ${dayOf(open, books.rules)} to ${worth.day}.`
        : `The currency changed from ${open.standing.currency} to ${worth.amount.currency}.`;
    reverse(open, change);
    add('booked', worth.amount, opportunity.closeDate, worth, change);
  } else if (open.standing.minor !== worth.amount.minor) {
    const reason = `The amount changed from ${inWords(open.standing)} to ${inWords(worth.amount)}.`;
    const terms = { ...worth, reporting: less(worth.reporting, open.reporting) };
    add('adjusted', less(worth.amount, open.standing), opportunity.closeDate, terms, reason);
  }
  return { entries: added, held: null };
}

/** The month that something about a day counts in: its own, or the first open one where that is closed. */
function periodFor(day: string, closedThrough: string | null): string {
  const own = monthOf(day);
  if (closedThrough === null || own > closedThrough) return own;
  return monthAfter(closedThrough);
}

/** The id of the `ordinal`-th line (from 0) of a deal. */
function entryId(opportunityId: string, ordinal: number): string {
  return idOf('en', opportunityId, String(ordinal));
}

/**
 * The lines of ONE deal in the order they were written, read off their ids, cut into stretches. Throws where the lines
 * cannot be a ledger of ours: a line missing, an adjustment of nothing, a reversal of another amount than stands.
 */
export function stretchesOf(entries: readonly Entry[]): Stretch[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const stretches: (Omit<Stretch, 'entries'> & {
    entries: Entry[];
    standing: Money;
    reporting: Money;
    isOpen: boolean;
  })[] = [];
  const opportunityId = entries[0]?.opportunityId ?? '';
  for (let ordinal = 0; ordinal < entries.length; ordinal++) {
    const entry = byId.get(entryId(opportunityId, ordinal));
    if (!entry) throw broken(opportunityId, `line ${ordinal + 1} of ${entries.length} is missing`);
    const last = stretches.at(-1);
    const open = last?.isOpen ? last : undefined;
    if (entry.kind === 'booked') {
      if (open) throw broken(opportunityId, `line ${ordinal + 1} books what is booked already`);
      const rate = { rate: entry.rate, date: entry.rateDate, source: entry.rateSource };
      stretches.push({ entries: [entry], standing: entry.amount, reporting: entry.reporting, rate, isOpen: true });
      continue;
    }
    if (!open) throw broken(opportunityId, `line ${ordinal + 1} is "${entry.kind}" but nothing is booked`);
    for (const [mine, theirs] of [
      [entry.amount, open.standing],
      [entry.reporting, open.reporting],
    ] as const) {
      if (mine.currency !== theirs.currency)
        throw broken(opportunityId, `line ${ordinal + 1} is in ${mine.currency}, not ${theirs.currency}`);
    }
    open.entries.push(entry);
    open.standing = { minor: open.standing.minor + entry.amount.minor, currency: open.standing.currency };
    open.reporting = { minor: open.reporting.minor + entry.reporting.minor, currency: open.reporting.currency };
    if (entry.kind === 'reversed') {
      if (open.standing.minor !== 0n || open.reporting.minor !== 0n)
        throw broken(opportunityId, `line ${ordinal + 1} does not reverse what stands`);
      open.isOpen = false;
    }
  }
  return stretches;
}

function broken(opportunityId: string, what: string): Error {
  return new Error(
    `the ledger of opportunity ${opportunityId} is damaged: ${what}; lines are only ever added, restore them from a backup`,
  );
}

/** The difference of two amounts of one currency. */
function less(amount: Money, other: Money): Money {
  return { minor: amount.minor - other.minor, currency: amount.currency };
}

function inWords(money: Money): string {
  return `${decimalOf(money)} ${money.currency}`;
}
