/** Each value carries when it became known. A score may use what was known when it was made, and nothing else. */

export interface KnownValue {
  readonly value: string;
  /** ISO instant from which on the value was known; null where nobody recorded it. */
  readonly knownAt: string | null;
}

export interface KnownThen {
  readonly kept: Readonly<Record<string, string>>;
  /** What was left out, and why. */
  readonly refused: readonly { readonly field: string; readonly why: string }[];
}

/**
 * Keeps the values that were known at `scoredAt`. A value of unknown age is left out too, for it may be the outcome in disguise.
 * @param late fields that are refused whatever their time says (see `lateFields`)
 */
export function knownThen(
  values: Readonly<Record<string, KnownValue>>,
  scoredAt: string,
  late: ReadonlySet<string> = new Set(),
): KnownThen {
  const kept: Record<string, string> = {};
  const refused: { field: string; why: string }[] = [];
  for (const [field, { value, knownAt }] of Object.entries(values)) {
    if (late.has(field)) refused.push({ field, why: 'mostly set during or after the sale' });
    else if (knownAt === null) refused.push({ field, why: 'nobody recorded when it became known' });
    else if (Date.parse(knownAt) > Date.parse(scoredAt))
      refused.push({ field, why: `known since ${knownAt}, scored at ${scoredAt}` });
    else kept[field] = value;
  }
  return { kept, refused };
}

/** A lead of the past: its values and when it was scored. */
export interface PastLead {
  readonly values: Readonly<Record<string, KnownValue>>;
  readonly scoredAt: string;
}

export interface LateField {
  readonly field: string;
  /** Leads that have a value of known time, and those of them that got it after scoring. */
  readonly filled: number;
  readonly late: number;
  /** The middle one of the delays after scoring, in days. */
  readonly delayDays: number;
  readonly evidence: string;
}

/** Fewer values say nothing about a field. */
const ENOUGH = 20;

/** Fields of which most values became known only after the lead was scored. The few early values are those of odd leads, so all are refused. */
export function lateFields(leads: readonly PastLead[]): LateField[] {
  const seen = new Map<string, { filled: number; delays: number[] }>();
  for (const { values, scoredAt } of leads) {
    for (const [field, { value, knownAt }] of Object.entries(values)) {
      if (value === '' || knownAt === null) continue;
      const facts = seen.get(field) ?? { filled: 0, delays: [] };
      seen.set(field, facts);
      facts.filled++;
      const delay = (Date.parse(knownAt) - Date.parse(scoredAt)) / 86_400_000;
      if (delay > 0) facts.delays.push(delay);
    }
  }
  return [...seen].flatMap(([field, { filled, delays }]) => {
    if (filled < ENOUGH || delays.length <= filled / 2) return [];
    const middle = [...delays].sort((a, b) => a - b)[Math.floor(delays.length / 2)] as number;
    const delayDays = Math.round(middle * 10) / 10;
    const evidence = `${delays.length} of ${filled} values of ${field} became known after the lead was scored, the middle one of them ${delayDays} days later`;
    return [{ field, filled, late: delays.length, delayDays, evidence }];
  });
}
