import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, openPortal, type TestPortal } from './portal.ts';

let portal: TestPortal;
const ids: string[] = [];

const PEOPLE = [
  {
    email: 'ann@acme.example',
    firstname: 'Ann',
    lastname: 'Archer',
    jobtitle: 'Head of IT',
    lifecyclestage: 'lead',
    numemployees: '5-25',
  },
  {
    email: 'bob@acme.example',
    firstname: 'Bob',
    lastname: 'Baker',
    jobtitle: 'head of sales',
    lifecyclestage: 'customer',
  },
  { email: 'cyd@other.example', firstname: 'Cyd', lastname: 'Archer', lifecyclestage: 'lead', hubspotscore: '12.5' },
  { email: 'dee@other.example', firstname: 'dee', hubspotscore: '7', lifecyclestage: 'marketingqualifiedlead' },
];

beforeAll(async () => {
  portal = await openPortal();
  for (const person of PEOPLE) {
    ids.push(await portal.make('contacts', person));
    portal.clock.advance(1000);
  }
});
afterAll(() => portal.sandbox.close());

const search = (body: unknown, at = portal): Promise<Answer> =>
  at.call('POST', '/crm/v3/objects/contacts/search', body);

/** First names found by one group of filters. */
async function names(...filters: object[]): Promise<string[]> {
  const { body } = await search({ filterGroups: [{ filters }], properties: ['firstname'] });
  return body.results.map((row: { properties: { firstname: string } }) => row.properties.firstname);
}

const filter = (propertyName: string, operator: string, value?: unknown): object =>
  Array.isArray(value)
    ? { propertyName, operator, values: value }
    : { propertyName, operator, ...(value === undefined ? {} : { value }) };

describe('search', () => {
  test('text compares without regard to case; IN wants lower-case values; enumerations compare exactly', async () => {
    expect(await names(filter('firstname', 'EQ', 'ANN'))).toEqual(['Ann']);
    expect(await names(filter('firstname', 'IN', ['ann', 'dee']))).toEqual(['Ann', 'dee']);
    expect(await names(filter('firstname', 'IN', ['Ann']))).toEqual([]);
    expect(await names(filter('lifecyclestage', 'EQ', 'LEAD'))).toEqual([]);
    expect(await names(filter('lifecyclestage', 'IN', ['lead', 'customer']))).toEqual(['Ann', 'Bob', 'Cyd']);
    expect(await names(filter('lifecyclestage', 'NOT_IN', ['lead', 'customer']))).toEqual(['dee']);
  });

  test('presence, numbers, tokens and wildcards', async () => {
    expect(await names(filter('lastname', 'HAS_PROPERTY'))).toEqual(['Ann', 'Bob', 'Cyd']);
    expect(await names(filter('lastname', 'NOT_HAS_PROPERTY'))).toEqual(['dee']);
    expect(await names(filter('lastname', 'NEQ', 'archer'))).toEqual(['Bob']);
    expect(await names(filter('hubspotscore', 'GT', '9'))).toEqual(['Cyd']);
    expect(await names({ propertyName: 'hubspotscore', operator: 'BETWEEN', value: '7', highValue: '12.5' })).toEqual([
      'Cyd',
      'dee',
    ]);
    expect(await names(filter('jobtitle', 'CONTAINS_TOKEN', 'Head of'))).toEqual(['Ann', 'Bob']);
    expect(await names(filter('email', 'CONTAINS_TOKEN', '*@acme.example'))).toEqual(['Ann', 'Bob']);
    expect(await names(filter('jobtitle', 'NOT_CONTAINS_TOKEN', 'sales'))).toEqual(['Ann', 'Cyd', 'dee']);
  });

  test('groups are alternatives, the query text looks into names and addresses', async () => {
    const either = await search({
      filterGroups: [{ filters: [filter('firstname', 'EQ', 'ann')] }, { filters: [filter('firstname', 'EQ', 'cyd')] }],
    });
    expect(either.body.total).toBe(2);
    expect((await search({ query: 'ARCHER other' })).body.results.map((row: { id: string }) => row.id)).toEqual([
      ids[2],
    ]);
  });

  test('one sort, either way, in either form; records without the value come last', async () => {
    const sorted = async (sort: unknown): Promise<string[]> => {
      const { body } = await search({ sorts: [sort], properties: ['lastname'] });
      return body.results.map((row: { id: string }) => row.id);
    };
    expect(await sorted('lastname')).toEqual([ids[0], ids[2], ids[1], ids[3]]);
    expect(await sorted({ propertyName: 'lastname', direction: 'DESCENDING' })).toEqual([
      ids[1],
      ids[0],
      ids[2],
      ids[3],
    ]);
    expect(await sorted('-createdate')).toEqual([...ids].reverse());
    expect((await search({ sorts: ['lastname', 'email'] })).status).toBe(400);
  });

  test('associations are searched by the pseudo-property', async () => {
    const company = await portal.make('companies', { name: 'Acme' });
    await portal.call('PUT', `/crm/v4/objects/contacts/${ids[1]}/associations/default/companies/${company}`);
    expect(await names(filter('associations.company', 'EQ', company))).toEqual(['Bob']);
  });

  test('pages by integer after, up to the total', async () => {
    const first = await search({ limit: 3 });
    expect(first.body).toMatchObject({ total: 4, paging: { next: { after: '3' } } });
    const second = await search({ limit: 3, after: first.body.paging.next.after });
    expect(second.body.results.map((row: { id: string }) => row.id)).toEqual([ids[3]]);
    expect(second.body.paging).toBeUndefined();
  });

  test('the limits of a search are 400s', async () => {
    const one = filter('firstname', 'EQ', 'x');
    const bad = [
      { limit: 201 },
      { after: '10000' },
      { after: 'soon' },
      { filterGroups: Array.from({ length: 6 }, () => ({ filters: [one] })) },
      { filterGroups: [{ filters: Array.from({ length: 7 }, () => one) }] },
      { filterGroups: Array.from({ length: 4 }, () => ({ filters: Array.from({ length: 5 }, () => one) })) },
      { query: 'x'.repeat(3001) },
      { filterGroups: [{ filters: [filter('nothing', 'EQ', '1')] }] },
      { filterGroups: [{ filters: [filter('firstname', 'LIKE', '1')] }] },
      { filterGroups: [{ filters: [filter('firstname', 'EQ')] }] },
      { filterGroups: [{ filters: [filter('createdate', 'GT', 'yesterday')] }] },
      { sorts: ['nothing'] },
    ];
    for (const body of bad) expect({ body, status: (await search(body)).status }).toEqual({ body, status: 400 });
    expect((await search({ limit: 200, after: '9999' })).status).toBe(200);
  });

  test('archived records are not found', async () => {
    const id = await portal.make('contacts', { firstname: 'Gone' });
    await portal.call('DELETE', `/crm/v3/objects/contacts/${id}`);
    expect(await names(filter('firstname', 'EQ', 'Gone'))).toEqual([]);
  });

  test('with a lag, search shows a record as it was that long ago', async () => {
    const slow = await openPortal({ searchLagMs: 5_000 });
    const named = async (): Promise<(string | null)[]> => {
      const { body } = await search({ properties: ['firstname'] }, slow);
      return body.results.map((row: { properties: { firstname: string } }) => row.properties.firstname);
    };
    const id = await slow.make('contacts', { firstname: 'Before' });
    expect(await named()).toEqual([]);
    slow.clock.advance(6_000);
    expect(await named()).toEqual(['Before']);
    await slow.call('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { firstname: 'After' } });
    expect(await named()).toEqual(['Before']);
    slow.clock.advance(6_000);
    expect(await named()).toEqual(['After']);
    await slow.call('DELETE', `/crm/v3/objects/contacts/${id}`);
    expect(await named()).toEqual(['After']);
    slow.clock.advance(6_000);
    expect(await named()).toEqual([]);
    await slow.sandbox.close();
  });

  test('keyset paging by (modified time, id) finds exactly the records changed since, whatever was written in between', async () => {
    const step = fc.record({ at: fc.nat(19), wait: fc.constantFrom(0, 0, 1, 50), remove: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.nat(24),
        fc.integer({ min: 1, max: 4 }),
        async (steps, mark, limit) => {
          const own = await openPortal();
          const made: string[] = [];
          for (let at = 0; at < 20; at++) made.push(await own.make('companies', { name: `n${at}` }));
          let since = own.clock.now();
          const changed = new Set<string>();
          for (const [number, { at, wait, remove }] of steps.entries()) {
            own.clock.advance(wait);
            if (number === mark) {
              own.clock.advance(5);
              since = own.clock.now();
              changed.clear();
            }
            const id = made[at] as string;
            if (remove && number % 5 === 0) {
              await own.call('DELETE', `/crm/v3/objects/companies/${id}`);
              changed.delete(id);
            } else {
              const { status } = await own.call('PATCH', `/crm/v3/objects/companies/${id}`, {
                properties: { name: `v${number}` },
              });
              if (status === 200) changed.add(id);
            }
          }
          const found: string[] = [];
          for (let last = '0'; ; ) {
            const filters = [filter('hs_lastmodifieddate', 'GTE', String(since)), filter('hs_object_id', 'GT', last)];
            const { body } = await own.call('POST', '/crm/v3/objects/companies/search', {
              filterGroups: [{ filters }],
              sorts: ['hs_object_id'],
              limit,
            });
            if (body.results.length === 0) break;
            found.push(...body.results.map((row: { id: string }) => row.id));
            last = found.at(-1) as string;
          }
          const expected =
            steps.length > mark ? changed : new Set([...changed, ...found.filter((id) => made.includes(id))]);
          expect(found).toEqual([...new Set(found)].sort((a, b) => Number(a) - Number(b)));
          expect(new Set(found)).toEqual(expected);
          await own.sandbox.close();
        },
      ),
      { numRuns: 12 },
    );
  });
});
