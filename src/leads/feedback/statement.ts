/**
 * What a partner states about one lead: its answer to the offer, how good the lead is, where it stands with it, what came of
 * it, or that it hands it back. Pure.
 */
import { z } from 'zod';
import { suggestion } from '../../mapping/yaml-file.ts';
import { idOf } from '../../model/ids.ts';
import { decimalOf, exponentOf, type Money, moneyFrom } from '../../model/money.ts';
import type { OfferResponse } from '../../model/offer.ts';
import { fold } from '../text.ts';
import type { FeedbackRules, PartnerStage, Reason } from './feedback-rules.ts';

/** How good a lead is, each answered by yes, no or unknown. */
export const MEASURES = ['contactable', 'right_person', 'need', 'budget', 'timing', 'right_territory'] as const;
export type Measure = (typeof MEASURES)[number];
export const MARKS = ['yes', 'no', 'unknown'] as const;
export type Mark = (typeof MARKS)[number];

export const OUTCOMES = ['won', 'lost', 'no decision'] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export interface StatedOutcome {
  readonly kind: OutcomeKind;
  readonly competitor: string | null;
  readonly value: Money | null;
}

export interface Statement {
  /** Which lead: by offer, or by lead and partner. As written; who takes it in finds the offer. */
  readonly offer: string | null;
  readonly lead: string | null;
  readonly partner: string | null;
  /** The sender's own name of this statement: the same source says the same key about one offer only once. */
  readonly key: string;
  /** ISO instant at which the partner said it. */
  readonly at: string;
  readonly response: OfferResponse | null;
  readonly reason: Reason | null;
  readonly note: string | null;
  readonly measures: Readonly<Partial<Record<Measure, Mark>>>;
  readonly stage: PartnerStage | null;
  /** `by`: a calendar date, YYYY-MM-DD. */
  readonly nextStep: { readonly text: string; readonly by: string | null } | null;
  readonly outcome: StatedOutcome | null;
  /** Why the lead goes back to marketing. */
  readonly nurture: Reason | null;
}

/** The names under which a statement is written, in a row of a CSV file and in the body of a request alike. */
export const COLUMNS = [
  'offer',
  'lead',
  'partner',
  'response',
  'reason',
  'note',
  ...MEASURES,
  'stage',
  'next_step',
  'next_step_by',
  'outcome',
  'competitor',
  'value',
  'currency',
  'nurture',
  'at',
  'key',
] as const;
export type ColumnName = (typeof COLUMNS)[number];

const LENGTHS: Partial<Record<ColumnName, number>> = { note: 1000, next_step: 500 };
const OTHERWISE = 200;

const written = z.partialRecord(z.enum(COLUMNS), z.string());
/** As it was written: every value a text; what is blank was not said. */
export type Written = z.infer<typeof written>;

export type Read = { readonly statement: Statement } | { readonly problems: readonly string[] };

const RESPONSE_WORDS: Readonly<Record<string, OfferResponse>> = {
  accepted: 'Accepted',
  accept: 'Accepted',
  rejected: 'Rejected',
  reject: 'Rejected',
  declined: 'Rejected',
};
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * Reads one statement as it was written; every problem of it in words, or what it says.
 * @param now epoch milliseconds: nothing is said in the future, and what names no time is said now
 */
export function readStatement(given: Written, rules: FeedbackRules, now: number): Read {
  const problems: string[] = [];
  const refuse = (problem: string): null => {
    problems.push(problem);
    return null;
  };
  const say = (name: ColumnName): string | null => {
    const value = given[name]?.trim() ?? '';
    if (value === '') return null;
    const most = LENGTHS[name] ?? OTHERWISE;
    if (value.length > most) return refuse(`${name} has ${value.length} characters, ${most} at most are kept`);
    if (value.includes('\u0000')) return refuse(`${name} has a character in it that is no text`);
    return value;
  };
  const oneOf = <T>(name: ColumnName, find: (word: string) => T | null | undefined, known: readonly string[]) => {
    const word = say(name);
    if (word === null) return null;
    const near = suggestion(word, known);
    return find(word) ?? refuse(`${name} is "${word}": ${near ?? `it is one of ${known.join(', ')}`}`);
  };
  const codes = rules.reasons.map(({ code }) => code);
  const response = oneOf('response', (word) => RESPONSE_WORDS[fold(word)], ['accepted', 'rejected']);
  const reason = oneOf('reason', rules.reasonOf, codes);
  const stage = oneOf(
    'stage',
    rules.stageOf,
    rules.stages.map(({ name }) => name),
  );
  const back = rules.nurture.map(({ code }) => code);
  const backFor = oneOf('nurture', rules.reasonOf, back);
  const nurture =
    backFor === null || rules.nurture.includes(backFor)
      ? backFor
      : refuse(`a lead is not handed back for ${backFor.code}: the reasons for that are ${back.join(', ')}`);
  const measures = Object.fromEntries(
    MEASURES.flatMap((name) => {
      const mark = oneOf(name, (word) => MARKS.find((each) => each === fold(word)), MARKS);
      return mark === null ? [] : [[name, mark]];
    }),
  ) as Statement['measures'];
  const outcomeKind = oneOf('outcome', (word) => OUTCOMES.find((each) => each === fold(word)), OUTCOMES);
  const value = readValue(say('value'), say('currency'), refuse);
  const competitor = say('competitor');
  const nextText = say('next_step');
  const nextBy = readDate(say('next_step_by'), refuse);
  const at = readInstant(say('at'), now, refuse);
  const [offer, lead, partner, note] = [say('offer'), say('lead'), say('partner'), say('note')];

  if (offer === null && lead === null) refuse('it names neither an offer nor a lead');
  if (offer === null && lead !== null && partner === null)
    refuse('it names a lead and no partner: name both, or the offer');
  if (response === 'Rejected' && reason === null && say('reason') === null)
    refuse(`a rejection needs a reason: one of ${codes.join(', ')}`);
  if (response !== 'Rejected' && reason !== null) refuse('a reason goes with the response rejected');
  if (outcomeKind === null && say('outcome') === null && (value !== null || competitor !== null))
    refuse(`${value === null ? 'competitor' : 'value'} goes with an outcome`);
  if (nextText === null && nextBy !== null) refuse('next_step_by goes with a next_step');
  if (response === 'Rejected' && (stage || outcomeKind || nurture || nextText))
    refuse('who rejects a lead has no stage, next step or outcome of it, and cannot hand it back');
  if (nurture !== null && (outcomeKind || nextText))
    refuse('a lead that goes back to marketing has neither an outcome nor a next step');
  const saysNothing =
    !response && !stage && !nextText && !outcomeKind && !nurture && !note && Object.keys(measures).length === 0;
  if (saysNothing && problems.length === 0) refuse('it says nothing about the lead');
  if (problems.length > 0 || at === null) return { problems: [...new Set(problems)] };
  const said = {
    response,
    reason,
    note,
    measures,
    stage,
    nextStep: nextText === null ? null : { text: nextText, by: nextBy },
    outcome: outcomeKind === null ? null : { kind: outcomeKind, competitor, value },
    nurture,
  };
  const own = say('key') ?? idOf('key', contentsOf(said), given.at?.trim() ?? '');
  return { statement: { offer, lead, partner, key: own, at, ...said } };
}

/** Whatever is not a plain object of texts under known names, in words; else null. Case and spaces of names do not matter. */
export function readWritten(given: unknown): { readonly written: Written } | { readonly problems: readonly string[] } {
  const parsed = z.record(z.string(), z.string().nullable()).safeParse(given);
  if (!parsed.success)
    return { problems: ['a statement is an object of texts, such as {"offer": "of_…", "response": "accepted"}'] };
  const problems: string[] = [];
  const written: Written = {};
  for (const [name, value] of Object.entries(parsed.data)) {
    const column = columnOf(name);
    if (column === null) problems.push(unknownColumn(name));
    else if (value !== null) written[column] = value;
  }
  return problems.length > 0 ? { problems } : { written };
}

/** The name that a column goes by, however its words are parted: "Right person" is right_person. */
export function columnOf(name: string): ColumnName | null {
  const plain = fold(name).replaceAll(' ', '_');
  return COLUMNS.find((each) => each === plain) ?? null;
}

function unknownColumn(name: string): string {
  return `"${name}" is none of the names that are read: ${suggestion(fold(name).replaceAll(' ', '_'), COLUMNS) ?? COLUMNS.join(', ')}`;
}

/** What a statement says, without when and of whom, as one text: two that say the same have the same. */
export function contentsOf(said: Omit<Statement, 'offer' | 'lead' | 'partner' | 'key' | 'at'>): string {
  const { response, reason, note, measures, stage, nextStep, outcome, nurture } = said;
  return JSON.stringify([
    response,
    reason?.code ?? null,
    note,
    MEASURES.map((name) => measures[name] ?? null),
    stage?.name ?? null,
    nextStep?.text ?? null,
    nextStep?.by ?? null,
    outcome?.kind ?? null,
    outcome?.competitor ?? null,
    outcome?.value ? `${decimalOf(outcome.value)} ${outcome.value.currency}` : null,
    nurture?.code ?? null,
  ]);
}

type Refuse = (problem: string) => null;

/** Above this no deal reaches in any currency; it is a mistake, or somebody trying what is taken. */
const LARGEST_MINOR = 10n ** 15n;

/** Amounts are plain decimals with a point: "1.234" and "1,234" mean different things to different people, so neither is guessed at. */
function readValue(value: string | null, currency: string | null, refuse: Refuse): Money | null {
  if (value === null) return currency === null ? null : refuse('currency goes with a value');
  if (currency === null) return refuse('a value needs its currency, such as EUR');
  const code = currency.toUpperCase();
  if (!CURRENCIES.has(code))
    return refuse(`currency is "${currency}": it is an ISO code of three letters, such as EUR`);
  if (!/^\d+(\.\d+)?$/.test(value))
    return refuse(`value is "${value}": write it with a point and nothing else between the digits, like 12500.00`);
  const [, decimals = ''] = value.split('.');
  const digits = exponentOf(code);
  if (decimals.length > digits)
    return refuse(
      digits === 0
        ? `value is "${value}": ${code} has no decimals`
        : `value is "${value}": ${code} has ${digits} decimals at most`,
    );
  const money = moneyFrom(value, code);
  return money !== null && money.minor <= LARGEST_MINOR ? money : refuse(`value is "${value}": it is too large`);
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function readDate(text: string | null, refuse: Refuse): string | null {
  if (text === null) return null;
  if (/^\d{4}-\d\d-\d\d$/.test(text) && isDay(text)) return text;
  return refuse(`next_step_by is "${text}": a date is written like 2026-11-30`);
}

/** An instant with its zone, or a day, of which the end counts (in UTC). */
function readInstant(text: string | null, now: number, refuse: Refuse): string | null {
  if (text === null) return new Date(now).toISOString();
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (day === undefined || !isDay(day))
    return refuse(`at is "${text}": a time is written like 2026-11-30 or 2026-11-30T14:05:00Z`);
  if (time === undefined) {
    const end = Date.parse(`${day}T23:59:59.999Z`);
    if (end - now >= 86_400_000) return refuse(`at is "${text}", which is yet to come`);
    return new Date(Math.min(end, now)).toISOString();
  }
  if (zone === undefined)
    return refuse(`at is "${text}": a time of day needs its zone, like 2026-11-30T14:05:00+01:00`);
  const instant = Date.parse(`${day}T${time}${zone}`);
  if (Number.isNaN(instant)) return refuse(`at is "${text}": there is no such time`);
  if (instant > now) return refuse(`at is "${text}", which is yet to come`);
  return new Date(instant).toISOString();
}
