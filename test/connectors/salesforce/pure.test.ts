import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WriteRow } from '../../../connectors/connector.ts';
import { inFlight, toBatches } from '../../../connectors/salesforce/batches.ts';
import { judge, parseApiError } from '../../../connectors/salesforce/failure.ts';
import { customField, difference } from '../../../connectors/salesforce/metadata.ts';
import { toOutcome } from '../../../connectors/salesforce/outcome.ts';
import { salesforceSettings } from '../../../connectors/salesforce/settings.ts';
import { changesQuery, inChunks, quote } from '../../../connectors/salesforce/soql.ts';
import { recordMaker, toCanonical } from '../../../connectors/salesforce/values.ts';

const NO_HEADERS = new Headers();
const answer = (status: number, body: unknown, headers = NO_HEADERS) =>
  judge({ kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, 0);

describe('SOQL literals', () => {
  test('escape the quote and the backslash, so that no value ends its own literal', () => {
    expect(quote("O'Brien")).toBe("'O\\'Brien'");
    expect(quote("\\' OR Name != '")).toBe("'\\\\\\' OR Name != \\''");
  });

  test('whatever the value, the literal ends at its last character and gives the value back', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const inner = quote(value).slice(1, -1);
        expect(/^(?:[^'\\]|\\.)*$/s.test(inner)).toBe(true);
        const plain: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
        expect(inner.replace(/\\(.)/gs, (_, c: string) => plain[c] ?? c)).toBe(value);
      }),
    );
  });

  test('IN lists are split so that each fits into a URL, and none is lost', () => {
    const keys = fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(keys, (values) => {
        const queries = inChunks('SELECT Id FROM Lead WHERE K__c', values, 400);
        expect(queries.every((soql) => encodeURIComponent(soql).length <= 400)).toBe(true);
        const literals = queries.map((soql) => soql.slice(soql.indexOf('IN (') + 4, -1));
        expect(literals.join(',')).toBe(values.map(quote).join(','));
      }),
    );
  });
});

describe('the query of a page', () => {
  const spec = {
    object: 'Lead',
    fields: ['Email', 'Account.Name', 'Id'],
    stamp: 'SystemModstamp',
    hasIsDeleted: true,
    hasMaster: false,
  };

  test('a fresh start has no condition and names every column once', () => {
    expect(changesQuery(spec, null, 2000)).toBe(
      'SELECT Id, SystemModstamp, IsDeleted, Email, Account.Name FROM Lead ORDER BY SystemModstamp, Id LIMIT 2000',
    );
  });

  test('a new pass includes the stamp it starts at', () => {
    expect(changesQuery(spec, { modifiedAt: '2026-01-01T00:00:00.000Z', id: null }, 10)).toContain(
      'WHERE SystemModstamp >= 2026-01-01T00:00:00.000Z ORDER BY',
    );
  });

  test('within a pass rows of one stamp are told apart by id', () => {
    expect(changesQuery(spec, { modifiedAt: '2026-01-01T00:00:00.000Z', id: '00Q000000000001AAA' }, 10)).toContain(
      "WHERE ((SystemModstamp = 2026-01-01T00:00:00.000Z AND Id > '00Q000000000001AAA') OR SystemModstamp > 2026-01-01T00:00:00.000Z)",
    );
  });
});

describe('values', () => {
  test('an instant becomes ISO-8601 in UTC with milliseconds', () => {
    expect(toCanonical('2026-01-02T03:04:05.000+0000', 'datetime')).toBe('2026-01-02T03:04:05.000Z');
    expect(toCanonical('2026-01-02T03:04:05.120+0200', 'datetime')).toBe('2026-01-02T01:04:05.120Z');
  });

  test('a text that looks like an instant stays as it is where the field is a text', () => {
    expect(toCanonical('2026-01-02T03:04:05.000+0000', 'text')).toBe('2026-01-02T03:04:05.000+0000');
  });

  test('numbers, booleans, dates and multi-select values stay as they are; empty is null', () => {
    expect(toCanonical(12.5, 'number')).toBe(12.5);
    expect(toCanonical(false, 'boolean')).toBe(false);
    expect(toCanonical('2026-01-02', 'date')).toBe('2026-01-02');
    expect(toCanonical('AT;CH;DE', 'multipicklist')).toBe('AT;CH;DE');
    expect(toCanonical('', 'text')).toBeNull();
  });

  test('a parent field is found at its path, and is null where there is no parent', () => {
    const row = {
      Id: '003000000000001AAA',
      SystemModstamp: '2026-01-02T03:04:05.000+0000',
      IsDeleted: false,
      Account: { attributes: {}, Name: 'Acme', Owner: null },
    };
    const record = recordMaker('Contact', ['Account.Name', 'Account.Owner.Name'], 'SystemModstamp', new Map())(row);
    expect(record.fields).toEqual({ 'Account.Name': 'Acme', 'Account.Owner.Name': null });
    expect(record.modifiedAt).toBe('2026-01-02T03:04:05.000Z');
  });
});

describe('what a failure means', () => {
  test.each([
    ['an expired session', 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }], 'renew'],
    [
      'a day without requests left',
      403,
      [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
      'stop',
    ],
    [
      'too many long requests at once',
      403,
      [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' }],
      'again',
    ],
    ['a locked row', 400, [{ errorCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access' }], 'again'],
    [
      'a flow that met a locked row',
      400,
      [{ errorCode: 'CANNOT_EXECUTE_FLOW_TRIGGER', message: 'UNABLE_TO_LOCK_ROW: x' }],
      'again',
    ],
    [
      'a flow that failed of itself',
      400,
      [{ errorCode: 'CANNOT_EXECUTE_FLOW_TRIGGER', message: 'null pointer' }],
      'reject',
    ],
    ['a wrong field', 400, [{ errorCode: 'INVALID_FIELD', message: "No such column 'x'" }], 'reject'],
    ['a user without the API', 403, [{ errorCode: 'API_DISABLED_FOR_ORG', message: 'no' }], 'stop'],
    ['a busy server', 503, [{ errorCode: 'SERVER_UNAVAILABLE', message: 'busy' }], 'lost'],
    ['an HTML error page', 502, '<html><body>Bad gateway</body></html>', 'lost'],
    ['a rate limit', 429, '', 'again'],
    ['the odd 420', 420, '', 'again'],
    ['a redirect', 302, '', 'stop'],
    ['a SOAP fault of a dead session', 500, '<faultcode>sf:INVALID_SESSION_ID</faultcode>', 'renew'],
    ['another SOAP fault', 500, '<faultcode>sf:INVALID_TYPE</faultcode><faultstring>no</faultstring>', 'reject'],
  ])('%s', (_, status, body, next) => {
    expect(answer(status, body).next).toBe(next);
  });

  test('an exhausted day says when to come back', () => {
    const verdict = answer(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    expect(verdict).toMatchObject({ code: 'REQUEST_LIMIT_EXCEEDED', retryAfterMs: 3_600_000 });
  });

  test('a Retry-After is obeyed, as seconds and as a date', () => {
    expect(answer(429, '', new Headers({ 'retry-after': '7' }))).toMatchObject({ afterMs: 7000 });
    const date = new Headers({ 'retry-after': 'Thu, 01 Jan 1970 00:00:09 GMT' });
    expect(answer(503, '', date)).toMatchObject({ next: 'lost', afterMs: 9000 });
  });

  test('an OAuth error gives its code and words', () => {
    const body = '{"error":"invalid_grant","error_description":"expired access/refresh token"}';
    expect(parseApiError(400, body)).toEqual({
      code: 'invalid_grant',
      message: 'expired access/refresh token',
      fields: [],
    });
  });

  test('a request that never left may be repeated, one that was cut off may have been done', () => {
    expect(judge({ kind: 'network', code: 'ECONNREFUSED', sent: false }, 0).next).toBe('again');
    expect(judge({ kind: 'network', code: 'ECONNRESET', sent: true }, 0).next).toBe('lost');
  });
});

describe('outcomes of rows', () => {
  const row: WriteRow = { key: 'a', id: '00Q000000000001AAA', fields: {} };
  const failed = (statusCode: string, message = 'm', fields: string[] = []) =>
    toOutcome(row, { success: false, errors: [{ statusCode, message, fields }] });

  test("a refused value is rejected with the CRM's own words and the fields", () => {
    expect(failed('STRING_TOO_LONG', 'data value too large', ['Company'])).toEqual({
      key: 'a',
      status: 'reject',
      code: 'STRING_TOO_LONG',
      message: 'data value too large',
      fields: ['Company'],
    });
  });

  test('a locked row may be sent again', () => {
    expect(failed('UNABLE_TO_LOCK_ROW')).toMatchObject({ status: 'retry', afterMs: 5000 });
  });

  test('a deleted record is gone', () => {
    expect(failed('ENTITY_IS_DELETED')).toMatchObject({ status: 'reject', gone: true });
  });
});

describe('batches', () => {
  const rowOf = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), external: fc.boolean() });

  test('hold every row once, name no record twice, keep to the size and the order of rows of one record', () => {
    fc.assert(
      fc.property(fc.array(rowOf, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (specs, size) => {
        const rows = specs.map(({ id, external }, index): WriteRow => {
          const key = String(index);
          return external ? { key, externalId: { field: 'X__c', value: id }, fields: {} } : { key, id, fields: {} };
        });
        const batches = toBatches(rows, size);
        const nameOf = (row: WriteRow) => row.id ?? row.externalId?.value;
        for (const batch of batches) {
          expect(batch.rows.length).toBeLessThanOrEqual(size);
          expect(new Set(batch.rows.map(nameOf)).size).toBe(batch.rows.length);
        }
        const sent = batches.flatMap((batch) => batch.rows);
        expect(sent.map(({ key }) => key).toSorted()).toEqual(rows.map(({ key }) => key).toSorted());
        for (const name of ['a', 'b', 'c', 'd', 'e']) {
          for (const external of [true, false]) {
            const keys = sent
              .filter((row) => nameOf(row) === name && (row.id === undefined) === external)
              .map(({ key }) => Number(key));
            expect(keys).toEqual(keys.toSorted((a, b) => a - b));
          }
        }
      }),
    );
  });
});

describe('rows of one parent', () => {
  const specOf = fc.record({ id: fc.integer({ min: 0, max: 30 }), parent: fc.option(fc.constantFrom('p', 'q', 'r')) });
  const rowsOf = (specs: readonly { id: number; parent: string | null }[]): WriteRow[] =>
    specs.map(({ id, parent }, index) => ({
      key: String(index),
      id: `00Q${id}`,
      fields: {},
      ...(parent === null ? {} : { parent }),
    }));

  test('travel in one request where it holds them', () => {
    const rows = rowsOf(['p', 'q', 'p', null, 'q', 'p'].map((parent, id) => ({ id, parent })));
    const batches = toBatches(rows, 3);
    for (const parent of ['p', 'q']) {
      expect(batches.filter((batch) => batch.rows.some((row) => row.parent === parent))).toHaveLength(1);
    }
    expect(batches).toHaveLength(2);
  });

  test('are never in flight twice, nor is a record; all rows are sent, those of one record in order, at most so many at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(specOf, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.scheduler(),
        async (specs, size, limit, scheduler) => {
          const rows = rowsOf(specs);
          const flying = new Set<WriteRow[]>();
          const sent: WriteRow[] = [];
          const done = inFlight(toBatches(rows, size), limit, async (batch) => {
            const mine = [...batch.rows];
            for (const other of flying) {
              const names = new Set(other.flatMap(({ id, parent }) => [id, parent]));
              for (const { id, parent } of mine) {
                expect(names.has(id)).toBe(false);
                expect(parent !== undefined && names.has(parent)).toBe(false);
              }
            }
            flying.add(mine);
            expect(flying.size).toBeLessThanOrEqual(limit);
            await scheduler.schedule(Promise.resolve());
            flying.delete(mine);
            sent.push(...mine);
          });
          await scheduler.waitFor(done);
          expect(sent.map(({ key }) => Number(key)).toSorted((a, b) => a - b)).toEqual(rows.map((_, i) => i));
          for (const { id } of rows) {
            const keys = sent.filter((row) => row.id === id).map(({ key }) => Number(key));
            expect(keys).toEqual(keys.toSorted((a, b) => a - b));
          }
        },
      ),
    );
  });

  test('after a failure nothing more starts, and what was in flight ends first', async () => {
    const batches = toBatches(rowsOf([1, 2, 3, 4].map((id) => ({ id, parent: null }))), 1);
    const ended: string[] = [];
    const second = Promise.withResolvers<void>();
    const done = inFlight(batches, 2, async ({ rows: [row] }) => {
      if (row?.key === '0') throw new Error('first');
      await second.promise;
      ended.push(row?.key ?? '');
    });
    setImmediate(second.resolve);
    await expect(done).rejects.toThrow('first');
    expect(ended).toEqual(['1']);
  });
});

describe('a row that a duplicate rule refused', () => {
  const row: WriteRow = { key: 'a', externalId: { field: 'X__c', value: '1' }, fields: {} };
  const found = {
    matchResults: [
      {
        entityType: 'Lead',
        matchRecords: [
          { record: { attributes: { type: 'Lead' }, Id: '00Q1' } },
          { record: { attributes: { type: 'Lead' }, Id: '00Q1' } },
        ],
      },
      { entityType: 'Contact', matchRecords: [{ record: { Id: '0031' } }, { odd: true }] },
    ],
  };

  test.each(['duplicateResut', 'duplicateResult'])('names the records that matched, under %s', (name) => {
    const errors = [{ errorCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?', [name]: found }];
    expect(toOutcome(row, { success: false, errors })).toEqual({
      key: 'a',
      status: 'reject',
      code: 'DUPLICATES_DETECTED',
      message: 'Use one of these records? (matching records: Lead 00Q1, Contact 0031)',
      fields: [],
      duplicateOf: ['00Q1', '0031'],
    });
  });

  test('is refused just so where the detail is missing or of another shape', () => {
    for (const detail of [undefined, null, 'x', { matchResults: 'x' }, { matchResults: [null] }]) {
      const errors = [{ statusCode: 'DUPLICATES_DETECTED', message: 'm', duplicateResut: detail }];
      expect(toOutcome(row, { success: false, errors })).not.toHaveProperty('duplicateOf');
    }
  });
});

describe('settings', () => {
  const auth = { type: 'client_credentials', clientId: 'c', clientSecret: 's' };

  test('fill in the defaults', () => {
    expect(salesforceSettings.parse({ url: 'https://acme.my.salesforce.com', auth })).toMatchObject({
      apiVersion: '68.0',
      batchSize: 200,
      sessionMinutes: 120,
      client: 'sluice',
    });
  });

  test.each(['http://127.0.0.1:9', 'https://salesforce.com.evil.example', 'http://acme.my.salesforce.com'])(
    'refuse %s unless it is said to be a sandbox',
    (url) => {
      expect(salesforceSettings.safeParse({ url, auth }).success).toBe(false);
      expect(salesforceSettings.safeParse({ url, auth, sandbox: true }).success).toBe(true);
    },
  );

  test.each([
    ['acme.my.salesforce.com', 'write it with https://'],
    ['acme.my.salesforce.com:443', 'write it with https://'],
    ['https//acme.my.salesforce.com', 'write it with https://'],
    ['https://', 'write it with https://'],
    ['https://me:secret@acme.my.salesforce.com', 'no user name or password'],
    ['https://acme.my.salesforce.com/?startURL=%2Fsetup', 'ends before any "?"'],
    ['https://acme.my.salesforce.com/#home', 'ends before any "?"'],
    ['https://acme.my.salesforce.com:8443', 'leave ":8443" out'],
    ['https://acme.my.salesforce.com/services/data', 'ends after its host'],
    ['https://acme.example.com', 'not an https address of Salesforce'],
  ])('refuse the address %s in words that show a right one', (url, words) => {
    const messages = salesforceSettings.safeParse({ url, auth }).error?.issues.map(({ message }) => message) ?? [];
    expect(messages).toEqual([expect.stringContaining(words)]);
    expect(messages[0]).toContain('https://acme.my.salesforce.com');
    expect(messages[0]).not.toContain('secret');
  });

  test.each(['127.0.0.1:9', 'http://me:secret@127.0.0.1:9', 'ftp://127.0.0.1'])(
    'refuse %s for a sandbox, too: no request could be made there',
    (url) => {
      expect(salesforceSettings.safeParse({ url, auth, sandbox: true }).success).toBe(false);
    },
  );

  test('take an address that ends in a slash', () => {
    expect(salesforceSettings.safeParse({ url: 'https://acme.my.salesforce.com/', auth }).success).toBe(true);
  });

  test('refuse a word they do not know', () => {
    expect(
      salesforceSettings.safeParse({ url: 'https://acme.my.salesforce.com', auth, apiversion: '68.0' }).success,
    ).toBe(false);
  });
});

describe('custom fields', () => {
  const base = { object: 'Lead', label: 'L' };

  test('a unique text is an external id; a text to look up is an external id that is not unique', () => {
    expect(customField({ ...base, name: 'A__c', kind: 'text', unique: true })).toMatchObject({
      externalId: true,
      unique: true,
    });
    expect(customField({ ...base, name: 'A__c', kind: 'text', indexed: true })).toMatchObject({
      externalId: true,
      unique: false,
    });
  });

  test('the same look-up on two objects gets two child relationship names', () => {
    const names = ['Lead', 'Contact'].map(
      (object) =>
        customField({ object, label: 'L', name: 'P__c', kind: 'reference', referenceTo: 'Account' }).relationshipName,
    );
    expect(new Set(names).size).toBe(2);
  });

  test('a field of another type, a shorter one and one that is not unique are different', () => {
    const found = { name: 'A__c', label: 'A', kind: 'text', writable: true, unique: false, length: 10 } as const;
    const wanted = { ...base, name: 'A__c' };
    expect(difference({ ...wanted, kind: 'number' }, found)).toBe('it is a text field, not a number field');
    expect(difference({ ...wanted, kind: 'text', length: 64 }, found)).toBe('it holds 10 characters, not 64');
    expect(difference({ ...wanted, kind: 'text', length: 10, unique: true }, found)).toBe('it is not unique');
    expect(difference({ ...wanted, kind: 'text', length: 10 }, found)).toBeNull();
  });
});
