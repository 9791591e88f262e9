/** A schedule of faults as people write it: YAML or JSON, checked, with the place of each mistake. */
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { CRMS, type FaultKind, KINDS, kindOf } from './kinds.ts';

const share = z.number().gt(0).max(1);
const count = z.int().min(1).max(1_000_000);
const kinds = Object.keys(KINDS) as [FaultKind, ...FaultKind[]];

const params = z.strictObject({
  /** Whether the request is carried out all the same. */
  effect: z.enum(['none', 'done']).optional(),
  /** HTTP status, where the fault leaves a choice. */
  status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).optional(),
  /** How long the CRM asks to wait: the Retry-After header. */
  retryAfterSeconds: z.int().min(0).max(86_400).optional(),
  /** Which limit is reached. */
  scope: z.enum(['burst', 'daily']).optional(),
  /** Which half of a document is left: one whose connection breaks, or one that claims to be whole. */
  how: z.enum(['broken', 'short']).optional(),
  /** Of the rows of a batch, or of the events. At least one is struck. */
  share: share.optional(),
  /** Milliseconds of the wall. */
  delayMs: z.int().min(1).max(600_000).optional(),
  /** How far the CRM's clock is ahead; negative: behind. */
  skewMs: z.int().min(-86_400_000).max(86_400_000).optional(),
});
export type FaultParams = z.output<typeof params>;

/** What each fault takes besides where and when. */
const TAKES: Readonly<Partial<Record<FaultKind, readonly (keyof FaultParams)[]>>> = {
  timeout: ['effect'],
  truncated: ['how'],
  html: ['effect', 'status'],
  garbage: ['effect'],
  limited: ['scope', 'retryAfterSeconds'],
  migrating: ['retryAfterSeconds'],
  'server-error': ['effect', 'status', 'retryAfterSeconds'],
  'row-lock': ['share'],
  partial: ['share'],
  slow: ['delayMs'],
  'clock-skew': ['skewMs'],
  'duplicate-events': ['share'],
};

const STATUSES: Readonly<Partial<Record<FaultKind, readonly number[]>>> = {
  html: [502, 503],
  'server-error': [500, 503, 504],
};

const WHEN = ['nth', 'every', 'probability'] as const;

const rule = z
  .strictObject({
    fault: z.enum(kinds),
    /** Both CRMs where left out. */
    crm: z.enum(CRMS).optional(),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
    /**
     * The path without its query, `*` standing for anything. Left out: all but the addresses of tokens, which a fault may make
     * useless for good.
     */
    path: z.string().min(1).max(500).startsWith('/', 'a path starts with "/"').optional(),
    /** Strikes these of the requests that the rule is about, the first being 1. */
    nth: z.union([count, z.array(count).min(1)]).optional(),
    /** Strikes each n-th of them. */
    every: count.optional(),
    /** Strikes each of them as likely as this. */
    probability: share.optional(),
    /** Strikes so often at the most. */
    times: count.optional(),
    ...params.shape,
  })
  .superRefine((given, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { about, crms, strikes } = kindOf(given.fault);
    if (given.crm !== undefined && !crms.includes(given.crm))
      complain('crm', `"${given.fault}" (${about}) exists only at ${crms.join(' and ')}`);
    for (const name of Object.keys(params.shape) as (keyof FaultParams)[]) {
      if (given[name] !== undefined && !(TAKES[given.fault] ?? []).includes(name))
        complain(name, `"${given.fault}" takes no ${name}`);
    }
    const statuses = STATUSES[given.fault];
    if (given.status !== undefined && statuses && !statuses.includes(given.status))
      complain('status', `"${given.fault}" answers with ${statuses.join(' or ')}`);
    const when = WHEN.filter((name) => given[name] !== undefined);
    if (strikes === 'clock') {
      if (given.skewMs === undefined) complain('skewMs', 'say how far the clock is ahead, in milliseconds');
      for (const name of [...when, ...(given.times === undefined ? [] : ['times'])])
        complain(name, 'a clock is wrong all the time');
    } else if (when.length !== 1) {
      complain(when[1] ?? 'fault', `say when it strikes by one of ${WHEN.join(', ')}`);
    }
    if (strikes !== 'request') {
      for (const name of ['method', 'path'] as const)
        if (given[name] !== undefined) complain(name, `"${given.fault}" is not about requests`);
    }
  });
export type FaultRule = z.output<typeof rule>;

const schedule = z.strictObject({
  /** The same seed strikes the same requests. */
  seed: z.int().min(0).default(1),
  /** The first that strikes a request is the one. */
  rules: z.array(rule),
});
export type FaultSchedule = z.output<typeof schedule>;
/** A schedule as callers write it. */
export type FaultScheduleInput = z.input<typeof schedule>;

/** A schedule that cannot be used; each line of the message names a place and what is wrong there. */
export class BadSchedule extends Error {
  override readonly name = 'BadSchedule';
}

/** Checks a schedule that is data already. @throws BadSchedule */
export function checkSchedule(given: unknown): FaultSchedule {
  return check(given, (path) => path.map(String).join('.') || 'the schedule');
}

/** Reads a schedule from YAML or JSON. @throws BadSchedule, naming `file`, line and column */
export function parseSchedule(text: string, file: string): FaultSchedule {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [error] = document.errors;
  if (error) throw new BadSchedule(`${place(error.pos[0])}: ${error.message}`);
  return check(document.toJS(), (path) => {
    // The nearest thing that is there: a missing key has no place of its own.
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] | null } | undefined;
      const start = node?.range?.[0];
      if (start !== undefined) return `${place(start)}: ${path.map(String).join('.') || 'the schedule'}`;
    }
    return file;
  });
}

function check(given: unknown, place: (path: readonly PropertyKey[]) => string): FaultSchedule {
  const parsed = schedule.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new BadSchedule(parsed.error.issues.map(({ path, message }) => `${place(path)}: ${message}`).join('\n'));
}
