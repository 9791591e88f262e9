import { describe, expect, test } from '@jest/globals';
import { KeepInStep, type Steps } from '../../src/cli/keep-in-step.ts';
import type { RunSummary } from '../../src/sync/run.ts';

const MINUTE = 60_000;

class Busy extends Error {}

function summary(problems: Record<string, string | null> = { salesforce: null }): RunSummary {
  const connections = Object.fromEntries(
    Object.entries(problems).map(([name, resumesAt]) => [
      name,
      {
        ...{ read: 0, changed: 0, written: 0, rejected: 0, waiting: 0, calls: 0, floor: 0, swept: 0, hints: 0 },
        problem: resumesAt === null ? null : { code: 'QUOTA', message: 'used up', hint: null, resumesAt },
      },
    ]),
  );
  return { id: 'run', startedAt: '', finishedAt: '', status: 'done', connections, offers: 0, entries: 0, message: '' };
}

/** A clock that jumps to where somebody waits for it, and what happened when. */
class Stage {
  now = 0;
  readonly log: string[] = [];
  readonly stop = new AbortController();
  /** What happens at a time, in milliseconds. */
  readonly plan = new Map<number, () => void>();
  sync: () => Promise<RunSummary> = async () => summary();
  absorb: () => Promise<RunSummary | null> = async () => summary();

  readonly keeping = new KeepInStep(
    {
      sync: () => this.#noted('sync', this.sync),
      absorb: () => this.#noted('absorb', this.absorb),
      isBusy: (error) => error instanceof Busy,
      onDone: () => undefined,
      onFailed: (error) => this.log.push(`failed: ${(error as Error).message}`),
    } satisfies Steps,
    {
      everyMs: 15 * MINUTE,
      collectMs: 250,
      busyMs: 2_000,
      now: () => this.now,
      clock: () => this.now,
      wait: async (ms, signal) => {
        const until = this.now + ms;
        for (const [at, happen] of [...this.plan].sort(([a], [b]) => a - b)) {
          if (at > until) break;
          this.plan.delete(at);
          this.now = Math.max(this.now, at);
          happen();
          if (signal.aborted) return;
        }
        this.now = until;
      },
    },
  );

  /** Lets everything happen up to a time. */
  async until(ms: number): Promise<string[]> {
    this.plan.set(ms, () => this.stop.abort());
    await this.keeping.run(this.stop.signal);
    return this.log;
  }

  at(ms: number, happen: () => void): this {
    this.plan.set(ms, happen);
    return this;
  }

  async #noted<T>(name: string, step: () => Promise<T>): Promise<T> {
    this.log.push(`${name} at ${this.now}`);
    return step();
  }
}

describe('the schedule', () => {
  test('syncs at once and then from beginning to beginning', async () => {
    const stage = new Stage();
    stage.sync = async () => {
      stage.now += MINUTE;
      return summary();
    };
    expect(await stage.until(31 * MINUTE)).toEqual(['sync at 0', `sync at ${15 * MINUTE}`, `sync at ${30 * MINUTE}`]);
  });

  test('a run longer than the interval is followed by the next one, never overlapped', async () => {
    const stage = new Stage();
    let running = 0;
    stage.sync = async () => {
      expect(++running).toBe(1);
      stage.now += 20 * MINUTE;
      running -= 1;
      if (stage.now >= 40 * MINUTE) stage.stop.abort();
      return summary();
    };
    expect(await stage.until(99 * MINUTE)).toEqual(['sync at 0', `sync at ${20 * MINUTE}`]);
  });

  test('a run that fails is told, and the next one comes in its time', async () => {
    const stage = new Stage();
    stage.sync = async () => {
      throw new Error('the database is gone');
    };
    expect(await stage.until(16 * MINUTE)).toEqual([
      'sync at 0',
      'failed: the database is gone',
      `sync at ${15 * MINUTE}`,
      'failed: the database is gone',
    ]);
  });

  test('a run that finds another process at work is tried again shortly', async () => {
    const stage = new Stage();
    let tries = 0;
    stage.sync = async () => {
      if (++tries < 3) throw new Busy();
      return summary();
    };
    expect(await stage.until(MINUTE)).toEqual(['sync at 0', 'sync at 2000', 'sync at 4000']);
  });

  test('where every connection has used up its quota, the next run waits until the first of them resumes', async () => {
    const stage = new Stage();
    stage.sync = async () =>
      summary({ salesforce: new Date(120 * MINUTE).toISOString(), hubspot: new Date(60 * MINUTE).toISOString() });
    expect(await stage.until(61 * MINUTE)).toEqual(['sync at 0', `sync at ${60 * MINUTE}`]);
  });

  test('where one of two goes on, so does the schedule', async () => {
    const stage = new Stage();
    stage.sync = async () => summary({ salesforce: new Date(120 * MINUTE).toISOString(), hubspot: null });
    expect(await stage.until(16 * MINUTE)).toEqual(['sync at 0', `sync at ${15 * MINUTE}`]);
  });
});

describe('hints', () => {
  test('are absorbed soon after they come; a burst becomes one run', async () => {
    const stage = new Stage();
    for (const at of [1_000, 1_100, 1_200]) stage.at(at, () => stage.keeping.nudge());
    expect(await stage.until(MINUTE)).toEqual(['sync at 0', 'absorb at 1250']);
  });

  test('that come while something runs are absorbed after it', async () => {
    const stage = new Stage();
    stage.sync = async () => {
      stage.keeping.nudge();
      stage.now += 5_000;
      return summary();
    };
    expect(await stage.until(MINUTE)).toEqual(['sync at 0', 'absorb at 5000']);
  });

  test('are tried again shortly where another process is at work', async () => {
    const stage = new Stage();
    let tries = 0;
    stage.absorb = async () => {
      if (++tries === 1) throw new Busy();
      return null;
    };
    stage.at(1_000, () => stage.keeping.nudge());
    expect(await stage.until(MINUTE)).toEqual(['sync at 0', 'absorb at 1250', 'absorb at 3250']);
  });

  test('that could not be followed leave the schedule as it is', async () => {
    const stage = new Stage();
    stage.absorb = async () => {
      throw new Error('no answer');
    };
    stage.at(1_000, () => stage.keeping.nudge());
    expect(await stage.until(16 * MINUTE)).toEqual([
      'sync at 0',
      'absorb at 1250',
      'failed: no answer',
      `sync at ${15 * MINUTE}`,
    ]);
  });
});

test('a stop lets what is under way finish, and begins nothing more', async () => {
  const stage = new Stage();
  let finished = false;
  stage.sync = async () => {
    stage.stop.abort();
    stage.keeping.nudge();
    finished = true;
    return summary();
  };
  expect(await stage.until(MINUTE)).toEqual(['sync at 0']);
  expect(finished).toBe(true);
});
