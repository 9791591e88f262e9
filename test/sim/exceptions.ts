/**
 * What reading the changes alone does not promise: the windows that docs/guides/sync.md and the connectors' BEHAVIOR.md leave to
 * the complete passes. Each has a name, under which a schedule counts what it excused.
 */
import type { Finding, ShadowFinding } from './finding.ts';
import { LONG_PAUSE, type Plan } from './plan.ts';
import type { World } from './world.ts';

export type Exception =
  | 'search lag beyond the overlap'
  | 'late row beyond the overlap'
  | 'erasure without an event'
  | 'deletions that no list could tell'
  | 'reference that a deletion cleared'
  | 'association without an event';

/** When a process of Sluice ran, by the clock of the CRMs: epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How far the connectors read back: their defaults, which the simulation uses. */
const OVERLAP_MS = { salesforce: 60_000, hubspot: 5_000 } as const;
/** Salesforce's stamps are whole seconds. */
const SECOND = 1_000;

export interface Circumstances {
  readonly plan: Plan;
  readonly world: Pick<World, 'erasedIds' | 'deletedIds'>;
  readonly spans: readonly Span[];
}

/** Findings of reading without complete passes: those that no exception covers, and how many each covers. */
export function excuse(
  findings: readonly Finding[],
  circumstances: Circumstances,
): { readonly left: readonly Finding[]; readonly excused: Readonly<Partial<Record<Exception, number>>> } {
  const known = new Map<string, Exception>();
  const nameOf = ({ object, id }: { readonly object: string; readonly id: string }) => `${object} ${id}`;
  for (const { record, shadow } of findings) {
    const exception = shadow && record ? exceptionFor(record.id, shadow, circumstances) : null;
    if (record && exception !== null) known.set(nameOf(record), exception);
  }
  const excused: Partial<Record<Exception, number>> = {};
  const left = findings.filter(({ record, shadow }) => {
    // What follows from a version that was not seen (an answer that was written in it) is excused with it.
    const own = record && shadow ? exceptionFor(record.id, shadow, circumstances) : null;
    const exception = own ?? (record && !shadow ? known.get(nameOf(record)) : undefined);
    if (exception === undefined || exception === null) return true;
    excused[exception] = (excused[exception] ?? 0) + 1;
    return false;
  });
  return { left, excused };
}

function exceptionFor(id: string, shadow: ShadowFinding, { plan, world, spans }: Circumstances): Exception | null {
  // With events, of which none is lost, these are told at once.
  const mayBeUntold = plan.events === null || plan.events.lost > 0;
  if (shadow.connection === 'hubspot') {
    if (shadow.is === 'tied otherwise') return mayBeUntold ? 'association without an event' : null;
    if (shadow.is === 'thought alive' && world.erasedIds.has(id))
      return mayBeUntold ? 'erasure without an event' : null;
    if (wasHidden(shadow, plan.searchLagMs, OVERLAP_MS.hubspot, spans)) return 'search lag beyond the overlap';
  }
  if (shadow.cleared !== undefined && world.deletedIds.has(shadow.cleared)) {
    return 'reference that a deletion cleared';
  }
  // The recycle bin forgets by itself, too.
  const binEnds = plan.rounds.some(({ hours }) => hours >= LONG_PAUSE);
  // Of what stays in the recycle bin the stream of changes tells; the rest is named by a list, as far as that reaches.
  const listFails = plan.deletionsTold < 600_000 || binEnds;
  const isGone = shadow.connection === 'salesforce' && shadow.is === 'thought alive';
  if (isGone && listFails && (shadow.modifiedAt === null || world.erasedIds.has(id))) {
    return 'deletions that no list could tell';
  }
  if (shadow.connection === 'salesforce' && wasHidden(shadow, plan.lateRowsMs, OVERLAP_MS.salesforce, spans)) {
    return 'late row beyond the overlap';
  }
  return null;
}

/** Whether a run read past the version, by more than it reads back, while the version could not be seen. */
function wasHidden({ modifiedAt }: ShadowFinding, delayMs: number, overlapMs: number, spans: readonly Span[]): boolean {
  if (modifiedAt === null || delayMs <= overlapMs) return false;
  const at = Date.parse(modifiedAt);
  return spans.some(({ from, to }) => to > at + overlapMs - SECOND && from < at + delayMs + SECOND);
}
