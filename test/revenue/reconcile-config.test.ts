import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compileReconcile, DEFAULT_RECONCILE } from '../../src/revenue/reconcile-config.ts';

const compile = (text: string) => compileReconcile('reconcile.yaml', text);

describe('reconcile.yaml', () => {
  test('as it ships says what counts without a file', () => {
    const text = readFileSync(new URL('../../config/reconcile.yaml', import.meta.url), 'utf8');
    expect(compile(text)).toEqual(DEFAULT_RECONCILE);
  });

  test('may say a part and leave the rest', () => {
    expect(compile('zones: { same: 0.95 }')).toEqual({ ...DEFAULT_RECONCILE, zones: { same: 0.95, review: 0.4 } });
  });

  test.each([
    ['zones: { sane: 0.9 }', 'sane'],
    ['zones: { same: 0.3, review: 0.4 }', 'nothing would ever wait'],
    ['evidence: { sameValue: 0 }', 'reconcile.yaml:1:24'],
    ['evidence: { acceptedBefore: [{ days: 30, times: 2 }, { days: 30, times: 1 }] }', 'this line never counts'],
  ])('is refused where it cannot be meant: %s', (text, words) => {
    expect(() => compile(text)).toThrow(words);
  });
});
