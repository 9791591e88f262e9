/** A registration as people, programs and CRMs write it: read, checked, and refused with every reason at once. Pure. */
import { countryCode } from '../mapping/countries.ts';
import { companyDomain } from '../mapping/domains.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { exponentOf, type Money, moneyFrom } from '../model/money.ts';
import type { AccountIdentity } from '../model/registration.ts';
import type { DealRules } from './rules.ts';

/** The names under which a file, a request or a command states something; `partner` and what tells the company are needed. */
export const COLUMNS = [
  'partner',
  'company',
  'domain',
  'country',
  'city',
  'product',
  'amount',
  'currency',
  'closes',
  'opportunity',
  'key',
] as const;
export type Column = (typeof COLUMNS)[number];
export type Written = Readonly<Partial<Record<Column, string>>>;

/** What is registered, checked as far as it can be without looking anything up. */
export interface Application {
  /** As written: an id, a CRM record or a name. */
  readonly partner: string;
  readonly account: AccountIdentity;
  readonly product: string | null;
  readonly amount: Money | null;
  /** Calendar date on which the partner expects to close; null: not said. */
  readonly closes: string | null;
  /** An opportunity by its id in Sluice or in its CRM. */
  readonly opportunity: string | null;
  /** Null: what it says is its key. */
  readonly key: string | null;
}

export interface ReadingRules {
  /** ISO 4217, for amounts that name no currency. */
  readonly currency: string;
  readonly require: DealRules['require'];
  /** Epoch milliseconds. */
  readonly now: number;
}

const LONGEST = 255;
const LONGEST_KEY = 200;
/** In whole units: more than any deal, less than where a slip of the pen shows. */
const LARGEST_DIGITS = 13;
const YEARS_AHEAD = 5;
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const FORMULA = /^[=@\uff1d\uff20]|^[+\-\uff0b\uff0d].*[(!|]/;

/** Reads one registration; blank texts say nothing. */
export function readWritten(
  written: Written,
  rules: ReadingRules,
): { readonly application: Application } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const said = (column: Column): string | null => {
    const text = (written[column] ?? '').replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
    if (text === '') return null;
    if (FORMULA.test(text) && !isNumber(text)) {
      problems.push(`${column} begins like a formula of a spreadsheet: write the value itself`);
      return null;
    }
    const most = column === 'key' ? LONGEST_KEY : LONGEST;
    if (text.length <= most) return text;
    problems.push(`${column} has ${text.length} characters, at most ${most} are taken`);
    return null;
  };
  const partner = said('partner');
  if (partner === null && problems.length === 0) problems.push('the partner is missing');
  const account = accountOf(said, problems);
  const amount = amountOf(said('amount'), said('currency'), rules.currency, problems);
  const closes = closesOf(said('closes'), rules.now, problems);
  const [product, opportunity, key] = [said('product'), said('opportunity'), said('key')];
  const has = { amount, product, country: account.country, opportunity };
  for (const column of rules.require)
    if (has[column] === null && !problems.some((problem) => problem.startsWith(column)))
      problems.push(`${column} is missing: deals.yaml requires it`);
  if (problems.length > 0 || partner === null) return { problems };
  return { application: { partner, account, product, amount, closes, opportunity, key } };
}

function accountOf(said: (column: Column) => string | null, problems: string[]): AccountIdentity {
  const [name, web, land, city] = [said('company'), said('domain'), said('country'), said('city')];
  const domain = web === null ? null : companyDomain(web);
  const country = land === null ? null : countryCode(land);
  if (land !== null && country === null) problems.push(`country "${land}" is not known: write an ISO code such as DE`);
  if (name === null && domain === null && !problems.some((problem) => /^(company|domain) /.test(problem))) {
    problems.push(
      web === null
        ? 'the account is missing: name the company, or its domain'
        : `the account is missing: "${web}" tells no company, it is no company's own domain`,
    );
  }
  return { name, domain, country, city, record: null };
}

function amountOf(text: string | null, code: string | null, otherwise: string, problems: string[]): Money | null {
  const currency = (code ?? otherwise).toUpperCase();
  if (code !== null && !currencies.has(currency)) {
    problems.push(`currency "${code}" is not known: write an ISO code such as EUR. ${near(currency)}`.trim());
    return null;
  }
  if (text === null) return null;
  const money = isNumber(text) ? moneyFrom(text, currency) : null;
  if (money === null) problems.push(`amount "${text}" is no number: write it as 12500.00`);
  else if (money.minor < 0n) problems.push(`amount ${text} is negative`);
  else if (money.minor >= 10n ** BigInt(LARGEST_DIGITS + exponentOf(currency)))
    problems.push(`amount ${text} is larger than any deal: check it`);
  else return money;
  return null;
}

function near(currency: string): string {
  const hint = suggestion(currency, [...currencies]);
  return hint?.startsWith('did you mean') ? hint : '';
}

function closesOf(text: string | null, now: number, problems: string[]): string | null {
  if (text === null) return null;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const today = new Date(now).toISOString().slice(0, 10);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text)
    problems.push(`closes "${text}" is no date: write it as 2027-03-31`);
  else if (text < today) problems.push(`closes ${text} lies in the past: what is closed cannot be registered`);
  else if (Number(text.slice(0, 4)) > Number(today.slice(0, 4)) + YEARS_AHEAD)
    problems.push(`closes ${text} is more than ${YEARS_AHEAD} years ahead: check it`);
  else return text;
  return null;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d+)?$/.test(text);
}

/** What was registered as one text: the same key with other contents is another registration under a used name. */
export function contentsOf({ partner: _, key: __, ...rest }: Application, partnerId: string): string {
  return JSON.stringify({ partnerId, ...rest }, (_key, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

/** The column meant by a name in a file; null: none. */
export function columnOf(name: string): Column | null {
  const bare = name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '');
  const aliases: Readonly<Record<string, Column>> = {
    account: 'company',
    accountname: 'company',
    companyname: 'company',
    website: 'domain',
    email: 'domain',
    expectedclose: 'closes',
    closedate: 'closes',
  };
  return COLUMNS.find((column) => column === bare) ?? aliases[bare] ?? null;
}
