import type { Touch } from '../../model/revenue.ts';
import { compareIds, compareMoments, isWithin, type Moment, momentOf } from '../moment.ts';

/** How far back from the close touches count; null: without limit. */
export interface Window {
  readonly days: number | null;
}

/** Which touches may count at all. */
export interface TouchRules {
  readonly window: Window;
  /** A window of their own for touches of some kinds. */
  readonly windowOfKind: ReadonlyMap<string, Window>;
  readonly kinds: Choice;
  /** By the name of the campaign. */
  readonly campaigns: Choice;
  /** By the status of the campaign response, where the CRM states one. */
  readonly statuses: Choice;
}

/** What is taken: only those named (null: all), less those left out. Case does not matter, a * stands for anything. */
export interface Choice {
  readonly only: readonly string[] | null;
  readonly not: readonly string[];
}

const ALL: Choice = { only: null, not: [] };

/** Every touch before the close counts. */
export const EVERY_TOUCH: TouchRules = {
  window: { days: null },
  windowOfKind: new Map(),
  kinds: ALL,
  campaigns: ALL,
  statuses: ALL,
};

/** A touch with its place in time. */
export interface TimedTouch {
  readonly touch: Touch;
  readonly at: Moment;
}

/**
 * The touches that count for a deal closed at `close`, in order of time: those at or before it, within the window of their
 * kind and not left out. A calendar date orders after the instants of its day; equals order by id. What two records tell of
 * the same person, campaign, kind and time is one touch.
 */
export function eligibleTouches(touches: readonly Touch[], close: Moment, rules: TouchRules): TimedTouch[] {
  const timed: TimedTouch[] = [];
  for (const touch of touches) {
    const at = momentOf(touch.at);
    if (compareMoments(at, close) > 0) continue;
    const { days } = windowFor(touch, rules);
    if (days !== null && !isWithin(at, close, days)) continue;
    // What partners did is chosen by a list of its own; it belongs to no campaign.
    if (touch.partnerId === undefined && !isChosen(touch, rules)) continue;
    timed.push({ touch, at });
  }
  timed.sort((a, b) => compareMoments(a.at, b.at) || compareIds(a.touch.id, b.touch.id));
  return timed.filter((one, place) => !isRepeat(timed, one, place));
}

/** Whether one of the same time before it, in order of time, tells the same. */
function isRepeat(timed: readonly TimedTouch[], { touch, at }: TimedTouch, place: number): boolean {
  for (let before = place - 1; before >= 0; before--) {
    const other = timed[before];
    if (!other || compareMoments(other.at, at) !== 0) return false;
    const { personId, campaignId, kind } = other.touch;
    if (personId === touch.personId && campaignId === touch.campaignId && kind === touch.kind) return true;
  }
  return false;
}

function windowFor(touch: Touch, { window, windowOfKind }: TouchRules): Window {
  return windowOfKind.size === 0 ? window : (windowOfKind.get(touch.kind.toLowerCase()) ?? window);
}

function isChosen(touch: Touch, { kinds, campaigns, statuses }: TouchRules): boolean {
  return (
    isTaken(touch.kind, kinds) &&
    isTaken(touch.campaignName ?? touch.campaignId, campaigns) &&
    isTaken(touch.status ?? null, statuses)
  );
}

/** What is not known is in no list. */
function isTaken(value: string | null, { only, not }: Choice): boolean {
  if (only === null && not.length === 0) return true;
  const fits = (pattern: string) => value !== null && isLike(value.trim().toLowerCase(), pattern.toLowerCase());
  return (only === null || only.some(fits)) && !not.some(fits);
}

/** Whether a text is the pattern, in which * stands for any characters. Takes time in proportion to both lengths at most. */
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [head = '', ...rest] = parts;
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let from = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
