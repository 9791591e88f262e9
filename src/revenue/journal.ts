// Everything that the ledger was ever told, in order: by which rules it goes, exchange rates, months that closed, and of each
// deal the facts that brought entries about. The ledger is what these lines come to, and nothing else: `replay` makes it anew.
import { createHash } from 'node:crypto';
import type { Money } from '../model/money.ts';
import type { Entry, Opportunity } from '../model/revenue.ts';
import { settle } from './ledger.ts';
import type { LedgerRules } from './ledger-config.ts';
import { type FindRate, type Rate, rateFinder } from './rates.ts';

export const LINE_KINDS = ['opening', 'rules', 'rates', 'close', 'deal'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** A line to be written. */
export interface NewLine {
  readonly kind: LineKind;
  /** What it is about: a deal, a source of rates, a month. */
  readonly subject: string;
  /** JSON; amounts are text. */
  readonly body: string;
}

export interface Line extends NewLine {
  /** From 1, without a gap. */
  readonly seq: number;
  /** ISO instant. */
  readonly at: string;
  /** SHA-256 of the line and of the hash before it: whoever changes one line has to change all that follow. */
  readonly hash: string;
}

/** The last line, or what stands for it before the first. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}
export const NO_LINES: Head = { seq: 0, hash: '' };

/** Numbers new lines on from the last one and chains them to it. */
export function chain(lines: readonly NewLine[], head: Head, at: string): Line[] {
  let { seq, hash } = head;
  return lines.map((line) => {
    seq += 1;
    hash = hashOf({ ...line, seq, at }, hash);
    return { ...line, seq, at, hash };
  });
}

function hashOf({ seq, at, kind, subject, body }: Omit<Line, 'hash'>, before: string): string {
  return createHash('sha256').update([before, seq, at, kind, subject, body].join('\n')).digest('hex');
}

/** How rates of a source changed. */
export interface RatesNews {
  readonly set: readonly Omit<Rate, 'source'>[];
  readonly dropped: readonly Omit<Rate, 'source'>[];
}

export function rulesLine(rules: LedgerRules): NewLine {
  const { currency, timeZone, ceiling, rateOrder, maxAgeDays } = rules;
  return { kind: 'rules', subject: '', body: JSON.stringify({ currency, timeZone, ceiling, rateOrder, maxAgeDays }) };
}

export function ratesLine(source: string, { set, dropped }: RatesNews): NewLine {
  const plain = ({ from, to, date, rate, isDated }: Omit<Rate, 'source'>) => ({ from, to, date, rate, isDated });
  return {
    kind: 'rates',
    subject: source,
    body: JSON.stringify({ set: set.map(plain), dropped: dropped.map(plain) }),
  };
}

export function closeLine(month: string, by: string | null): NewLine {
  return { kind: 'close', subject: month, body: JSON.stringify({ by }) };
}

/** Entries of before there was a journal. */
export function openingLine(opportunityId: string, entries: readonly Entry[]): NewLine {
  return { kind: 'opening', subject: opportunityId, body: JSON.stringify(entries, amountsAsText) };
}

/** The facts of a deal that decide on its entries. Its name is none of them. */
export function dealLine(deal: Opportunity): NewLine {
  const { id, amount, stage, isClosed, isWon, closeDate, deleted, connection, mergedInto, sameAs, splitFrom } = deal;
  const facts = { amount, stage, isClosed, isWon, closeDate, deleted, connection, mergedInto, sameAs, splitFrom };
  return { kind: 'deal', subject: id, body: JSON.stringify(facts, amountsAsText) };
}

function amountsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** What the lines come to. */
export interface Replayed {
  /** Of each deal, in the order they were written. */
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
  /** The line that brought each entry about. */
  readonly lineOf: ReadonlyMap<string, number>;
  readonly rates: readonly Rate[];
  readonly closed: readonly { readonly month: string; readonly by: string | null; readonly at: string }[];
  readonly rules: LedgerRules | null;
  readonly head: Head;
  /** What of the lines cannot be as they were written: changed, missing, out of order. */
  readonly problems: readonly string[];
}

/** Makes the ledger anew from its lines, given in order. */
export function replay(lines: readonly Line[]): Replayed {
  const entries = new Map<string, Entry[]>();
  const lineOf = new Map<string, number>();
  const rates = new Map<string, Rate>();
  const closed: { month: string; by: string | null; at: string }[] = [];
  const problems: string[] = [];
  let rules: LedgerRules | null = null;
  let findRate: FindRate | null = null;
  let head = NO_LINES;
  for (const line of lines) {
    if (line.seq !== head.seq + 1) problems.push(`journal line ${head.seq + 1} is missing`);
    if (line.hash !== hashOf(line, head.hash)) problems.push(`journal line ${line.seq} is not as it was written`);
    head = line;
    const body = JSON.parse(line.body);
    if (line.kind === 'rules') {
      rules = body as LedgerRules;
      findRate = null;
    } else if (line.kind === 'rates') {
      const news = body as RatesNews;
      for (const rate of news.dropped) rates.delete(keyOf(line.subject, rate));
      for (const rate of news.set) rates.set(keyOf(line.subject, rate), { ...rate, source: line.subject });
      findRate = null;
    } else if (line.kind === 'close') {
      closed.push({ month: line.subject, by: body.by, at: line.at });
    } else if (line.kind === 'opening') {
      const opened = (body as EntryText[]).map(entryOf);
      entries.set(line.subject, opened);
      for (const entry of opened) lineOf.set(entry.id, line.seq);
    } else if (rules === null) {
      problems.push(`journal line ${line.seq} books, but no line before it says by which rules`);
    } else {
      findRate ??= rateFinder([...rates.values()], rules.rateOrder, rules.maxAgeDays);
      const books = { now: line.at, rules, findRate, closedThrough: closed.at(-1)?.month ?? null };
      const mine = entries.get(line.subject) ?? [];
      const added = settle(dealOf(line.subject, body), mine, books).entries;
      entries.set(line.subject, [...mine, ...added]);
      for (const entry of added) lineOf.set(entry.id, line.seq);
    }
  }
  return { entries, lineOf, rates: [...rates.values()], closed, rules, head, problems };
}

function keyOf(source: string, { from, to, date, isDated }: Omit<Rate, 'source'>): string {
  return `${source} ${from} ${to} ${date} ${isDated}`;
}

interface MoneyText {
  readonly minor: string;
  readonly currency: string;
}
type EntryText = Omit<Entry, 'amount' | 'reporting'> & { readonly amount: MoneyText; readonly reporting: MoneyText };

function moneyOf({ minor, currency }: MoneyText): Money {
  return { minor: BigInt(minor), currency };
}

function entryOf(text: EntryText): Entry {
  return { ...text, amount: moneyOf(text.amount), reporting: moneyOf(text.reporting) };
}

function dealOf(id: string, body: Omit<Opportunity, 'amount'> & { readonly amount: MoneyText | null }): Opportunity {
  return { ...body, id, name: '', accountId: null, amount: body.amount === null ? null : moneyOf(body.amount) };
}
