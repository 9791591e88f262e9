import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { subjectAfterMerge } from '../../src/leads/merged-reviews.ts';

describe('a question who somebody is, after a merge', () => {
  test('names the survivor in place of the one that is gone', () => {
    const subject = { person: 'pe_1', candidates: ['pe_2', 'pe_3'], record: '101' };
    expect(subjectAfterMerge('identity', subject, 'pe_9', 'pe_1')).toEqual({ ...subject, person: 'pe_9' });
    expect(subjectAfterMerge('identity', subject, 'pe_9', 'pe_3')).toEqual({
      ...subject,
      candidates: ['pe_2', 'pe_9'],
    });
  });

  test('no longer offers a choice that is the person asked about', () => {
    const subject = { person: 'pe_1', candidates: ['pe_2', 'pe_3'] };
    expect(subjectAfterMerge('identity', subject, 'pe_1', 'pe_2')).toEqual({ person: 'pe_1', candidates: ['pe_3'] });
  });

  test('is over where nobody is left to choose', () => {
    expect(subjectAfterMerge('identity', { person: 'pe_1', candidates: ['pe_2'] }, 'pe_1', 'pe_2')).toBeNull();
    expect(subjectAfterMerge('identity', { person: 'pe_1', candidates: ['pe_2'] }, 'pe_2', 'pe_1')).toBeNull();
    expect(subjectAfterMerge('merge', { people: ['pe_1', 'pe_2'] }, 'pe_1', 'pe_2')).toBeNull();
  });

  test('never names who is gone, nor anybody twice, after any merges in any order', () => {
    const id = fc.integer({ min: 1, max: 6 }).map((n) => `pe_${n}`);
    fc.assert(
      fc.property(
        id,
        fc.array(id, { minLength: 1 }),
        fc.array(fc.tuple(id, id), { maxLength: 6 }),
        (person, others, merges) => {
          let subject: ReturnType<typeof subjectAfterMerge> = { person, candidates: others };
          for (const [into, from] of merges) {
            if (subject === null || into === from) continue;
            subject = subjectAfterMerge('identity', subject, into, from);
            if (subject === null) return;
            const named = [String(subject.person), ...(subject.candidates as string[])];
            expect(named).not.toContain(from);
            expect(new Set(named).size).toBe(named.length);
          }
        },
      ),
    );
  });
});
