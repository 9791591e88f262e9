import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readYamlFile } from '../../src/mapping/yaml-file.ts';
import { problemsOf } from './support.ts';

const problems = (...lines: string[]) => problemsOf(() => readYamlFile('a.yaml', lines.join('\n'), z.unknown()));

/** Each level names the one above nine times: a few lines that would unfold to millions of values. */
function bomb(levels: number): string[] {
  const nine = (word: string) => `[${Array<string>(9).fill(word).join(', ')}]`;
  return Array.from(
    { length: levels },
    (_, level) => `l${level}: &l${level} ${nine(level === 0 ? 'x' : `*l${level - 1}`)}`,
  );
}

describe('an alias', () => {
  test('stands for what its anchor names', () => {
    const { value } = readYamlFile('a.yaml', 'one: &x { a: 1 }\ntwo: *x\n', z.unknown());
    expect(value).toEqual({ one: { a: 1 }, two: { a: 1 } });
  });

  test('of aliases of aliases, which would unfold without end, is refused with its line', () => {
    expect(problems(...bomb(9))).toEqual([expect.stringMatching(/^a\.yaml:2:\d+: .*aliases/)]);
  });

  test('that stands too often is refused with the line of its first', () => {
    expect(problems('a: &a x', 'b:', ...Array<string>(200).fill('  - *a'))).toEqual([
      expect.stringMatching(/^a\.yaml:3:5: .*aliases/),
    ]);
  });

  test('of which there is no anchor is refused with its line and the nearest name', () => {
    expect(problems('one: &first 1', 'two: *frist')).toEqual([
      'a.yaml:2:6: nothing before this is called "frist" (did you mean "first"?)',
    ]);
  });

  test('that stands within what it names is refused with its line', () => {
    expect(problems('one: &x', '  two:', '    - *x')).toEqual([
      expect.stringMatching(/^a\.yaml:3:7: "x" stands within itself/),
    ]);
  });
});
