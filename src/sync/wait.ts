import { setTimeout as pause } from 'node:timers/promises';

/** Waits by the real clock, at most until `signal` aborts; an abort is no error. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
