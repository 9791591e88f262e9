/** What registrations need of the CRMs and of routing.yaml, as plain functions and facts. */
import type { CompanySource, DealPorts, NamedAccount } from '../deals/service/deal-desk.ts';
import type { CompaniesOf } from '../deals/service/told.ts';
import type { Routing } from '../leads/routing.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { appliesTo, readEntity } from '../mapping/read.ts';
import type { AccountIdentity } from '../model/registration.ts';
import type { Rules } from './environment.ts';
import { companyValues } from './person-sources.ts';

/** A connection as far as it says which companies its CRM holds. */
interface Holder {
  readonly name: string;
  readonly mappings: readonly Mapping[];
}

/** Everything that registrations are decided by; null where no deals are registered. */
export function dealPorts(rules: Rules, holders: readonly Holder[], currency: string): DealPorts | null {
  if (rules.deals === undefined) return null;
  return {
    rules: rules.deals.rules,
    matcher: rules.deals.matcher,
    companies: holders.flatMap(sourcesOf),
    named: namedAccounts(rules.routing),
    currency,
    mail: rules.notices?.mail ?? false,
  };
}

/** A partner's own account may be a customer too, so every mapping that reads companies counts. */
function sourcesOf({ name, mappings }: Holder): CompanySource[] {
  return mappings
    .filter(({ entity }) => entity === 'company')
    .map((mapping): CompanySource => {
      const fieldsOf = (...properties: string[]) =>
        mapping.sources.filter(({ property }) => properties.includes(property)).flatMap(({ fields }) => fields);
      return {
        ...{ connection: name, object: mapping.object },
        nameFields: fieldsOf('name'),
        domainFields: [...new Set(fieldsOf('domain', 'website'))],
        read({ id, fields }) {
          const record = { object: mapping.object, id, fields };
          const read = appliesTo(mapping, record) ? readEntity(mapping, record) : null;
          if (read?.entity !== 'company') return null;
          const { value } = read;
          return {
            ...{ name: value.name, domain: value.domain, country: value.country, city: null },
            record: { connection: name, id },
          };
        },
      };
    });
}

/** The companies that routing.yaml reserves, each by its domain or its name. */
function namedAccounts({ accounts }: Routing): NamedAccount[] {
  const nobody: AccountIdentity = { name: null, domain: null, country: null, city: null, record: null };
  const named = (list: { name: string; partner: string | null }, account: Partial<AccountIdentity>): NamedAccount => ({
    ...{ list: list.name, partner: list.partner },
    account: { ...nobody, ...account },
  });
  return [
    ...[...accounts.byDomain].map(([domain, list]) => named(list, { domain })),
    ...[...accounts.byCompany].map(([name, list]) => named(list, { name })),
  ];
}

/** The companies that registrations point to, read by the mappings. */
export function companiesOf(holders: readonly Holder[]): CompaniesOf {
  return async (tx, connection, ids) => {
    const holder = holders.find(({ name }) => name === connection);
    return holder === undefined ? new Map() : companyValues(tx, holder, ids);
  };
}
