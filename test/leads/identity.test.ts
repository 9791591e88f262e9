import { describe, expect, test } from '@jest/globals';
import {
  type Candidate,
  domainOf,
  type IdentityRecord,
  identify,
  isSharedMailbox,
  nameKey,
  normaliseEmail,
} from '../../src/leads/identity.ts';
import { compileIntake } from '../../src/leads/intake.ts';
import { compareNames } from '../../src/leads/names.ts';
import { shipped } from './fixtures.ts';

const rules = compileIntake(...shipped('intake'));

interface Known {
  readonly id: string;
  readonly name: string;
  readonly crossIds?: readonly string[];
  readonly emails?: readonly string[];
  readonly domain?: string;
}

function nameOf(full: string) {
  const [firstName = null, lastName = null] = full === '' ? [] : full.split(' ');
  return { firstName, lastName };
}

/** Who a record is, among people who are known. */
function who(record: Omit<Known, 'id'>, known: readonly Known[]) {
  const as = (persons: readonly Known[]): Candidate[] =>
    persons.map(({ id, name }) => ({ personId: id, ...nameOf(name) }));
  const { firstName, lastName } = nameOf(record.name);
  const given: IdentityRecord = {
    crossIds: record.crossIds ?? [],
    emails: record.emails ?? [],
    nameKey: nameKey(firstName, lastName, record.domain ?? null),
    firstName,
    lastName,
  };
  return identify(
    given,
    {
      byCrossId: (id) => as(known.filter(({ crossIds }) => crossIds?.includes(id))),
      byEmail: (email) => as(known.filter(({ emails }) => emails?.includes(email))),
      byNameKey: (key) =>
        as(
          known.filter(
            ({ name, domain }) => nameKey(nameOf(name).firstName, nameOf(name).lastName, domain ?? null) === key,
          ),
        ),
    },
    rules,
  );
}

const anna = { id: 'pe_a', name: 'Anna Schmidt', crossIds: ['sf/Lead/1'], emails: ['anna@acme.de'], domain: 'acme.de' };
const bob = { id: 'pe_b', name: 'Bob Jones', crossIds: ['sf/Lead/2'], emails: ['bob@acme.de'], domain: 'acme.de' };

describe('identifying a record', () => {
  test('that nothing ties to anybody makes a new person', () => {
    expect(who({ name: 'Eve Novak', emails: ['eve@x.de'], domain: 'x.de' }, [anna, bob])).toEqual({ kind: 'new' });
  });

  test.each([
    ['a cross id', { name: 'Anna Schmidt', crossIds: ['sf/Lead/1'] }, 'cross id'],
    ['a secondary address', { name: '', emails: ['other@gmail.com', 'anna@acme.de'] }, 'e-mail'],
    ['name and company', { name: 'ANNA Schmidt', domain: 'acme.de' }, 'name and company'],
    ['a cross id in spite of a new last name', { name: 'Anna Weber', crossIds: ['sf/Lead/1'] }, 'cross id'],
    ['an address in spite of a nickname', { name: 'Änni Schmidt', emails: ['anna@acme.de'] }, 'e-mail'],
    ['an address where one has no name', { name: '', emails: ['anna@acme.de'] }, 'e-mail'],
  ])('by %s', (_, record, by) => {
    expect(who(record, [anna, bob])).toEqual({ kind: 'match', personId: 'pe_a', by });
  });

  test('doubts a cross id when the name is entirely another, unless a personal address confirms it', () => {
    expect(who({ name: 'Eve Novak', crossIds: ['sf/Lead/1'] }, [anna])).toMatchObject({
      kind: 'review',
      candidates: ['pe_a'],
    });
    expect(who({ name: 'Eve Novak', crossIds: ['sf/Lead/1'], emails: ['anna@acme.de'] }, [anna])).toMatchObject({
      kind: 'match',
    });
  });

  test('sends a personal address with an entirely different name to review', () => {
    expect(who({ name: 'Eve Novak', emails: ['anna@acme.de'], domain: 'x.de' }, [anna])).toMatchObject({
      kind: 'review',
      candidates: ['pe_a'],
      why: expect.stringContaining('entirely different name'),
    });
  });

  test('lets name and company decide where an address contradicts the name', () => {
    const record = { name: 'Bob Jones', emails: ['anna@acme.de'], domain: 'acme.de' };
    expect(who(record, [anna, bob])).toEqual({ kind: 'match', personId: 'pe_b', by: 'name and company' });
  });

  test('brings two persons together whom a record shows to be one', () => {
    const again = { id: 'pe_c', name: 'A. Schmidt', emails: ['as@gmail.com'] };
    const record = { name: 'Anna Schmidt', emails: ['as@gmail.com', 'anna@acme.de'] };
    expect(who(record, [anna, again])).toEqual({ kind: 'merge', personIds: ['pe_a', 'pe_c'], by: 'e-mail' });
  });

  test('does not bring together persons whose names contradict', () => {
    const record = { name: '', crossIds: ['sf/Lead/1', 'sf/Lead/2'] };
    expect(who(record, [anna, bob])).toMatchObject({ kind: 'review', candidates: ['pe_a', 'pe_b'] });
  });

  test('does not choose between two persons of one name at one company', () => {
    const namesake = { id: 'pe_c', name: 'Anna Schmidt', domain: 'acme.de' };
    expect(who({ name: 'Anna Schmidt', domain: 'acme.de' }, [anna, namesake])).toMatchObject({ kind: 'review' });
  });
});

describe('a shared mailbox', () => {
  const reader = { ...anna, emails: ['info@acme.de'] };

  test('counts when the name agrees', () => {
    expect(who({ name: 'Anna Schmidt', emails: ['info@acme.de'] }, [reader])).toMatchObject({
      kind: 'match',
      by: 'e-mail',
    });
    expect(who({ name: 'A. Schmidt', emails: ['info@acme.de'] }, [reader])).toMatchObject({ kind: 'match' });
  });

  test('goes to review when no name agrees or none is known', () => {
    expect(who({ name: 'Eve Novak', emails: ['info@acme.de'] }, [reader])).toMatchObject({
      kind: 'review',
      candidates: ['pe_a'],
    });
    expect(who({ name: '', emails: ['info@acme.de'] }, [reader])).toMatchObject({ kind: 'review' });
    expect(who({ name: 'Anna Weber', emails: ['info@acme.de'] }, [reader])).toMatchObject({ kind: 'review' });
  });

  test('does not hinder a match by name and company', () => {
    const record = { name: 'Bob Jones', emails: ['info@acme.de'], domain: 'acme.de' };
    expect(who(record, [reader, bob])).toEqual({ kind: 'match', personId: 'pe_b', by: 'name and company' });
  });

  test('is also any address that two differently named persons hold', () => {
    const both = [
      { ...anna, emails: ['x@acme.de'] },
      { ...bob, emails: ['x@acme.de'] },
    ];
    expect(who({ name: 'Bob Jones', emails: ['x@acme.de'] }, both)).toMatchObject({ kind: 'match', personId: 'pe_b' });
    expect(who({ name: 'Eve Novak', emails: ['x@acme.de'] }, both)).toMatchObject({
      kind: 'review',
      candidates: ['pe_a', 'pe_b'],
    });
  });

  test.each([
    ['info@acme.de', true],
    ['info-de@acme.de', true],
    ['sales.emea@acme.de', true],
    ['infante@acme.de', false],
    ['anna@info.de', false],
  ])('%s: %s', (email, expected) => {
    expect(isSharedMailbox(email, rules)).toBe(expected);
  });
});

describe('names', () => {
  test.each([
    ['Jürgen Müller', 'JUERGEN Mueller', 'same'],
    ['Łukasz Wójcik', 'LUKASZ Wojcik', 'same'],
    ['Dr.Anna Schmidt', 'Anna Schmidt', 'same'],
    ['A. Schmidt', 'Anna Schmidt', 'close'],
    ['Schmidt Anna', 'Anna Schmidt', 'close'],
    ['Anna Schmitdt', 'Anna Schmidt', 'close'],
    ['Anna Weber', 'Anna Schmidt', 'partly'],
    ['Bob Schmidt', 'Anna Schmidt', 'partly'],
    ['Bob Jones', 'Anna Schmidt', 'different'],
    ['Anna', 'Anna Schmidt', 'unknown'],
    ['Bob', 'Anna Schmidt', 'different'],
    ['', 'Anna Schmidt', 'unknown'],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(compareNames(nameOf(a), nameOf(b))).toBe(expected);
    expect(compareNames(nameOf(b), nameOf(a))).toBe(expected);
  });

  test('make one key with the company whatever their spelling, and none where a part is missing', () => {
    expect(nameKey('Jörg M.', 'Groß', 'acme.de')).toBe(nameKey(' joerg', 'GROSS', 'acme.de'));
    expect(nameKey('Jörg', null, 'acme.de')).toBeNull();
    expect(nameKey('Jörg', 'Groß', null)).toBeNull();
  });
});

describe('addresses and domains', () => {
  test.each([
    ['  Anna@ACME.de ', 'anna@acme.de'],
    ['Anna Schmidt <mailto:Anna@Acme.de>', 'anna@acme.de'],
    ['anna@acme', null],
    ['anna acme.de', null],
    ['a@b@c.de', null],
    ['', null],
    [null, null],
  ])('"%s" is the address %s', (raw, expected) => {
    expect(normaliseEmail(raw)).toBe(expected);
  });

  test.each([
    ['anna@mail.acme.co.uk', 'acme.co.uk'],
    ['https://www.acme.com.pl/kontakt?x=a@b', 'acme.com.pl'],
    ['www.ACME.swiss', 'acme.swiss'],
    ['anna@gmail.com', null],
    ['gmx.net', null],
    ['localhost', null],
    ['http://10.0.0.1/', null],
    ['', null],
    [null, null],
  ])('"%s" belongs to the company domain %s', (text, expected) => {
    expect(domainOf(text, rules)).toBe(expected);
  });

  test('the file can call a domain free mail, or a company in spite of the list', () => {
    const own = { ...rules, freeMail: new Set(['acme.de']), companyDomains: new Set(['gmx.net']) };
    expect(domainOf('a@acme.de', own)).toBeNull();
    expect(domainOf('a@gmx.net', own)).toBe('gmx.net');
  });
});
