/** What the opened application offers: the use cases that commands, server and tests call. */
import type { OrgIdentity, ProvisionStep, Reception, WebhookRequest } from '../../connectors/connector.ts';
import type { Config } from '../config/load.ts';
import type { DealMove } from '../deals/service/move.ts';
import type { Brought, GivenDeal, RegisteredDeal } from '../deals/service/register.ts';
import type { DealDetail, DealFilter, listDeals } from '../deals/service/view.ts';
import type { Claimed } from '../leads/service/claim.ts';
import type { ClockMove, OfferView } from '../leads/service/offer-clock.ts';
import type { PoolLead, PoolLeadOfAll } from '../leads/service/pool.ts';
import type { GivenRow, TakenRow } from '../leads/service/take-feedback.ts';
import type { Clock } from '../model/clock.ts';
import type { BudgetRules } from '../store/budget-math.ts';
import type { Store } from '../store/database.ts';
import type { Environment, Rules } from '../sync/environment.ts';
import type { Plan } from '../sync/plan.ts';
import type { PlannedRun } from '../sync/planned-run.ts';
import type { RunOptions, RunSummary } from '../sync/run.ts';
import type { Verification, VerifyOptions } from '../sync/verify.ts';
import type { FeedbackBrought } from './feedback.ts';
import type { AnswerLinks } from './offer-desk.ts';
import type { Reports } from './reports.ts';

export type Log = Environment['log'];

/** Another run holds the lease. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** `--only` names no object that is read. */
export class UnknownStream extends Error {
  override readonly name = 'UnknownStream';
  readonly hint: string | undefined;
  constructor(wanted: string, hint: string | undefined) {
    super(`there is no stream "${wanted}"`);
    this.hint = hint;
  }
}

export interface SyncOptions extends Pick<RunOptions, 'full' | 'onPage' | 'onPhase'> {
  readonly only?: string;
  /** Send again what the CRM refused. */
  readonly resend?: boolean;
}

/** HTTP requests by connection: those of runs, and those of set-up (describing, provisioning, checking). */
export interface Calls {
  readonly run: number;
  readonly setUp: number;
}

export interface App {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  /** How many calls each connection may make. */
  readonly budgets: ReadonlyMap<string, BudgetRules>;
  /** Proves URL and credentials of every connection. */
  check(): Promise<Record<string, OrgIdentity>>;
  provision(options: { dryRun: boolean }): Promise<Record<string, ProvisionStep[]>>;
  /** One run. Throws Busy where another one holds the lease, NotProvisioned where the CRM lacks Sluice's fields. */
  sync(options?: SyncOptions): Promise<RunSummary>;
  /** A small run that follows what events hinted at; null where nothing waits. Throws as `sync` does. */
  absorb(): Promise<RunSummary | null>;
  /** Takes in a request that claims to come from the CRM of a connection; null where there is none, or it does not call. */
  receive(connection: string, request: WebhookRequest): Promise<Reception | null>;
  /** Listens to the CRMs that can be listened to, until `signal` aborts; `onHints` is told when there is something to absorb. */
  listen(signal: AbortSignal, onHints: () => void): Promise<void>;
  /** What a sync would do now, with up to `show` of its changes. Throws as `sync` does, and a ConnectorError where a CRM is out of reach. */
  plan(options: { readonly show: number }): Promise<Plan>;
  /** Carries out the plan of that hash, or throws PlanRefused. */
  syncPlan(hash: string, options: Pick<SyncOptions, 'onPage' | 'onPhase'>): Promise<PlannedRun>;
  /** Reads both CRMs anew and lists how they differ from what Sluice holds. */
  verify(options: VerifyOptions): Promise<Verification>;
  /** The pages behind signed links; null where none are sent. */
  readonly answerLinks: AnswerLinks | null;
  /** The catalogue of reports, and what is made of it. */
  readonly reports: Reports;
  /** An offer with its deadlines as they are now; null where there is none of this id. */
  offer(id: string): Promise<OfferView | null>;
  /** Stops, restarts or moves the clock of an offer; throws ClockRefused where that cannot be. */
  moveClock(id: string, move: ClockMove): Promise<OfferView>;
  /** The first leads of the pool, each with the partners that may claim it. */
  pool(limit: number): Promise<readonly PoolLeadOfAll[]>;
  /** The first leads of the pool that a partner may claim, as it may see them; null: there is no such partner. */
  poolFor(partnerId: string, limit: number): Promise<readonly PoolLead[] | null>;
  /** Gives a lead of the pool to the partner that claims it, or says why not. */
  claim(leadId: string, partnerId: string): Promise<Claimed>;
  /** Takes in what partners state of leads; the next run acts on it. */
  takeFeedback(rows: readonly GivenRow[], brought: FeedbackBrought): Promise<TakenRow[]>;
  /** Registers deals; every row gets an answer of its own. */
  registerDeals(rows: readonly GivenDeal[], brought: Brought): Promise<RegisteredDeal[]>;
  /** Approves, rejects, extends, withdraws or ties a registration; throws DealRefused where that cannot be. */
  moveDeal(id: string, move: DealMove, by: string): Promise<DealDetail>;
  /** A registration with its history; null where there is none of this id. */
  deal(id: string): Promise<DealDetail | null>;
  /** Registrations, the newest first. */
  deals(filter: DealFilter): ReturnType<typeof listDeals>;
  /** The environment of decisions, built without asking any CRM: for reports and reconciliation. */
  environment(): Promise<Environment>;
  calls(connection: string): Calls;
  /** Lets what is under way end as soon as it can: calls in flight are finished, none is made after them. Runs say that they stopped. */
  stop(): void;
  close(): Promise<void>;
}
