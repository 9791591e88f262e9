import type { HubSpotSettings } from './settings.ts';

/** HubSpot measures its windows at its own door: requests sent a full window apart may arrive closer together. */
const SAFETY = 1.05;
const DAY_MS = 86_400_000;

/**
 * HubSpot's limits as the shared budget keeps them: a rolling ten seconds, searches apart and exempt from it, and a day
 * that starts at midnight in the portal's time zone (developers.hubspot.com, "API usage guidelines and limits").
 */
export function hubspotAllowances(settings: HubSpotSettings) {
  return {
    day: 'midnight' as const,
    windows: {
      general: { calls: settings.requestsPerTenSeconds, spanMs: 10_000 * SAFETY },
      search: { calls: settings.searchesPerSecond, spanMs: 1_000 * SAFETY },
    },
  };
}

/**
 * What an answer's headers say of the calls of the day; null where they say nothing, as in answers to OAuth apps, which
 * have no daily limit. @param timeZone the portal's, as its account details name it
 */
export function dayOf(
  headers: { get(name: string): string | null },
  timeZone: string | null,
  now: number,
): { used: number; max: number; resetsAt?: string } | null {
  const max = Number(headers.get('x-hubspot-ratelimit-daily') ?? Number.NaN);
  const remaining = Number(headers.get('x-hubspot-ratelimit-daily-remaining') ?? Number.NaN);
  if (!(max > 0) || !(remaining >= 0)) return null;
  const resetsAt = timeZone === null ? null : nextMidnight(now, timeZone);
  return {
    used: Math.max(0, max - remaining),
    max,
    ...(resetsAt === null ? {} : { resetsAt: new Date(resetsAt).toISOString() }),
  };
}

/** The next midnight in a time zone, in epoch milliseconds; null for a zone that this machine does not know. */
export function nextMidnight(now: number, timeZone: string): number | null {
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  const sinceMidnight = (at: number): number => {
    const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return (part.hour ?? 0) * 3_600_000 + (part.minute ?? 0) * 60_000 + (part.second ?? 0) * 1000 + (at % 1000);
  };
  const guess = now - sinceMidnight(now) + DAY_MS;
  // Where the clocks are changed in between, that is an hour beside it.
  const off = sinceMidnight(guess);
  return off === 0 ? guess : off < DAY_MS / 2 ? guess - off : guess + DAY_MS - off;
}
