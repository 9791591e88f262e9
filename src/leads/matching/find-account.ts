/** Lead to account: which of many companies a record belongs to. Pure; the index is made once and asked for every record. */
import { NameIndex } from './blocking.ts';
import { readCompanyName } from './company-name.ts';
import type { CompanyRecord } from './evidence.ts';
import { type Corpus, matchCompanies, type PreparedCompany, prepareCompany, type Verdict } from './match-companies.ts';
import type { MatchRules } from './match-config.ts';
import { placesIn } from './name-address.ts';
import { rarityIn } from './rarity.ts';

export interface AccountMatch {
  readonly accountId: string;
  readonly verdict: Verdict;
}

/** `match`: one account, beyond doubt; `review`: a person chooses among these, the likeliest first; `none`: it is no account. */
export type AccountAnswer =
  | { readonly kind: 'match'; readonly account: AccountMatch }
  | { readonly kind: 'review'; readonly accounts: readonly AccountMatch[]; readonly why: string }
  | { readonly kind: 'none' };

/** So many accounts are compared with a record by its name, the most telling keys first. */
const COMPARED = 12;
/** Domains and numbers that more accounts have (a franchise, a switchboard) do not lead to any of them. */
const MOST_A_TRAIT = 20;
/** A person is shown no more accounts than this. */
const SHOWN = 5;

/** What a corpus of names tells of its words; names of accounts are taken for companies of their own. */
function corpusOf(names: readonly string[]): Corpus {
  const context = { places: placesIn(names) };
  return { names: context, rarity: rarityIn(names.map((name) => [readCompanyName(name, context)])) };
}

export class AccountIndex {
  readonly #accounts: readonly PreparedCompany[];
  readonly #names = new NameIndex();
  readonly #traits = new Map<string, number[]>();
  readonly #rules: MatchRules;
  readonly #corpus: Corpus;

  constructor(accounts: readonly CompanyRecord[], rules: MatchRules, corpus?: Corpus) {
    this.#rules = rules;
    this.#corpus = corpus ?? corpusOf(accounts.flatMap(({ name }) => (name === null ? [] : [name])));
    this.#accounts = accounts.map((account) => prepareCompany(account, this.#corpus));
    for (const [n, account] of this.#accounts.entries()) {
      if (account.name !== null) this.#names.add(n, account.name);
      for (const key of traitKeys(account)) {
        const list = this.#traits.get(key);
        if (list === undefined) this.#traits.set(key, [n]);
        else list.push(n);
      }
    }
  }

  /** The accounts that a record may belong to, the likeliest first; those beyond doubt different are left out. */
  matches(record: CompanyRecord): AccountMatch[] {
    const prepared = prepareCompany(record, this.#corpus);
    return this.#candidates(prepared)
      .map((n): AccountMatch => {
        const account = this.#accounts[n] as PreparedCompany;
        return {
          accountId: account.record.id,
          verdict: matchCompanies(prepared, account, this.#rules, this.#corpus),
        };
      })
      .filter(({ verdict }) => verdict.zone !== 'different')
      .sort(
        (a, b) =>
          b.verdict.probability - a.verdict.probability ||
          (a.accountId < b.accountId ? -1 : a.accountId > b.accountId ? 1 : 0),
      );
  }

  /** The account of a record. Two accounts that both look the same are a doubt, not a choice. */
  find(record: CompanyRecord): AccountAnswer {
    const found = this.matches(record);
    const sure = found.filter(({ verdict }) => verdict.zone === 'same');
    const [first] = sure;
    if (first !== undefined && sure.length === 1) return { kind: 'match', account: first };
    if (found.length === 0) return { kind: 'none' };
    const why =
      sure.length > 1
        ? `${sure.length} accounts look like the same company`
        : 'an account looks like it, but not surely';
    return { kind: 'review', accounts: found.slice(0, SHOWN), why };
  }

  #candidates(prepared: PreparedCompany): number[] {
    const found = new Set<number>();
    for (const key of traitKeys(prepared)) {
      const list = this.#traits.get(key) ?? [];
      if (list.length <= MOST_A_TRAIT) for (const n of list) found.add(n);
    }
    if (prepared.name !== null) for (const n of this.#names.candidates(prepared.name, COMPARED)) found.add(n);
    return [...found];
  }
}

function traitKeys({ traits: { domain, phone } }: PreparedCompany): string[] {
  return [...(domain === null ? [] : [`d${domain}`]), ...(phone === null ? [] : [`p${phone}`])];
}
