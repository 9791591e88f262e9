import type { PersonFacts } from '../../model/person.ts';

/** A fact of a lead for people to read. */
export interface Essential {
  readonly name: string;
  readonly value: string;
}

/**
 * What a partner may see of a lead before it accepts: what it takes to decide, and nothing that tells who the person is.
 * Name, company, domain, address and telephone are for the partner that has accepted.
 */
export function essentialsOf(person: PersonFacts, grade: string | null): Essential[] {
  const known = (name: string, value: string | number | null): Essential[] =>
    value === null || value === '' ? [] : [{ name, value: String(value) }];
  return [
    ...known('Product', person.product),
    ...known('Country', person.country),
    ...known('Industry', person.industry),
    ...known('Employees', person.employees),
    ...known('Role', person.title),
    ...known('Grade', grade),
  ];
}
