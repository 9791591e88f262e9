import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compileAttribution } from '../../src/revenue/config.ts';

const FILE = 'config/attribution.yaml';
const specs = (text: string) => compileAttribution(FILE, text).named.map(({ name, spec }) => [name, spec]);

describe('config/attribution.yaml', () => {
  test('as shipped credits under first, last and linear, without a window, to the people named on a deal', () => {
    expect(compileAttribution(FILE, readFileSync(FILE, 'utf8'))).toMatchObject({
      models: ['first', 'last', 'linear'],
      rules: { window: { days: null } },
      people: 'named',
      partners: [],
      refitDays: 7,
    });
  });

  test('a list names models by their kind, with what is usual where more could be said', () => {
    expect(specs('models: [last, u-shaped, time-decay, markov, shapley]')).toEqual([
      ['last', { kind: 'last' }],
      ['u-shaped', { kind: 'position', shares: { first: 40, middle: 20, last: 40 } }],
      ['time-decay', { kind: 'time-decay', halfLifeDays: 7 }],
      ['markov', { kind: 'markov', order: 1, by: 'campaign' }],
      ['shapley', { kind: 'shapley', by: 'campaign' }],
    ]);
  });

  test('names stand beside each other, each with a kind and its parameters', () => {
    const text = `models:
  first: first
  by-hand: { kind: position, title: As agreed, first: 50, deal: 22.5 }
  slow: { kind: time-decay, halfLife: 30 }
  pairs: { kind: markov, order: 2, by: kind }
  own: { kind: custom, weight: 'touch.isLast ? 2 : 1' }`;
    expect(specs(text)).toEqual([
      ['first', { kind: 'first' }],
      ['by-hand', { kind: 'position', shares: { first: 50, deal: 22.5 } }],
      ['slow', { kind: 'time-decay', halfLifeDays: 30 }],
      ['pairs', { kind: 'markov', order: 2, by: 'kind' }],
      ['own', { kind: 'custom', weight: 'touch.isLast ? 2 : 1' }],
    ]);
    expect(compileAttribution(FILE, text).named.map(({ title }) => title)).toEqual([
      'First touch',
      'As agreed',
      'Slow',
      'Pairs',
      'Own',
    ]);
  });

  test('the version of a model changes with its parameters and with which touches count, not with its name', () => {
    const version = (text: string) => compileAttribution(FILE, text).named[0]?.version;
    const before = version('models: {a: {kind: time-decay, halfLife: 7}}');
    expect(version('models: {b: {kind: time-decay, title: B}}')).toBe(before);
    for (const text of [
      'models: {a: {kind: time-decay, halfLife: 8}}',
      'models: [time-decay]\nwindow: {days: 90}',
      'models: [time-decay]\nwindows: [{kinds: [fair], days: 90}]',
      'models: [time-decay]\ntouches: {kinds: {not: [fair]}}',
      'models: [time-decay]\npeople: account',
      'models: [time-decay]\npartners: [accepted]',
    ])
      expect(version(text)).not.toBe(before);
  });

  test.each([
    ['models: [frist]', ':1:10: "frist" is not allowed here (did you mean "first"?)'],
    ['models: {a: frist}', ':1:13: "frist" is not allowed here (did you mean "first"?)'],
    ['models: {a: {kind: markow}}', ':1:20: "markow" is not allowed here (did you mean "markov"?)'],
    ['models: {A b: first}', ':1:10: "A b": a name has small letters, digits and hyphens, 40 at most'],
    ['models: {a: {kind: markov, ordr: 2}}', ':1:28: unknown key "ordr" (did you mean "order"?)'],
    ['models: {a: {kind: markov, halfLife: 2}}', ':1:28: a markov model has no "halfLife" (it takes order, by)'],
    ['models: {a: {kind: first, order: 2}}', ':1:27: a first model has no "order" (it takes nothing beside)'],
    ['models: {a: {kind: markov, order: 6}}', ':1:35: the order is 5 at most'],
    ['models: {a: {kind: position, first: -1}}', ':1:37: a share is not negative'],
    ['models: {a: {kind: position, first: 0, last: 0}}', ':1:13: the shares add up to zero: nobody would be credited'],
    ['models: {a: {kind: position}}', ':1:13: the shares add up to zero'],
    ['models: {a: {kind: time-decay, halfLife: 0}}', ':1:42: days are above zero'],
    ['models: [position]', ':1:10: "position" needs more than its name'],
    ['models: {a: custom}', ':1:13: "custom" needs more than its name'],
    ['models: {a: {kind: custom}}', ':1:13: a custom model needs its "weight"'],
    [
      `models: {a: {kind: custom, weight: 'touch.knid == "x" ? 1 : 0'}}`,
      ':1:36: "touch" has no field "knid" (at character 1)',
    ],
    ['models: {a: {kind: custom, weight: "[1].all(x, x > 0) ? 1 : 0"}}', 'the function "all" is not offered'],
    ['models: [last]\nwindw: {}', ':2:1: unknown key "windw" (did you mean "window"?)'],
    ['models: [last, last]', ':1:16: "last" is listed twice'],
    ['models: []', ':1:9: name at least one model'],
    ['models: {}', ':1:9: name at least one model'],
    ['models: [last]\nwindow: {days: 0}', ':2:16:'],
    [
      'models: [last]\nwindows: [{kinds: [fair, web], days: 9}, {kinds: [Web], days: 5}]',
      ':2:51: two windows overlap: "Web" is in both',
    ],
    ['models: [last]\npartners: [accpted]', ':2:12: "accpted" is not allowed here (did you mean "accepted"?)'],
  ])('%s says where and what', (text, message) => {
    expect(() => compileAttribution(FILE, text)).toThrow(message);
  });
});
