import type { Connector, ConnectorError, ObjectDescription, StreamSpec } from '../../connectors/connector.ts';
import type { AccountMatcher } from '../deals/judge.ts';
import type { DealRules } from '../deals/rules.ts';
import type { FundRules } from '../funds/rules.ts';
import type { ReportsConfig } from '../insight/reports/custom.ts';
import type { ScorecardRules } from '../insight/scorecard-config.ts';
import type { FeedbackRules } from '../leads/feedback/feedback-rules.ts';
import type { Intake } from '../leads/intake.ts';
import type { NoticeRules } from '../leads/notify/notice.ts';
import type { Programmes } from '../leads/partners/compile-programmes.ts';
import type { Routing } from '../leads/routing.ts';
import type { Scoring } from '../leads/scoring.ts';
import type { SlaRules } from '../leads/service/terms.ts';
import type { FieldKind } from '../mapping/described.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { Clock } from '../model/clock.ts';
import type { AttributionConfig } from '../revenue/config.ts';
import type { LedgerRules } from '../revenue/ledger-config.ts';
import type { Rate } from '../revenue/rates.ts';
import type { ReconcileRules } from '../revenue/reconcile-config.ts';
import type { Database } from '../store/database.ts';
import type { Drift } from './drift.ts';

/** One connection with all that a run needs to know of it. */
export interface Connection {
  readonly name: string;
  /** Kind of CRM, as mappings name it. */
  readonly crm: string;
  readonly connector: Connector;
  readonly mappings: readonly Mapping[];
  readonly streams: readonly Stream[];
  /** What the CRM changed about fields that Sluice uses. */
  readonly drifts: readonly Drift[];
  /** Why it must not be used at all in this run, where that is so. */
  readonly refused?: ConnectorError;
}

/** One object of a connection: what is read of it and who makes what of it. */
export interface Stream {
  /** Names the stream's cursor: the object, and for the deleted ones of a CRM that lists them apart a word more. */
  readonly key: string;
  readonly spec: StreamSpec;
  readonly mappings: readonly Mapping[];
  /** Objects whose associated ids are read beside each changed record. */
  readonly associations: readonly string[];
  /** Null where the CRM describes no such object (HubSpot's campaigns): values are then compared as they are. */
  readonly description: ObjectDescription | null;
  /** CRM fields that Sluice writes on this object. */
  readonly owned: ReadonlySet<string>;
  /** CRM fields that Sluice and the CRM's users both write. */
  readonly shared: ReadonlySet<string>;
  /** CRM fields that Sluice sets once, when a lead is handed back to marketing. */
  readonly setOnce: ReadonlySet<string>;
  /** Fields that are not written at present, because the CRM changed them; some of them are not read either. */
  readonly paused: ReadonlySet<string>;
}

/** The rules, compiled, and the text they came from for replay. */
export interface Rules {
  readonly intake: Intake;
  readonly scoring: Scoring;
  readonly routing: Routing;
  readonly attribution: AttributionConfig;
  readonly ledger: LedgerRules;
  /** What rates.csv says. Left out: there is none. */
  readonly rates?: readonly Rate[];
  /** Left out: only the catalogue. */
  readonly reports?: ReportsConfig;
  /** Hash that names the routing rules in `config_versions`. */
  readonly routingHash: string;
  /** Left out: evidence is weighed as config/reconcile.yaml of Sluice does. */
  readonly reconcile?: ReconcileRules;
  /** Left out: partners can state nothing of leads beside their answers. */
  readonly feedback?: FeedbackRules;
  /** Left out: partners are in no programme and move between no tiers. */
  readonly programmes?: Programmes;
  /** Left out: nothing is done with co-marketing money. */
  readonly funds?: FundRules;
  /** Left out: no deals are registered. */
  readonly deals?: { readonly rules: DealRules; readonly matcher: AccountMatcher };
  /** Left out: an offer has only the time to accept that routing.yaml gives. */
  readonly sla?: SlaRules;
  /** Left out: partners are not measured. */
  readonly scorecard?: ScorecardRules;
  /** Left out: nobody is told of anything. */
  readonly notices?: NoticeRules;
}

export interface Environment {
  readonly db: Database;
  readonly clock: Clock;
  /** Order of precedence: the first connection that states a fact wins. */
  readonly connections: readonly Connection[];
  readonly rules: Rules;
  /** ISO 4217, for amounts that name no currency. */
  readonly currency: string;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    about?: Record<string, string | number | boolean>,
  ) => void;
}

const kinds = new WeakMap<ObjectDescription, Map<string, FieldKind>>();

/** How values of a field are compared. */
export function kindOf(stream: Stream, field: string): FieldKind {
  if (stream.description === null) return 'text';
  let known = kinds.get(stream.description);
  if (known === undefined) {
    known = new Map(stream.description.fields.map((described) => [described.name.toLowerCase(), described.kind]));
    kinds.set(stream.description, known);
  }
  return known.get(field) ?? known.get(field.toLowerCase()) ?? 'text';
}
