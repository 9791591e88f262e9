import { describe, expect, test } from '@jest/globals';
import { Faults, parseSchedule } from '../../../sandbox/index.ts';

describe('a schedule of faults', () => {
  test('is read from YAML', () => {
    const text = 'seed: 7\nrules:\n  - { fault: reset-after, crm: hubspot, path: "*/batch/*", nth: [2, 4] }\n';
    expect(() => parseSchedule(text, 'faults.yaml')).toThrow('faults.yaml:3:47: rules.0.path: a path starts with "/"');
    const { seed, rules } = parseSchedule(text.replace('"*', '"/*'), 'faults.yaml');
    expect({ seed, rules }).toEqual({
      seed: 7,
      rules: [{ fault: 'reset-after', crm: 'hubspot', path: '/*/batch/*', nth: [2, 4] }],
    });
  });

  test.each([
    ['rules: [', 'f.yaml:1:'],
    ['rules:\n  - { fault: rest, every: 1 }', 'f.yaml:2:14: rules.0.fault:'],
    ['rules:\n  - { fault: locked, crm: salesforce, every: 1 }', '"locked" (423) exists only at hubspot'],
    ['rules:\n  - { fault: timeout }', 'say when it strikes by one of nth, every, probability'],
    ['rules:\n  - { fault: timeout, every: 2, nth: 1 }', 'rules.0.every: say when it strikes by one of'],
    ['rules:\n  - { fault: timeout, every: 2, delayMs: 5 }', '"timeout" takes no delayMs'],
    ['rules:\n  - { fault: html, every: 2, status: 504 }', '"html" answers with 502 or 503'],
    ['rules:\n  - { fault: clock-skew, every: 2, skewMs: 5 }', 'a clock is wrong all the time'],
    ['rules:\n  - { fault: duplicate-events, every: 2, path: /x }', '"duplicate-events" is not about requests'],
    ['rules:\n  - { fault: timeout, probability: 2 }', 'rules.0.probability'],
    ['rules:\n  - { fault: timeout, every: 1, oftn: 3 }', 'oftn'],
    ['seed: one\nrules: []', 'f.yaml:1:7: seed:'],
    ['[]', 'the schedule'],
  ])('that cannot be meant is refused, naming the place: %s', (text, words) => {
    expect(() => parseSchedule(text, 'f.yaml')).toThrow(words);
  });
});

describe('what strikes', () => {
  const path = '/crm/v3/objects/contacts';
  const strikes = (faults: Faults, count: number, at: string = path, method = 'GET') =>
    Array.from({ length: count }, () => faults.strike('hubspot', { method, path: at })?.kind ?? null);

  test('a rule strikes the requests that it is about, by their number', () => {
    const faults = new Faults({
      rules: [
        { fault: 'locked', method: 'PATCH', path: '/crm/*/contacts/*', nth: [2] },
        { fault: 'slow', every: 3, times: 1 },
      ],
    });
    expect(strikes(faults, 2, '/crm/v3/objects/contacts/1', 'PATCH')).toEqual([null, 'locked']);
    // The third request of the second rule is the first of these.
    expect(strikes(faults, 4)).toEqual(['slow', null, null, null]);
    expect(faults.counts).toEqual({ locked: 1, slow: 1 });
  });

  test('a draw depends on the seed and the number of the request alone', () => {
    const schedule = { seed: 3, rules: [{ fault: 'timeout' as const, probability: 0.3 }] };
    const one = strikes(new Faults(schedule), 200);
    const struck = one.filter((kind) => kind !== null).length;
    expect(struck).toBeGreaterThan(35);
    expect(struck).toBeLessThan(85);
    const faults = new Faults(schedule);
    const other = Array.from({ length: 200 }, () => {
      faults.strike('salesforce', { method: 'GET', path: '/services/data' });
      return faults.strike('hubspot', { method: 'GET', path })?.kind ?? null;
    });
    expect(other).toEqual(one);
    expect(strikes(new Faults({ ...schedule, seed: 4 }), 200)).not.toEqual(one);
  });

  test('addresses of tokens are spared unless a rule names them', () => {
    const faults = new Faults({ rules: [{ fault: 'timeout', every: 1 }] });
    expect(strikes(faults, 1, '/oauth/v1/token')).toEqual([null]);
    expect(faults.strike('salesforce', { method: 'POST', path: '//services/oauth2/token' })).toBeNull();
    faults.use({ rules: [{ fault: 'timeout', path: '/oauth/*', every: 1 }] });
    expect(strikes(faults, 1, '/oauth/v1/token')).toEqual(['timeout']);
  });

  test('a bad schedule at run time changes nothing; none ends the faults', () => {
    const faults = new Faults({ rules: [{ fault: 'timeout', every: 1 }] });
    expect(() => faults.use({ rules: [{ fault: 'timeout' }] })).toThrow('say when it strikes');
    expect(strikes(faults, 1)).toEqual(['timeout']);
    faults.stop();
    expect(strikes(faults, 3)).toEqual([null, null, null]);
  });
});

describe('events', () => {
  const events = ['a', 'b', 'c', 'd', 'e', 'f'];
  test('pass unchanged where no fault strikes', () => {
    expect(new Faults().events('hubspot', events)).toEqual([events]);
    expect(new Faults({ rules: [{ fault: 'duplicate-events', every: 1 }] }).events('hubspot', [])).toEqual([[]]);
  });

  test('some come twice, none is lost', () => {
    const faults = new Faults({ rules: [{ fault: 'duplicate-events', every: 1, share: 0.5 }] });
    for (let n = 0; n < 20; n++) {
      const sent = faults.events('hubspot', events).flat();
      expect(new Set(sent)).toEqual(new Set(events));
      expect(sent.length).toBeGreaterThan(events.length);
    }
    expect(faults.counts).toEqual({ 'duplicate-events': 20 });
  });

  test('come in another order, none is lost or doubled', () => {
    const faults = new Faults({ rules: [{ fault: 'reordered-events', crm: 'salesforce', nth: 1 }] });
    expect(faults.events('hubspot', events)).toEqual([events]);
    const [sent = []] = faults.events('salesforce', events);
    expect(sent).not.toEqual(events);
    expect(sent.toSorted()).toEqual(events);
  });
});
