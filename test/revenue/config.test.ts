import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compileAttribution } from '../../src/revenue/config.ts';

const FILE = 'config/attribution.yaml';

describe('attribution.yaml', () => {
  test('as delivered credits under every model without a window', () => {
    expect(compileAttribution(FILE, readFileSync(FILE, 'utf8'))).toEqual({
      models: ['first', 'last', 'linear'],
      window: { days: null },
    });
  });

  test('may leave the window out', () => {
    expect(compileAttribution(FILE, 'models: [last]')).toEqual({ models: ['last'], window: { days: null } });
  });

  test.each([
    ['models: [frist]', 'config/attribution.yaml:1:10: "frist" is not allowed here (did you mean "first"?)'],
    ['models: [last]\nwindw: {}', 'config/attribution.yaml:2:1: unknown key "windw" (did you mean "window"?)'],
    ['models: [last, last]', 'config/attribution.yaml:1:16: "last" is listed twice'],
    ['models: []', 'config/attribution.yaml:1:9: name at least one model'],
    ['models: [last]\nwindow: {days: 0}', 'config/attribution.yaml:2:16:'],
  ])('%j is refused, with the place', (text, message) => {
    expect(() => compileAttribution(FILE, text)).toThrow(message);
  });
});
