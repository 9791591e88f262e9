import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sameValue } from '../../src/mapping/canonical.ts';
import { formOf, writeFields } from '../../src/mapping/write.ts';
import { compile, field, shippedMapping, shippedMappings } from './support.ts';

const AT = '2026-01-02T03:04:05.678Z';

describe('what is written', () => {
  test('goes in the fields and the form of the CRM', () => {
    expect(
      writeFields(shippedMapping('salesforce/lead'), {
        linkId: 'lk_1',
        score: 79.6,
        partner: '001',
        partnerName: 'Alpine',
        status: 'Offered',
        acceptBy: AT,
      }),
    ).toEqual({
      Sluice_Id__c: 'lk_1',
      Sluice_Score__c: 80,
      Sluice_Partner__c: '001',
      Sluice_Status__c: 'Offered',
      Sluice_Accept_By__c: '2026-01-02T03:04:05.000Z',
    });
    expect(
      writeFields(shippedMapping('hubspot/contact'), { partner: '001', partnerName: 'Alpine', offerId: 'of_1' }),
    ).toEqual({
      sluice_partner: 'Alpine',
      sluice_offer_id: 'of_1',
    });
  });

  test('null clears a field, a property left out is left alone', () => {
    expect(writeFields(shippedMapping('salesforce/lead'), { acceptBy: null })).toEqual({ Sluice_Accept_By__c: null });
  });

  test('a sentence too long is cut after a word', () => {
    const reason = 'word '.repeat(100);
    const written = writeFields(shippedMapping('salesforce/lead'), { reason }).Sluice_Reason__c;
    expect(written).toMatch(/word…$/);
    expect(String(written).length).toBeLessThanOrEqual(255);
  });

  test("words are translated, and the CRM's own description goes before the mapping", () => {
    const mapping = compile(
      'crm: x',
      'object: O',
      'entity: opportunity',
      'fields: { name: N, amount: A, stage: S, isClosed: C, isWon: W, closeDate: D }',
      'writes:',
      '  linkId: Id',
      '  status: { field: St, values: { Offered: asked } }',
      '  reason: R',
    );
    const description = {
      object: 'O',
      label: 'O',
      fields: [field('St', 'picklist', { values: ['Asked'] }), field('R', 'text', { length: 10 })],
    };
    expect(writeFields(mapping, { status: 'Offered', reason: 'far too long for it' }, description)).toEqual({
      St: 'Asked',
      R: 'far too…',
    });
    expect(writeFields(mapping, { status: 'Offered' })).toEqual({ St: 'asked' });
  });

  test('is the same when it comes back', () => {
    const writing = shippedMappings().filter((mapping) => mapping.writes.length > 0);
    const text = fc.string({ unit: 'grapheme', maxLength: 400 });
    fc.assert(
      fc.property(fc.constantFrom(...writing), text, fc.double({ noNaN: true }), (mapping, reason, score) => {
        const values = { reason, score, partnerName: reason, acceptBy: AT };
        const fields = writeFields(mapping, values);
        for (const write of mapping.writes.filter((candidate) => candidate.field in fields)) {
          const { kind, limits } = formOf(write);
          const value = values[write.property as keyof typeof values];
          expect(sameValue(fields[write.field], value, kind, limits)).toBe(true);
        }
      }),
    );
  });
});
