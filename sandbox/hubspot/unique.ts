import { HubSpotError, invalid } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Row, Values } from './records.ts';

/** Unique values that writes of the same batch have taken already: "property\nvalue" > what holds it. */
export type Claims = Map<string, string>;

/** The unique values of a record: [property, value]. A contact is known by each of its addresses. */
export function identities(portal: Portal, type: ObjectType, values: Readonly<Values>): [string, string][] {
  const found: [string, string][] = [];
  for (const name of portal.properties(type).uniqueNames) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) found.push([name, value]);
  }
  if (type.name === 'contacts') {
    for (const address of addresses(values.hs_additional_emails)) found.push(['email', address]);
  }
  return found;
}

const addresses = (list: string | undefined): string[] =>
  (list ?? '')
    .split(';')
    .map((address) => address.trim().toLowerCase())
    .filter((address) => address !== '');

/** Refuses a value that another record, or another input of the batch, holds; else claims it for this write. */
export function checkUnique(
  portal: Portal,
  type: ObjectType,
  row: Row | null,
  changes: ReadonlyMap<string, string | null>,
  claims: Claims,
): void {
  const written: Values = {};
  for (const [name, value] of changes) if (value !== null) written[name] = value;
  const mine = identities(portal, type, written);
  for (const [property, value] of mine) {
    const holder = portal.records(type).byUnique(property, value);
    const claimed = claims.get(`${property}\n${value}`);
    const other =
      holder !== undefined && holder !== row
        ? holder.key
        : claimed !== undefined && claimed !== row?.key
          ? claimed
          : null;
    if (other === null) continue;
    if (property === 'email') {
      const existing = holder === undefined ? '' : ` Existing ID: ${other}`;
      throw new HubSpotError(409, `Contact already exists.${existing}`, { category: 'CONFLICT' });
    }
    const where = `PropertyValueCoordinates{portalId=${portal.hubId}, objectTypeId=${type.id}, propertyName=${property}, value=${value}}`;
    throw invalid(
      `Cannot set ${where} on ${row?.key ?? 'a new record'}. ${other} already has that value.`,
      'CONFLICTING_UNIQUE_VALUE',
      { propertyName: [property], propertyValue: [value], existingObjectId: [other] },
    );
  }
  for (const [property, value] of mine) claims.set(`${property}\n${value}`, row?.key ?? 'another input of this batch');
}
