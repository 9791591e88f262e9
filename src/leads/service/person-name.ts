import type { PersonFacts } from '../../model/person.ts';

/** What a person is called on pages: first and last name, else the e-mail address. */
export function personName(facts: Pick<PersonFacts, 'firstName' | 'lastName' | 'email'>): string {
  const name = [facts.firstName, facts.lastName].filter((part) => part !== null && part.trim() !== '').join(' ');
  return name.trim() || facts.email || '(no name)';
}
