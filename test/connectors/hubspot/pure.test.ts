import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WriteRow } from '../../../connectors/connector.ts';
import { advance, type Place, toCursor, toPlace } from '../../../connectors/hubspot/cursor.ts';
import { toField } from '../../../connectors/hubspot/describe.ts';
import { judge, parseProblem, toProblem } from '../../../connectors/hubspot/failure.ts';
import { difference } from '../../../connectors/hubspot/provision.ts';
import { hubspotSettings } from '../../../connectors/hubspot/settings.ts';
import { fromCanonical, toCanonical, toRecord } from '../../../connectors/hubspot/values.ts';
import { assign, toBatches } from '../../../connectors/hubspot/write.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  judge(
    {
      kind: 'answer',
      status,
      headers: new Headers(headers),
      body: typeof body === 'string' ? body : JSON.stringify(body),
    },
    0,
  );

describe('values', () => {
  test.each([
    ['12.50', 'number', 12.5],
    ['0', 'number', 0],
    ['12345678901234567890', 'number', '12345678901234567890'],
    ['true', 'boolean', true],
    ['false', 'boolean', false],
    ['1767323045000', 'datetime', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05Z', 'datetime', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02', 'date', '2026-01-02'],
    ['1767312000000', 'date', '2026-01-02'],
    ['a;b', 'multipicklist', 'a;b'],
    ['  x ', 'text', '  x '],
    ['', 'text', null],
  ] as const)('%s as %s is %s', (value, kind, canonical) => {
    expect(toCanonical(value, kind)).toBe(canonical);
  });

  test('a number goes to HubSpot and comes back unchanged; null clears', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        fc.pre(!Number.isInteger(number) || Number.isSafeInteger(number));
        expect(toCanonical(fromCanonical(number), 'number')).toBe(number === 0 ? 0 : number);
      }),
    );
    expect(fromCanonical(null)).toBe('');
  });

  test('a requested property that is empty is null, one that the portal does not have stays out', () => {
    const found = { id: '1', properties: { email: null, lastmodifieddate: '2026-01-02T03:04:05Z' } };
    const kinds = new Map([
      ['email', 'text'],
      ['phone', 'text'],
    ] as const);
    expect(toRecord('contacts', found, ['email', 'phone', 'nope'], kinds)).toEqual({
      object: 'contacts',
      id: '1',
      fields: { email: null, phone: null },
      modifiedAt: '2026-01-02T03:04:05.000Z',
      deleted: false,
    });
  });
});

describe('what a failure means', () => {
  const limit = (policyName: string) => ({ status: 'error', message: 'limit', errorType: 'RATE_LIMIT', policyName });

  test.each([
    ['an expired token', 401, { category: 'EXPIRED_AUTHENTICATION', message: 'expired' }, { next: 'renew' }],
    ['the burst limit', 429, limit('TEN_SECONDLY_ROLLING'), { next: 'again', afterMs: 10_000 }],
    ['the search limit', 429, limit('SECONDLY'), { next: 'again', afterMs: 1000 }],
    ['a used-up day', 429, limit('DAILY'), { next: 'stop', code: 'DAILY', retryAfterMs: 3_600_000 }],
    ['a locked record', 423, '', { next: 'again', afterMs: 2000 }],
    ['a portal on the move', 477, '', { next: 'again' }],
    ['a gateway in trouble', 502, '<html></html>', { next: 'lost' }],
    ['an HTML not found', 404, '<html></html>', { next: 'reject', code: 'NOT_FOUND' }],
    [
      'a wrong value',
      400,
      { category: 'VALIDATION_ERROR', message: 'no' },
      { next: 'reject', code: 'VALIDATION_ERROR' },
    ],
  ])('%s', (_, status, body, verdict) => {
    expect(answer(status, body)).toMatchObject(verdict);
  });

  test('a pause that HubSpot names is taken over the usual one', () => {
    expect(answer(429, limit('SECONDLY'), { 'retry-after': '9' })).toMatchObject({ afterMs: 9000 });
    expect(answer(477, '', { 'retry-after': '30' })).toMatchObject({ afterMs: 30_000 });
  });

  test('missing scopes are named in the hint', () => {
    const body = {
      category: 'MISSING_SCOPES',
      message: 'no',
      errors: [{ message: 'One or more', context: { requiredGranularScopes: ['crm.objects.contacts.read'] } }],
    };
    expect(answer(403, body)).toMatchObject({
      next: 'stop',
      hint: expect.stringContaining('crm.objects.contacts.read'),
    });
  });

  test('the properties an error is about are found in the context or in the message', () => {
    const modern = {
      category: 'VALIDATION_ERROR',
      errors: [{ message: 'm', code: 'INVALID_OPTION', context: { propertyName: ['stage'] } }],
    };
    expect(toProblem(modern, 'X')).toMatchObject({ code: 'INVALID_OPTION', message: 'm', fields: ['stage'] });
    const older =
      '{"message":"Property values were not valid: [{\\"error\\":\\"INVALID_OPTION\\",\\"name\\":\\"stage\\"}]"}';
    expect(parseProblem(400, older).fields).toEqual(['stage']);
  });

  test('an error document without anything in it still has a code and words', () => {
    expect(toProblem({}, 'HTTP_400')).toEqual({
      code: 'HTTP_400',
      message: 'HubSpot gave no reason',
      fields: [],
      context: {},
    });
    expect(toProblem(null, 'HTTP_400').code).toBe('HTTP_400');
  });
});

describe('the cursor', () => {
  const NOW = '2026-06-01T00:10:00.000Z';

  test('survives being saved as JSON', () => {
    const place: Place = { phase: 'changes', since: NOW, lastId: '17', passStartedAt: NOW };
    const cursor = JSON.parse(JSON.stringify(toCursor('1', 'contacts', place)));
    expect(toPlace(cursor, 'contacts')).toEqual(place);
    expect(toPlace(cursor, 'deals')).toBeNull();
  });

  test('the pass after a full one looks back to before its first request, however long it took', () => {
    const start: Place = { phase: 'list', after: null, passStartedAt: '2026-06-01T00:00:00.000Z' };
    const first = advance(start, '2026-06-01T00:00:00.000Z', '100', 5000);
    const last = advance(first, NOW, null, 5000);
    expect(last).toMatchObject({ phase: 'changes', since: '2026-05-31T23:59:55.000Z', lastId: null });
  });

  test('a pass of changes starts when its own first request does', () => {
    const place: Place = {
      phase: 'changes',
      since: '2026-06-01T00:00:00.000Z',
      lastId: null,
      passStartedAt: '2026-06-01T00:00:05.000Z',
    };
    expect(advance(place, NOW, null, 0)).toMatchObject({ since: NOW });
    expect(advance(place, NOW, '200', 0)).toMatchObject({ since: place.since, lastId: '200', passStartedAt: NOW });
  });
});

describe('batches', () => {
  test('hold every row once and name no object twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('1', '2', '3'), { maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (ids, size) => {
          const rows = ids.map((id, index): WriteRow => ({ key: String(index), id, fields: {} }));
          const batches = toBatches(rows, size);
          for (const { rows: part } of batches) {
            expect(part.length).toBeLessThanOrEqual(size);
            expect(new Set(part.map(({ id }) => id)).size).toBe(part.length);
          }
          expect(batches.flatMap((batch) => batch.rows.map(({ key }) => key)).toSorted()).toEqual(
            rows.map(({ key }) => key).toSorted(),
          );
        },
      ),
    );
  });

  const rows: WriteRow[] = ['1', '2', '3'].map((id) => ({ key: `k${id}`, id, fields: {} }));

  test('results and errors find their rows in any order, by trace or by id', () => {
    const { outcomes, open } = assign(
      { idProperty: null, rows },
      {
        results: [{ id: '3', properties: {} }],
        errors: [
          { category: 'OBJECT_NOT_FOUND', message: 'gone', context: { ids: ['1'] } },
          { category: 'VALIDATION_ERROR', message: 'bad', context: { objectWriteTraceId: ['row-1'] } },
        ],
      },
    );
    expect(open).toEqual([]);
    expect(outcomes).toMatchObject([
      { key: 'k3', status: 'ok', created: false },
      { key: 'k1', status: 'reject', gone: true },
      { key: 'k2', status: 'reject', code: 'VALIDATION_ERROR' },
    ]);
  });

  test('a row that no result and no error belongs to stays open', () => {
    const { open, problem } = assign(
      { idProperty: null, rows },
      { results: [{ id: '2' }], errors: [{ message: 'something' }] },
    );
    expect(open.map(({ key }) => key)).toEqual(['k1', 'k3']);
    expect(problem.message).toBe('something');
  });
});

describe('settings', () => {
  const auth = { type: 'token', accessToken: 't' };

  test('need no address, and take another host only for a sandbox', () => {
    expect(hubspotSettings.parse({ auth }).url).toBe('https://api.hubapi.com');
    expect(hubspotSettings.safeParse({ auth, url: 'https://api-eu1.hubapi.com' }).success).toBe(true);
    expect(hubspotSettings.safeParse({ auth, url: 'http://127.0.0.1:9' }).success).toBe(false);
    expect(hubspotSettings.safeParse({ auth, url: 'http://127.0.0.1:9', sandbox: true }).success).toBe(true);
  });

  test.each([
    ['api.hubapi.com', 'write it with https://'],
    ['api.hubapi.com:443', 'write it with https://'],
    ['https://me:secret@api.hubapi.com', 'no user name or password'],
    ['https://api.hubapi.com?portal=1', 'ends before any "?"'],
    ['https://api.hubapi.com:8443', 'leave ":8443" out'],
    ['https://api.hubapi.com/crm/v3', 'ends after its host'],
  ])('refuse the address %s in words that show a right one', (url, words) => {
    const messages = hubspotSettings.safeParse({ auth, url }).error?.issues.map(({ message }) => message) ?? [];
    expect(messages).toEqual([expect.stringContaining(words)]);
    expect(messages[0]).toContain('https://api.hubapi.com');
    expect(messages[0]).not.toContain('secret');
  });
});

describe('properties', () => {
  test('an owner is a reference, a checkbox list a multi-select, a calculated value not writable', () => {
    expect(toField('contacts', { name: 'o', type: 'enumeration', referencedObjectType: 'OWNER' })).toMatchObject({
      kind: 'reference',
      referenceTo: ['owner'],
    });
    expect(
      toField('contacts', { name: 'c', type: 'enumeration', fieldType: 'checkbox', options: [{ value: 'a' }] }),
    ).toMatchObject({ kind: 'multipicklist', values: ['a'] });
    expect(toField('contacts', { name: 'x', type: 'number', calculated: true }).writable).toBe(false);
    expect(toField('contacts', { name: 'email', type: 'string' }).unique).toBe(true);
    expect(toField('companies', { name: 'email', type: 'string' }).unique).toBe(false);
  });

  test('one that is there but is not unique is different', () => {
    const found = toField('contacts', { name: 'sluice_id', type: 'string' });
    expect(difference({ object: 'contacts', name: 'sluice_id', label: 'Id', kind: 'text', unique: true }, found)).toBe(
      'its values are not unique',
    );
  });
});
