// The revenue domain: what won deals are worth (the append-only ledger, here), which lead and which touches brought them
// (match, attribution), and what came back of the money spent (roi, report). All of it pure; service/ loads and saves.
import { idOf } from '../model/ids.ts';
import { decimalOf, type Money, negate } from '../model/money.ts';
import type { Entry, Opportunity } from '../model/revenue.ts';

/** What a deal is worth as won: an amount, nothing (not won), or held (won, but its amount cannot be booked). */
export type Worth =
  | { readonly kind: 'won'; readonly amount: Money }
  | { readonly kind: 'not won'; readonly reason: string }
  | { readonly kind: 'held'; readonly reason: string };

/**
 * What the deal is worth now. A won deal of zero is worth zero: a stated fact. Without an amount, or with a negative one, it
 * is held for somebody to correct in the CRM, never guessed.
 */
export function worthOf(opportunity: Opportunity): Worth {
  if (opportunity.deleted) return { kind: 'not won', reason: 'The opportunity was deleted in the CRM.' };
  if (!opportunity.isClosed) return { kind: 'not won', reason: `The deal is open, in stage "${opportunity.stage}".` };
  if (!opportunity.isWon) return { kind: 'not won', reason: `The deal was lost, in stage "${opportunity.stage}".` };
  if (opportunity.amount === null)
    return { kind: 'held', reason: 'The deal is won but has no amount: enter one in the CRM to book it.' };
  if (opportunity.amount.minor < 0n)
    return {
      kind: 'held',
      reason: `The deal is won with a negative amount (${inWords(opportunity.amount)}): correct it in the CRM to book it.`,
    };
  return { kind: 'won', amount: opportunity.amount };
}

/** The entries of a deal from a booking on to its reversal, if any: one currency, one close. */
export interface Stretch {
  /** First the booking, then adjustments and at most one reversal, last. */
  readonly entries: readonly Entry[];
  /** What stands of it in the ledger; zero once reversed. */
  readonly standing: Money;
  readonly isOpen: boolean;
}

/**
 * The ledger lines that bring the ledger of one deal up to what the deal is worth now; none where nothing changed.
 * First won: booked. Another amount: adjusted by the difference. No longer won, deleted or held: reversed. Another currency:
 * reversed in the old, booked in the new. A close date that alone moved changes no amount and adds no line.
 *
 * `existing` are all lines of this deal, in any order; `now` is the ISO instant of booking. Ids follow from the deal and the
 * place of the line, so a repeated run makes the same lines.
 */
export function entriesFor(opportunity: Opportunity, existing: readonly Entry[], now: string): Entry[] {
  const open = stretchesOf(existing).at(-1);
  const standing = open?.isOpen ? open.standing : null;
  const worth = worthOf(opportunity);
  const added: Entry[] = [];
  const add = (kind: Entry['kind'], amount: Money, closeDate: string | null, reason: string) =>
    added.push({
      id: entryId(opportunity.id, existing.length + added.length),
      opportunityId: opportunity.id,
      kind,
      amount,
      at: now,
      closeDate,
      reason,
    });
  const reverse = (reason: string) => {
    if (open && standing) add('reversed', negate(standing), open.entries[0]?.closeDate ?? null, reason);
  };

  if (worth.kind !== 'won') {
    reverse(worth.reason);
  } else if (standing === null) {
    const again = existing.length > 0 ? ' again' : '';
    add('booked', worth.amount, opportunity.closeDate, `The deal was won${again}, in stage "${opportunity.stage}".`);
  } else if (standing.currency !== worth.amount.currency) {
    const change = `The currency changed from ${standing.currency} to ${worth.amount.currency}.`;
    reverse(change);
    add('booked', worth.amount, opportunity.closeDate, change);
  } else if (standing.minor !== worth.amount.minor) {
    const difference = { minor: worth.amount.minor - standing.minor, currency: standing.currency };
    const reason = `The amount changed from ${inWords(standing)} to ${inWords(worth.amount)}.`;
    add('adjusted', difference, opportunity.closeDate, reason);
  }
  return added;
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
  const stretches: { entries: Entry[]; standing: Money; isOpen: boolean }[] = [];
  const opportunityId = entries[0]?.opportunityId ?? '';
  for (let ordinal = 0; ordinal < entries.length; ordinal++) {
    const entry = byId.get(entryId(opportunityId, ordinal));
    if (!entry) throw broken(opportunityId, `line ${ordinal + 1} of ${entries.length} is missing`);
    const last = stretches.at(-1);
    const open = last?.isOpen ? last : undefined;
    if (entry.kind === 'booked') {
      if (open) throw broken(opportunityId, `line ${ordinal + 1} books what is booked already`);
      stretches.push({ entries: [entry], standing: entry.amount, isOpen: true });
      continue;
    }
    if (!open) throw broken(opportunityId, `line ${ordinal + 1} is "${entry.kind}" but nothing is booked`);
    if (entry.amount.currency !== open.standing.currency)
      throw broken(opportunityId, `line ${ordinal + 1} is in ${entry.amount.currency}, not ${open.standing.currency}`);
    open.entries.push(entry);
    open.standing = { minor: open.standing.minor + entry.amount.minor, currency: open.standing.currency };
    if (entry.kind === 'reversed') {
      if (open.standing.minor !== 0n) throw broken(opportunityId, `line ${ordinal + 1} does not reverse what stands`);
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

function inWords(money: Money): string {
  return `${decimalOf(money)} ${money.currency}`;
}
