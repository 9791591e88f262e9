import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { deadEnds } from '../../src/leads/dead-ends.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { eligibleKeys, METHODS, weightKeys } from '../../src/leads/routing-schema.ts';
import { partner } from './fixtures.ts';

const guide = readFileSync(new URL('../../docs/guides/routing.md', import.meta.url), 'utf8');
/** The indented blocks of the guide, without their indentation. */
const blocks = guide.split(/\n(?! {4}|\n)/).flatMap((part) =>
  /\n {4}/.test(part)
    ? [
        part
          .split('\n')
          .filter((line) => line.startsWith('    '))
          .map((line) => line.slice(4))
          .join('\n'),
      ]
    : [],
);

test('the policy that the guide begins with, and what it adds, can be used as they stand', () => {
  const [first = '', routes = '', accounts = '', fairness = ''] = blocks;
  const nordwind = partner('pt_1', { name: 'Nordwind' }).facts;
  expect(deadEnds(compileRouting('guide.yaml', first), [nordwind])).toEqual([]);
  const whole = first.replace(/ {2}- \{ name: everyone.*/, routes.replace(/^/gm, '  '));
  const routing = compileRouting('guide.yaml', `${whole}\n${accounts}\n${fairness}`);
  expect(routing.routes.map(({ method }) => method)).toEqual([
    'registrant',
    'best-fit',
    'weighted-round-robin',
    'auction',
  ]);
  expect(deadEnds(routing, [nordwind]).map(({ place }) => place)).toEqual(['route south']);
});

test('the guide names every method, demand and weight', () => {
  for (const name of [...METHODS, ...eligibleKeys, ...weightKeys]) expect(guide).toContain(`\`${name}`);
});
