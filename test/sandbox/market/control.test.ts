import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Controlled, startControl } from '../../../sandbox/control.ts';
import { Faults } from '../../../sandbox/index.ts';

const start = Date.parse('2026-03-02T08:00:00Z');
let nowMs = start;
let fails = false;
const sandbox: Controlled = {
  now: () => nowMs,
  advance: async (hours) => {
    if (fails) throw new Error('the market stumbled over lead 7');
    nowMs += hours * 3_600_000;
    return { steps: hours };
  },
  truth: async () => ({ seed: 1, people: [] }),
  stats: () => ({ salesforce: { total: 3 } }),
  faults: new Faults(),
};

let control: Awaited<ReturnType<typeof startControl>>;
beforeAll(async () => {
  control = await startControl(sandbox);
});
afterAll(() => control.close());
beforeEach(() => {
  nowMs = start;
  fails = false;
});

const call = async (path: string, init?: RequestInit) => {
  const response = await fetch(control.url + path, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const advance = (body: string) => call('/advance', { method: 'POST', body });

describe('the control server', () => {
  test('tells the time as an instant and in milliseconds', async () => {
    expect(await call('/time')).toEqual({ status: 200, body: { now: '2026-03-02T08:00:00.000Z', epochMs: start } });
  });

  test('moves time and tells what was done on the way', async () => {
    expect(await advance('{"hours": 6}')).toEqual({
      status: 200,
      body: { now: '2026-03-02T14:00:00.000Z', acted: { steps: 6 } },
    });
  });

  test.each(['', 'six', '{}', '{"hours": "6"}', '{"hours": 0}', '{"hours": -1}', '{"hours": 1e9}', '[6]', 'null'])(
    'refuses %j with 400, says what to send, and does not move',
    async (body) => {
      const answer = await advance(body);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toContain('{"hours": 6}');
      expect(nowMs).toBe(start);
    },
  );

  test('refuses a body that is far too long', async () => {
    expect((await advance(`{"hours": 6, "why": "${'x'.repeat(20_000)}"}`)).status).toBe(400);
  });

  test('a failure on the way is a 500 with its reason', async () => {
    fails = true;
    expect(await advance('{"hours": 6}')).toEqual({ status: 500, body: { error: 'the market stumbled over lead 7' } });
  });

  test('serves truth, stats and health, and names them where asked for anything else', async () => {
    expect((await call('/truth')).body).toEqual({ seed: 1, people: [] });
    expect((await call('/stats')).body).toEqual({ salesforce: { total: 3 } });
    expect((await call('/health')).body).toEqual({ status: 'ok' });
    const unknown = await call('/advance');
    expect(unknown.status).toBe(404);
    expect(unknown.body.error).toContain('POST /advance');
  });
});
