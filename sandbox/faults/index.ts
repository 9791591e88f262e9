/**
 * Faults on demand: what the line between a customer and a CRM, and the CRM itself, do wrong, by a seeded schedule. They stand
 * before the emulators' HTTP layer; how a CRM speaks of its troubles stands in `salesforce.ts` and `hubspot.ts`.
 */
import type { RequestListener } from 'node:http';
import type { SandboxClock } from '../core/clock.ts';
import type { Faults } from './faults.ts';
import type { Crm } from './kinds.ts';
import { withFaults } from './listener.ts';
import { SkewedClock } from './skewed-clock.ts';

export { Faults } from './faults.ts';
export { BadSchedule, type FaultScheduleInput, parseSchedule } from './schedule.ts';

/** What a CRM's emulator needs of its faults: its own clock, and its listener behind them. */
export interface Faulty {
  readonly clock: SandboxClock;
  guard(listener: RequestListener): RequestListener;
}

/** Puts one CRM behind faults; without any, everything stays as it is. */
export function faulty(crm: Crm, clock: SandboxClock, faults: Faults | undefined): Faulty {
  if (faults === undefined) return { clock, guard: (listener) => listener };
  const own = new SkewedClock(clock, faults, crm);
  return { clock: own, guard: (listener) => withFaults(crm, listener, faults, own) };
}
