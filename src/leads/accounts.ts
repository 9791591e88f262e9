import type { PersonFacts } from '../model/person.ts';
import { companyKey } from './matching/company-key.ts';
import type { AccountsConfig } from './routing-schema.ts';
import { fold } from './text.ts';

/** A list of companies whose leads are reserved. */
export interface NamedAccounts {
  readonly name: string;
  /** What the partner is called that gets them; null: the direct team. */
  readonly partner: string | null;
}

export interface Accounts {
  readonly byDomain: ReadonlyMap<string, NamedAccounts>;
  /** By the key of the company's name (see companyKey): legal forms, accents and the order of words do not matter. */
  readonly byCompany: ReadonlyMap<string, NamedAccounts>;
}

/** Of a company that stands in several lists the first counts. */
export function compileAccounts(lists: readonly AccountsConfig[]): Accounts {
  const [byDomain, byCompany] = [new Map<string, NamedAccounts>(), new Map<string, NamedAccounts>()];
  for (const list of lists) {
    const accounts = { name: list.name, partner: list.for === 'direct' ? null : list.for.partner };
    for (const domain of list.domains) setOnce(byDomain, domain.toLowerCase(), accounts);
    for (const company of list.companies) setOnce(byCompany, companyKey(company) ?? fold(company), accounts);
  }
  return { byDomain, byCompany };
}

/** The list that reserves the leads of a person's company, or null. */
export function reservedAccount(accounts: Accounts, person: PersonFacts): NamedAccounts | null {
  const { domain, companyName } = person;
  const byDomain = domain === null ? undefined : accounts.byDomain.get(domain.toLowerCase());
  if (byDomain || companyName === null || accounts.byCompany.size === 0) return byDomain ?? null;
  return accounts.byCompany.get(companyKey(companyName) ?? fold(companyName)) ?? null;
}

function setOnce(map: Map<string, NamedAccounts>, key: string, accounts: NamedAccounts): void {
  if (!map.has(key)) map.set(key, accounts);
}
