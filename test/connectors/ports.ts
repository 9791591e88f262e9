import type { Allowance, CallClass, ConnectorPorts, Tokens } from '../../connectors/connector.ts';

/** Ports that record what a connector did with them. Sleeping moves the given clock on and takes no time. */
export interface RecordedPorts {
  readonly ports: ConnectorPorts;
  /** Requests by what they were for. */
  readonly calls: Partial<Record<CallClass, number>>;
  readonly sleeps: number[];
  readonly saved: Tokens[];
  /** What was asked of the budget, which always allows. */
  readonly taken: { readonly allowance: Allowance; readonly isRetry: boolean }[];
  /** What the CRM was heard to say of its count of the day. */
  readonly observed: { readonly used: number; readonly max: number; readonly resetsAt?: string }[];
  /** Each time the CRM said that the day is used up: when it is so no more, where it said that too. */
  readonly refusals: (string | null)[];
  readonly logged: string[];
  /** What the token store holds: shared by every process that is given the same object. */
  readonly store: TokenStore;
}

export interface TokenStore {
  tokens: Tokens | null;
  lock: Promise<unknown>;
}

export interface Clock {
  now(): number;
  advance(ms: number): void;
}

/** A clock that stands until it is moved. */
export function stillClock(at = '2026-06-01T00:00:00.000Z'): Clock {
  let now = Date.parse(at);
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

export function recordPorts(clock: Clock = stillClock(), shared?: TokenStore): RecordedPorts {
  const store: TokenStore = shared ?? { tokens: null, lock: Promise.resolve() };
  const calls: Partial<Record<CallClass, number>> = {};
  const sleeps: number[] = [];
  const saved: Tokens[] = [];
  const taken: RecordedPorts['taken'] = [];
  const observed: RecordedPorts['observed'] = [];
  const refusals: RecordedPorts['refusals'] = [];
  const logged: string[] = [];
  const ports: ConnectorPorts = {
    connection: 'crm',
    now: () => clock.now(),
    onCall: (kind) => {
      calls[kind] = (calls[kind] ?? 0) + 1;
    },
    budget: {
      take: (allowance, isRetry) => {
        taken.push({ allowance, isRetry });
        return Promise.resolve();
      },
      ready: () => Promise.resolve(),
      observe: (day) => {
        observed.push(day);
      },
      refused: (resumesAt) => {
        refusals.push(resumesAt);
        return Promise.resolve(resumesAt === null ? 3_600_000 : Date.parse(resumesAt) - clock.now());
      },
    },
    tokens: {
      load: () => Promise.resolve(store.tokens),
      save: (tokens) => {
        store.tokens = tokens;
        saved.push(tokens);
        return Promise.resolve();
      },
      exclusively: (refresh) => {
        const turn = store.lock.then(refresh);
        store.lock = turn.catch(() => undefined);
        return turn;
      },
    },
    sleep: (ms) => {
      sleeps.push(ms);
      clock.advance(ms);
      return Promise.resolve();
    },
    log: (level, message, about) => {
      logged.push(JSON.stringify({ level, message, about }));
    },
  };
  return { ports, calls, sleeps, saved, taken, observed, refusals, logged, store };
}
