import { describe, expect, test } from '@jest/globals';
import { personFacts } from '../../src/leads/person-facts.ts';
import type { EntityValue } from '../../src/mapping/entities.ts';
import { EMPTY_PERSON, personOf, storedPerson } from '../../src/model/person.ts';

const source = (recordId: string, value: Partial<EntityValue<'person'>>, rank = 0) => ({
  rank,
  recordId,
  value: { ...EMPTY_PERSON, emails: [], company: null, website: null, ...value },
  company: null,
});

describe('what is known of a person', () => {
  test('has its place from one record: halves of two would name a place where nobody is', () => {
    const facts = personFacts([
      source('1', { latitude: 52.5, longitude: null, city: 'Berlin' }),
      source('2', { latitude: 48.1, longitude: 11.6, city: 'Munich', language: 'de' }, 1),
    ]);
    expect(facts).toMatchObject({ latitude: 48.1, longitude: 11.6, city: 'Berlin', language: 'de' });
  });

  test('has the furthest stage of its records, a converted one counting only where no other states one', () => {
    const lead = { ...source('1', { stage: 'mql' }), isConverted: true };
    expect(personFacts([lead, source('2', { stage: 'lead' }), source('3', { stage: 'subscriber' })]).stage).toBe(
      'lead',
    );
    expect(personFacts([lead, source('2', { stage: null })]).stage).toBe('mql');
    expect(personFacts([{ ...lead, isConverted: false }, source('2', { stage: 'lead' })]).stage).toBe('mql');
  });

  test('is stored without the facts that few CRMs keep where none of them is known, and read again whole', () => {
    const common = { ...EMPTY_PERSON, firstName: 'Anna' };
    expect(Object.keys(storedPerson(common))).not.toContain('language');
    expect(personOf(storedPerson(common))).toEqual(common);
    const located = { ...common, latitude: 0, longitude: 0 };
    expect(storedPerson(located)).toEqual(located);
    expect(personOf(JSON.parse(JSON.stringify(storedPerson(located))))).toEqual(located);
  });
});
