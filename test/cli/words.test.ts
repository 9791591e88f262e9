import { describe, expect, test } from '@jest/globals';
import { listText } from '../../src/cli/errors.ts';
import { planText } from '../../src/cli/plan.ts';
import { summaryText } from '../../src/cli/sync.ts';
import { verificationText } from '../../src/cli/verify.ts';
import type { ErrorGroup } from '../../src/sync/error-group.ts';
import type { Plan } from '../../src/sync/plan.ts';
import type { RunSummary } from '../../src/sync/run.ts';
import type { Verification } from '../../src/sync/verify.ts';

/** "1 records", "1 of ... are": a number that its words do not fit. */
const WRONG =
  /(?<![\d.])1 (?:[a-z]+ )?(?:rows|records|fields|writes|calls|offers|entries|differences|questions|are|were)\b/;

function summary(many: number): RunSummary {
  return {
    id: 'run_000001',
    startedAt: '2026-03-02T08:00:00.000Z',
    finishedAt: '2026-03-02T08:00:01.000Z',
    status: 'done',
    offers: many,
    entries: many,
    message: 'both sides agree',
    connections: {
      crm: {
        read: many,
        changed: many,
        written: many,
        rejected: many,
        waiting: many,
        calls: many,
        floor: many,
        swept: many,
        hints: many,
        problem: null,
      },
    },
  };
}

const group = (stage: string, records: number, samples: readonly string[]): ErrorGroup => ({
  id: 'a',
  connection: 'crm',
  object: 'Lead',
  stage,
  code: 'CODE',
  message: 'so it is',
  records,
  times: records,
  firstAt: 'then',
  lastAt: 'now',
  fields: [],
  hint: null,
  samples,
  canResend: true,
});

describe('what commands say of one and of several', () => {
  test('a run', () => {
    expect(summaryText(summary(1))).not.toMatch(WRONG);
    expect(summaryText(summary(1))).toContain('1 row read');
    expect(summaryText(summary(1))).toContain('1 write waits for the next run');
    expect(summaryText(summary(2))).toContain('2 ledger entries booked');
  });

  test('a verification', () => {
    const found = (count: number): Verification => ({
      at: 'now',
      agree: false,
      explained: count,
      unexplained: 0,
      open: [{ what: 'reviews', count, see: 'sluice review list' }],
      objects: [{ connection: 'crm', object: 'Lead', records: count, causes: { changed: count } }],
      differences: [],
    });
    expect(verificationText(found(1))).not.toMatch(WRONG);
    expect(verificationText(found(1))).toContain('1 record was read; 1 difference, 0 of them without an explanation');
    expect(verificationText(found(2))).toContain('2 records were read; 2 differences');
  });

  test('a plan', () => {
    const plan = {
      hash: null,
      creates: 1,
      updates: 1,
      objects: [],
      retired: [{ connection: 'crm', object: 'Lead', recordId: '1' }],
      closed: [],
      refusals: [],
      drifts: [],
      stillRejected: 1,
      changes: [],
      problems: {},
    } as unknown as Plan;
    expect(planText(plan)).not.toMatch(WRONG);
    expect(planText(plan)).toContain('1 record was refused before');
    expect(planText(plan)).toContain('because it is gone');
  });

  test('errors: those of the schema are about fields, one of an object as a whole about neither', () => {
    expect(listText([group('write', 1, ['00Q1'])])).toContain('1 record of crm Lead, write: CODE');
    expect(listText([group('schema', 1, ['Title'])])).toContain('1 field of crm Lead, schema: CODE');
    expect(listText([group('schema', 2, ['Name', 'Title'])])).toContain('2 fields of crm Lead');
    expect(listText([group('read', 1, [''])])).toBe('a  crm Lead, read: CODE\n  so it is\n  since then, last now');
  });
});
