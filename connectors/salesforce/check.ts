import type { OrgIdentity } from '../connector.ts';
import type { SalesforceClient } from './client.ts';
import type { Descriptions } from './describe.ts';
import type { Reader } from './read.ts';

/** Who the org is. Only orgs with several currencies say which one is theirs, so that the field is looked for first. */
export async function checkOrg(
  client: SalesforceClient,
  descriptions: Descriptions,
  reader: Reader,
): Promise<OrgIdentity> {
  const description = await descriptions.fetch('Organization', 'check');
  const names = new Set(description?.fields.map(({ name }) => name));
  const currencyField = 'DefaultCurrencyIsoCode';
  const columns = ['Id', 'Name', ...(names.has(currencyField) ? [currencyField] : [])];
  const [row] = await reader.allRows('check', 'query', `SELECT ${columns.join(', ')} FROM Organization`);
  const currency = row?.[currencyField];
  return {
    orgId: typeof row?.Id === 'string' ? row.Id : await client.orgId(),
    name: typeof row?.Name === 'string' ? row.Name : 'Salesforce org',
    ...(typeof currency === 'string' && currency !== '' ? { currency } : {}),
  };
}
