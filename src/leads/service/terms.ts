/** The versions of sla.yaml that offers were made under: the one of now, and older ones from the store. */
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import type { OfferTerms } from '../offer-terms.ts';
import { compileHolidays, type HolidayText } from '../sla/holiday-sets.ts';
import { compileSla, type Sla } from '../sla/sla.ts';

/** The sla.yaml of now. */
export interface SlaRules {
  readonly sla: Sla;
  /** Names it in `config_versions`. */
  readonly hash: string;
}

/** All that a version is made of, as `config_versions` keeps it. */
export interface SlaVersion {
  readonly file: string;
  readonly text: string;
  readonly holidays: readonly HolidayText[];
}

export function compileSlaVersion({ file, text, holidays }: SlaVersion): Sla {
  return compileSla(file, text, compileHolidays(holidays));
}

/** Versions seldom change, and offers of a few of them are open at a time. */
const KEPT = 20;
const compiled = new Map<string, Sla>();

/** The versions that these offers are under, by hash. One that cannot be read any more is stood in for by that of now. */
export async function versionsFor(
  tx: Queryable,
  offers: readonly { readonly terms: OfferTerms | null }[],
  now: SlaRules,
): Promise<ReadonlyMap<string, Sla>> {
  const wanted = new Set(offers.flatMap(({ terms }) => (terms === null || terms.sla === now.hash ? [] : [terms.sla])));
  const missing = [...wanted].filter((hash) => !compiled.has(hash));
  if (missing.length > 0) {
    const rows = await tx.selectFrom('config_versions').selectAll().where(among('hash', missing)).execute();
    const bodies = new Map(rows.map(({ hash, body }) => [hash, body]));
    if (compiled.size + missing.length > KEPT) compiled.clear();
    for (const hash of missing) compiled.set(hash, readable(bodies.get(hash)) ?? now.sla);
  }
  return new Map([[now.hash, now.sla], ...[...wanted].map((hash) => [hash, compiled.get(hash) ?? now.sla] as const)]);
}

function readable(body: string | undefined): Sla | null {
  if (body === undefined) return null;
  try {
    return compileSlaVersion(JSON.parse(body) as SlaVersion);
  } catch {
    // Written by a Sluice with other words for its rules; offers then go by the rules of now.
    return null;
  }
}
