import { personOf } from '../../model/person.ts';
import { among } from '../../store/bulk.ts';
import type { Queryable } from '../../store/database.ts';
import { type CompactDecision, type DecisionTrace, decisionHash } from '../decision.ts';
import { explainDecision } from '../explain.ts';
import { gainWords } from '../methods/assignment.ts';
import { type RoutableLead, routeLead } from '../route-lead.ts';
import type { Routing } from '../routing.ts';
import { loadStanding } from './standing.ts';

export interface ExplainedDecision {
  readonly id: string;
  /** Its place in the common order of all that routing depends on. */
  readonly seq: string;
  readonly at: string;
  /** As it was stored. */
  readonly result: CompactDecision;
  readonly hash: string;
  readonly rules: { readonly hash: string; readonly file: string | null };
  /** The replay gave the stored hash, and the stored result has that hash. */
  readonly verified: boolean;
  /** Why it could not be verified; null where it was. */
  readonly problem: string | null;
  /** How it came about, by the replay; null where there could be none. */
  readonly trace: DecisionTrace | null;
  /** The trace in words; where there is none, what was stored. */
  readonly lines: readonly string[];
}

interface StoredDecision {
  readonly id: string;
  readonly seq: string;
  readonly at: string;
  readonly result: CompactDecision;
  /** No person: what the decision was made from was erased (see sync/erase.ts). */
  readonly inputs: RoutableLead | { readonly person: null };
  readonly hash: string;
  readonly configHash: string;
}

interface RulesVersion {
  readonly file: string;
  readonly routing: Routing | null;
  readonly problem: string | null;
}

/** The decisions on a lead, oldest first, each made again with the partners and rules of its time and the inputs stored. */
export async function replayDecisions(
  db: Queryable,
  leadId: string,
  compileRoutingOf: (body: string, file: string) => Routing,
  names: ReadonlyMap<string, string>,
): Promise<ExplainedDecision[]> {
  const rows = await db.selectFrom('decisions').selectAll().where('lead_id', '=', leadId).orderBy('seq').execute();
  const hashes = [...new Set(rows.map((row) => row.config_hash))];
  const bodies = await db.selectFrom('config_versions').selectAll().where(among('hash', hashes)).execute();
  const versions = new Map(
    bodies.map(({ hash, file, body }): [string, RulesVersion] => {
      try {
        return [hash, { file, routing: compileRoutingOf(body, file), problem: null }];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return [hash, { file, routing: null, problem: `the rules of its time cannot be read by this Sluice: ${why}` }];
      }
    }),
  );
  const explained: ExplainedDecision[] = [];
  for (const row of rows) {
    const stored: StoredDecision = {
      id: row.id,
      seq: row.seq,
      at: row.at,
      result: row.result as CompactDecision,
      inputs: row.inputs as StoredDecision['inputs'],
      hash: row.hash,
      configHash: row.config_hash,
    };
    explained.push(await replay(db, stored, versions.get(row.config_hash), names));
  }
  return explained;
}

async function replay(
  db: Queryable,
  stored: StoredDecision,
  version: RulesVersion | undefined,
  names: ReadonlyMap<string, string>,
): Promise<ExplainedDecision> {
  const { id, seq, at, result, hash } = stored;
  const known = { id, seq, at, result, hash, rules: { hash: stored.configHash, file: version?.file ?? null } };
  if (stored.inputs.person === null) {
    const problem = 'what was known of the person was erased, as no record is left in any CRM';
    return { ...known, verified: false, problem, trace: null, lines: [`Lead ${result.leadId}: ${result.sentence}`] };
  }
  if (!version?.routing) {
    const problem = version?.problem ?? `the rules of its time (${stored.configHash}) are not in the store`;
    return { ...known, verified: false, problem, trace: null, lines: [`Lead ${result.leadId}: ${result.sentence}`] };
  }
  const { routing } = version;
  const { partners, market } = await loadStanding(db, seq, routing, stored.inputs.at ?? Date.parse(at));
  const lead = { ...stored.inputs, person: personOf(stored.inputs.person) };
  const again = routeLead(lead, partners, routing, { market, trace: true });
  const problem =
    decisionHash(again) !== hash
      ? `the replay does not give what was decided: it says "${again.sentence}"`
      : decisionHash(result) !== hash
        ? 'the stored decision was changed after it was made'
        : null;
  const gain = lead.assigned?.gain;
  const lines = [
    ...(again.trace ? explainDecision(again.trace, names).lines : []),
    ...(gain ? [`The batch as a whole: ${gainWords(gain)}`] : []),
  ];
  return { ...known, verified: problem === null, problem, trace: again.trace, lines };
}
