/**
 * The arithmetic of the API budget. Pure: what is known of an org's calls, a question and the time in; an answer and what is
 * known afterwards out. Times are epoch milliseconds.
 *
 * A window is cut into slots. A call that is granted is made within the slot of its grant, so that no window, wherever it
 * begins, sees more than its limit as long as all slots that it can touch hold no more than that together.
 */

/** A rolling window: at most `calls` in any `spanMs`. */
export interface WindowLimit {
  readonly calls: number;
  readonly spanMs: number;
}

export interface BudgetRules {
  /** Share of the day's allowance that is Sluice's, above 0 and up to 1. */
  readonly dailyShare: number;
  /** A rolling 24 hours, or a day that ends at a midnight (which the CRM may tell, else UTC's). */
  readonly day: 'rolling' | 'midnight';
  /** The short windows by name of allowance; one that is absent has none. */
  readonly windows: Readonly<Record<string, WindowLimit>>;
}

/** What the CRM says of its own count of the day. */
export interface DayCount {
  readonly used: number;
  readonly max: number;
  readonly resetsAt?: string;
}

/** What is known of an org; kept as JSON. */
export interface BudgetState {
  /** Sluice's own calls by the quarter of an hour in which they were granted. */
  readonly own: Readonly<Record<string, number>>;
  /** Calls granted lately by allowance and slot. */
  readonly windows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The CRM's own count, when it was heard, and how many calls of ours had been granted by then. */
  readonly heard: { readonly used: number; readonly max: number; readonly at: number; readonly own: number } | null;
  /** When the day ends, where the CRM says so. */
  readonly resetsAt: number | null;
  /** Until when the CRM is asked nothing, since it refused a call because those of the day are used up. */
  readonly blockedUntil?: number | null;
}

export const emptyBudget: BudgetState = { own: {}, windows: {}, heard: null, resetsAt: null };

/** Calls that were granted together. */
export interface Grant {
  readonly calls: number;
  /** From then on they may not be made any more; null where the allowance has no window. */
  readonly until: number | null;
  readonly grantedAt: number;
}

export type Answer =
  | { readonly kind: 'granted'; readonly grant: Grant; readonly state: BudgetState }
  /** The window is full: ask again then. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** The day's share is used up, or nearly and retries yield, or the CRM itself refuses calls. */
  | { readonly kind: 'stop'; readonly why: StopReason; readonly resumesInMs: number };

export type StopReason = 'share' | 'allowance' | 'retry' | 'refused';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The longest day there is: the one in which the clocks are set back. */
const LONGEST_DAY_MS = DAY_MS + HOUR_MS;
const BUCKET_MS = 900_000;
/** From this part of the share on, retries yield to new work; and below it a run that was stopped may go on. */
const RETRIES_YIELD_AT = 0.75;
/** Where others have used up a rolling day, nobody can tell when they made their calls: the CRM is asked again so often. */
const UNKNOWN_PAUSE_MS = HOUR_MS;
const SLOTS_A_WINDOW = 10;

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, calls) => total + calls, 0);

const slotMs = (limit: WindowLimit): number => Math.max(1, Math.ceil(limit.spanMs / SLOTS_A_WINDOW));

const startOfBucket = (at: number): number => at - (at % BUCKET_MS);

/** When the day that holds `now` began, and when it ends (of a rolling day: never). */
function dayOf(state: BudgetState, rules: BudgetRules, now: number): { start: number; end: number | null } {
  if (rules.day === 'rolling') return { start: now - DAY_MS, end: null };
  const known = state.resetsAt ?? 0;
  const end = known + Math.max(0, Math.floor((now - known) / DAY_MS) + 1) * DAY_MS;
  return { start: end - DAY_MS, end };
}

/** Leaves out what no longer matters, and what lies in a future that the clock has left again. */
function current(state: BudgetState, rules: BudgetRules, now: number): BudgetState {
  const { start } = dayOf(state, rules, now);
  const keep = (counts: Readonly<Record<string, number>>, from: number, until: number) =>
    Object.fromEntries(Object.entries(counts).filter(([at, calls]) => +at > from && +at <= until && calls > 0));
  const windows = Object.entries(rules.windows).map(([name, limit]): [string, Record<string, number>] => {
    const slot = Math.floor(now / slotMs(limit));
    return [name, keep(state.windows[name] ?? {}, slot - SLOTS_A_WINDOW - 1, slot + SLOTS_A_WINDOW)];
  });
  const heard = state.heard !== null && state.heard.at > start && state.heard.at <= now + DAY_MS ? state.heard : null;
  return {
    // A bucket counts as long as any part of it lies in the day.
    own: keep(state.own, start - BUCKET_MS, now + BUCKET_MS),
    windows: Object.fromEntries(windows),
    // What was used of a day that has ended is over; how much a day allows is still true.
    heard: heard ?? (state.heard === null ? null : { used: 0, max: state.heard.max, at: now, own: 0 }),
    resetsAt: state.resetsAt,
    blockedUntil: blockedFor(state, now) > 0 ? (state.blockedUntil ?? null) : null,
  };
}

/**
 * Milliseconds for which the CRM is asked nothing more, since it has refused calls; 0: it may be asked. What lies further
 * ahead than the longest day was noted by a clock that has been set back since.
 */
export function blockedFor(state: BudgetState, now: number): number {
  const ms = (state.blockedUntil ?? 0) - now;
  return ms > 0 && ms <= LONGEST_DAY_MS ? ms : 0;
}

/**
 * The CRM refused a call because those of the day are used up: it is asked nothing before it has some again. That is the time
 * it names, else the end of its day where it is known, else an hour. A day of midnights that has but begun is not used up
 * yet: there the two clocks differ, and an hour is enough. @param resumesAt epoch milliseconds, where the CRM names a time
 */
export function block(state: BudgetState, rules: BudgetRules, now: number, resumesAt: number | null): BudgetState {
  const ahead = (at: number | null) => at !== null && at > now && at <= now + LONGEST_DAY_MS;
  const known = [resumesAt, rules.day === 'midnight' ? state.resetsAt : null].find(ahead) ?? now + UNKNOWN_PAUSE_MS;
  const hasJustBegun = rules.day === 'midnight' && known - now > DAY_MS - HOUR_MS;
  return { ...state, blockedUntil: hasJustBegun ? now + UNKNOWN_PAUSE_MS : known };
}

/** Sluice's own calls of the day and how many it may make; null: the CRM has not yet said how many there are. */
export function standing(
  state: BudgetState,
  rules: BudgetRules,
  now: number,
): { readonly own: number; readonly share: number | null; readonly used: number | null; readonly max: number | null } {
  const known = current(state, rules, now);
  const own = sum(known.own);
  if (known.heard === null) return { own, share: null, used: null, max: null };
  const { used, max } = known.heard;
  const since = Math.max(0, own - known.heard.own);
  return { own, share: Math.floor(max * rules.dailyShare), used: Math.min(max, used + since), max };
}

/** Milliseconds until Sluice's own calls have come down to where a run can get something done again. */
function untilRoom(known: BudgetState, rules: BudgetRules, now: number, share: number): number {
  const { end } = dayOf(known, rules, now);
  if (end !== null) return end - now;
  let own = sum(known.own);
  for (const [bucket, calls] of Object.entries(known.own).sort(([a], [b]) => +a - +b)) {
    own -= calls;
    if (own < share * RETRIES_YIELD_AT) return Math.max(1, +bucket + BUCKET_MS + DAY_MS - now);
  }
  return UNKNOWN_PAUSE_MS;
}

/** Whether the day allows another call. */
export function day(
  state: BudgetState,
  rules: BudgetRules,
  now: number,
  isRetry: boolean,
): { readonly left: number } | Extract<Answer, { kind: 'stop' }> {
  const known = current(state, rules, now);
  const stop = (why: StopReason, ms: number) =>
    ({ kind: 'stop', why, resumesInMs: Math.max(1, Math.round(ms)) }) as const;
  const blocked = blockedFor(known, now);
  if (blocked > 0) return stop('refused', blocked);
  const { own, share, used, max } = standing(known, rules, now);
  if (share === null || used === null || max === null) return { left: Number.POSITIVE_INFINITY };
  if (own >= share) return stop('share', untilRoom(known, rules, now, share));
  const { end } = dayOf(known, rules, now);
  // A count of a rolling day that was heard an hour ago proves nothing any more: one call hears the new one.
  const again = end ?? (known.heard?.at ?? now) + UNKNOWN_PAUSE_MS;
  if (used >= max && again > now) return stop('allowance', again - now);
  if (isRetry && own >= share * RETRIES_YIELD_AT) return stop('retry', untilRoom(known, rules, now, share));
  return { left: Math.max(1, Math.min(share - own, max - used)) };
}

/** Asks for up to `wanted` calls of an allowance at once. */
export function reserve(
  state: BudgetState,
  rules: BudgetRules,
  now: number,
  asked: { readonly allowance: string; readonly wanted: number; readonly isRetry: boolean },
): Answer {
  const known = current(state, rules, now);
  const today = day(known, rules, now, asked.isRetry);
  if ('kind' in today) return today;
  const limit = rules.windows[asked.allowance];
  let calls = Math.max(1, Math.min(asked.wanted, today.left));
  let until: number | null = null;
  let windows = known.windows;
  if (limit !== undefined) {
    const span = slotMs(limit);
    const slot = Math.floor(now / span);
    const counts = known.windows[asked.allowance] ?? {};
    const room = limit.calls - sum(counts);
    if (room <= 0) {
      const oldest = Math.min(...Object.keys(counts).map(Number));
      return { kind: 'wait', ms: Math.max(1, (oldest + SLOTS_A_WINDOW + 1) * span - now) };
    }
    calls = Math.min(calls, room);
    until = (slot + 1) * span;
    windows = { ...known.windows, [asked.allowance]: { ...counts, [slot]: (counts[slot] ?? 0) + calls } };
  }
  const bucket = startOfBucket(now);
  const own = { ...known.own, [bucket]: (known.own[bucket] ?? 0) + calls };
  return { kind: 'granted', grant: { calls, until, grantedAt: now }, state: { ...known, own, windows } };
}

/** Gives back calls of a grant that were not made. */
export function giveBack(
  state: BudgetState,
  rules: BudgetRules,
  allowance: string,
  grant: Grant,
  unused: number,
): BudgetState {
  const less = (counts: Readonly<Record<string, number>>, at: number) =>
    counts[at] === undefined ? counts : { ...counts, [at]: Math.max(0, counts[at] - unused) };
  const limit = rules.windows[allowance];
  const counts = state.windows[allowance];
  return {
    ...state,
    own: less(state.own, startOfBucket(grant.grantedAt)),
    windows:
      limit === undefined || counts === undefined
        ? state.windows
        : { ...state.windows, [allowance]: less(counts, Math.floor(grant.grantedAt / slotMs(limit))) },
  };
}

/** Takes note of what the CRM says. */
export function hear(state: BudgetState, rules: BudgetRules, now: number, said: DayCount): BudgetState {
  const told = said.resetsAt === undefined ? Number.NaN : Date.parse(said.resetsAt);
  const resetsAt = Number.isNaN(told) ? state.resetsAt : told;
  const known = current({ ...state, resetsAt }, rules, now);
  return { ...known, heard: { used: said.used, max: said.max, at: now, own: sum(known.own) } };
}
