/**
 * What the console's HTTP API answers, and the port that a running Sluice gives the server to answer from.
 * Amounts of money are plain decimal strings ("1234.50") in the currency named beside them, instants are ISO 8601 UTC
 * text, rates and ROI are decimal ratios ("0.25" is 25 %). The console imports these types, and only the types.
 */
import type { Grade, LeadState } from '../model/lead.ts';
import type { OfferResponse, OfferStatus } from '../model/offer.ts';
import type { Stage } from '../model/person.ts';
import type { Model } from '../model/revenue.ts';
import type { ErrorGroup, ErrorRecord, Resent } from '../sync/error-group.ts';

export type { ErrorGroup, Grade, LeadState, Model, OfferStatus, Resent };

/** What the server asks of the rest of Sluice. Every method reads, but for `resend`. */
export interface ConsolePort {
  overview(): Promise<Overview>;
  leads(query: LeadQuery): Promise<LeadPage>;
  /** Null where no lead has this id. */
  lead(id: string): Promise<LeadDetail | null>;
  roi(): Promise<RoiView>;
  fairness(): Promise<FairnessView>;
  /** The newest `limit` runs, newest first. */
  runs(limit: number): Promise<RunView[]>;
  /** What waits for a correction, by cause, the most records first. */
  errors(): Promise<ErrorList>;
  /** Null where nothing open has this cause. */
  error(id: string): Promise<ErrorDetail | null>;
  /** Sets going again what the errors of one cause hold up; null where nothing open has it. */
  resend(id: string): Promise<Resent | null>;
}

export interface Overview {
  /** The vendor's name, shown beside the logo. */
  readonly vendor: string;
  readonly currency: string;
  /** The time by Sluice's own clock, which in a demo is the sandbox's. */
  readonly now: string;
  readonly demo: boolean;
  /** Only in a demo: simulated days gone by, of how many. */
  readonly demoProgress?: { readonly day: number; readonly days: number; readonly done: boolean };
  /** In the order of the funnel; each step counts everybody who ever got that far. */
  readonly funnel: readonly FunnelStep[];
  /** States that no lead is in may be left out. */
  readonly leadStates: readonly { readonly state: LeadState; readonly count: number }[];
  /** The last few, newest first. */
  readonly runs: readonly RunView[];
  readonly connections: readonly ConnectionView[];
  readonly errors: { readonly open: number };
  readonly reviews: { readonly open: number };
}

export type FunnelKey = 'synced' | 'leads' | 'offered' | 'accepted' | 'qualified' | 'won';

export interface FunnelStep {
  readonly key: FunnelKey;
  readonly label: string;
  readonly count: number;
  /** Value of the deals behind this step; null where the step has none. */
  readonly amount: string | null;
}

export interface ConnectionView {
  readonly name: string;
  /** "salesforce", "hubspot" ... */
  readonly kind: string;
  readonly status: 'ok' | 'syncing' | 'problem' | 'never synced';
  readonly lastSyncAt: string | null;
  /** API calls made so far. */
  readonly calls: number;
  /** In words, with what to do; null while all is well. */
  readonly problem: string | null;
  /** When the CRM was heard last, by a webhook or on its stream of events; null: never yet. */
  readonly heardAt: string | null;
  /** Records that events told of and no run has read yet. */
  readonly hintsWaiting: number;
  /** Since when every object has had a complete pass: the end of the oldest one. Null where one had none yet. */
  readonly sweptAt: string | null;
  /** Fields that stand still because the CRM changed them. */
  readonly fieldsPaused: number;
  /** API calls of the day; null where the org is not known yet. */
  readonly budget: CallBudget | null;
}

/** The calls of a day as all processes together have reserved them. */
export interface CallBudget {
  readonly made: number;
  /** How many Sluice may make; null where the CRM has named no daily limit. */
  readonly share: number | null;
}

export type RunStatus = 'running' | 'done' | 'done with rejects' | 'stopped' | 'failed';

/** One run of `sync`. */
export interface RunView {
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly status: RunStatus;
  /** Records read, by connection name. */
  readonly read: Readonly<Record<string, number>>;
  readonly changed: number;
  readonly written: number;
  readonly rejected: number;
  readonly offers: number;
  /** API calls made, by connection name. */
  readonly calls: Readonly<Record<string, number>>;
  readonly message: string | null;
  /** What assigning leads as a whole was worth, in words; null where none were. */
  readonly gain: string | null;
}

/** Columns that leads can be ordered by; a leading "-" means descending. Ties go by lead id. */
export const SORT_COLUMNS = ['score', 'name', 'company', 'state', 'partner', 'acceptBy', 'updatedAt'] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];
export type LeadSort = SortColumn | `-${SortColumn}`;

export interface LeadQuery {
  readonly state?: LeadState;
  readonly grade?: Grade;
  /** Partner id. */
  readonly partner?: string;
  /** Words looked for, whatever their case, in the person's name and e-mail and in the company. */
  readonly q?: string;
  readonly sort: LeadSort;
  readonly offset: number;
  readonly limit: number;
}

export interface PartnerRef {
  readonly id: string;
  readonly name: string;
}

export interface LeadRow {
  readonly id: string;
  readonly name: string;
  readonly company: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** 0-100; null while the lead has no score. */
  readonly score: number | null;
  readonly grade: Grade | null;
  readonly state: LeadState;
  readonly partner: PartnerRef | null;
  /** One readable sentence: why the lead is in this state. */
  readonly reason: string;
  readonly acceptBy: string | null;
  readonly updatedAt: string;
}

export interface LeadPage {
  /** How many leads fit the query, on all pages. */
  readonly total: number;
  readonly rows: readonly LeadRow[];
}

export interface LeadDetail {
  readonly lead: LeadRow & { readonly scoreReasons: readonly { readonly text: string; readonly points: number }[] };
  readonly person: {
    readonly name: string;
    readonly email: string | null;
    readonly phone: string | null;
    readonly title: string | null;
    readonly company: string | null;
    readonly country: string | null;
    readonly industry: string | null;
    readonly employees: number | null;
    readonly product: string | null;
    readonly stage: Stage | null;
  };
  /** The CRM records that are this lead. */
  readonly links: readonly {
    readonly connection: string;
    readonly object: string;
    readonly recordId: string;
    readonly role: string;
  }[];
  /** First round first. */
  readonly offers: readonly OfferView[];
  /** What partners said of it beside their answers, newest first. */
  readonly statements: readonly StatementView[];
  /** Who was told what of it, newest first. */
  readonly notices: readonly NoticeView[];
  /** Newest first. */
  readonly decisions: readonly DecisionView[];
  /** Newest first. */
  readonly history: readonly { readonly at: string; readonly what: string; readonly why: string | null }[];
  /** Values of its records that were overwritten, newest first. */
  readonly changes: readonly FieldChange[];
}

/** A value of a CRM record that gave way to another. */
export interface FieldChange {
  readonly at: string;
  readonly connection: string;
  readonly object: string;
  readonly recordId: string;
  readonly field: string;
  /** As text; null where the field was blank, or became so. */
  readonly before: string | null;
  readonly after: string | null;
  readonly why: string;
}

export interface OfferView {
  readonly id: string;
  readonly partner: PartnerRef;
  readonly status: OfferStatus;
  readonly offeredAt: string;
  readonly acceptBy: string;
  readonly closedAt: string | null;
  readonly response: OfferResponse | null;
  readonly responseReason: string | null;
  /** From 1. */
  readonly round: number;
  /** Of sla.yaml; null: it is under none. */
  readonly policy: string | null;
  /** Whose hours count. */
  readonly calendar: { readonly name: string; readonly zone: string } | null;
  /** Why its clock stands still; null: it does not. */
  readonly pausedFor: string | null;
  readonly deadlines: readonly DeadlineView[];
  /** What happened to it besides, oldest first: pauses, extensions, touches, reports. */
  readonly marks: readonly { readonly at: string; readonly what: string }[];
}

export interface DeadlineView {
  readonly name: string;
  /** The how-manieth of its name, from 1. */
  readonly period: number;
  readonly state: 'waiting' | 'running' | 'paused' | 'met' | 'missed' | 'over';
  readonly dueAt: string | null;
  readonly metAt: string | null;
  /** How often it may still be extended. */
  readonly extensionsLeft: number;
  /** What follows where it is missed. */
  readonly missed: string;
}

export interface StatementView {
  readonly at: string;
  readonly partner: PartnerRef;
  /** Through what: a CRM, a link, a file. */
  readonly via: string;
  /** In words. */
  readonly said: readonly string[];
  /** What it came to. */
  readonly effect: string;
  /** False where it moved nothing: it came too late, or contradicts what counts. */
  readonly counts: boolean;
}

export interface NoticeView {
  readonly at: string;
  readonly what: string;
  /** The partner, or the channel manager. */
  readonly to: string;
  readonly by: string;
  readonly state: 'waiting' | 'sent' | 'dropped' | 'failed';
  /** When it was sent, or why not. */
  readonly fate: string;
}

/** Who is given the best leads. Shares are decimals from 0 to 1, null where there was nothing to share. */
export interface FairnessView {
  readonly grades: readonly Grade[];
  readonly windowDays: number;
  /** routing.yaml sets floors. */
  readonly hasFloors: boolean;
  readonly channel: ShareView;
  readonly direct: ShareView;
  /** Partners of a tier; null is of no tier. */
  readonly tiers: readonly {
    readonly tier: string | null;
    readonly partners: readonly (ShareView & { readonly partner: PartnerRef })[];
  }[];
}

export interface ShareView {
  readonly given: number;
  readonly share: number | null;
  /** The least share asked for; null: none is. */
  readonly floor: number | null;
  /** How many leads more would have brought it to its floor. */
  readonly missing: number;
}

/** One decision on a lead with its whole trace, rebuilt by replay. */
export interface DecisionView {
  readonly id: string;
  readonly at: string;
  /** In a word or two: "Offered", "In pool", "Unroutable" ... */
  readonly outcome: string;
  /** Who was chosen; null where no partner was. */
  readonly partner: PartnerRef | null;
  /** Name of the route that matched; null where none did. */
  readonly route: string | null;
  readonly sentence: string;
  /** The trace in plain words, one step a line. */
  readonly lines: readonly string[];
  /** Winner first, then by points; the dropped ones after them. */
  readonly candidates: readonly CandidateView[];
  /** In the order they were tried. */
  readonly routes: readonly {
    readonly name: string;
    readonly outcome: 'matched' | 'not matched' | 'nobody eligible' | 'not tried';
    readonly why: string;
  }[];
  /** How equals were told apart; null where there was no tie. */
  readonly tieBreak: string | null;
  /** The replay gave the same trace (equal hash). */
  readonly verified: boolean;
}

export interface CandidateView {
  readonly partner: PartnerRef;
  /** Null where the partner was dropped before points were given. */
  readonly points: number | null;
  /** Why the partner was dropped; null for one that stayed. */
  readonly dropped: string | null;
  /** Points by criterion; they sum to `points`. */
  readonly criteria: readonly { readonly name: string; readonly points: number }[];
}

export interface RoiView {
  readonly currency: string;
  /** In the order of attribution.yaml; the first is the one shown first. */
  readonly models: readonly ModelView[];
  readonly campaigns: readonly CampaignRoi[];
  readonly totals: {
    readonly cost: string;
    readonly byModel: Readonly<
      Record<Model, { readonly credited: string; readonly unattributed: string; readonly roi: string | null }>
    >;
  };
  /** All revenue in the ledger; credited plus unattributed equals it under each model. */
  readonly booked: string;
}

export interface ModelView {
  readonly name: Model;
  /** As people read it. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly says: string;
}

export interface CampaignRoi {
  readonly id: string;
  readonly name: string;
  /** Null where no source of record states a cost; the ROI is then undefined. */
  readonly cost: string | null;
  /** roi: (credited - cost) / cost as a decimal ratio; null where undefined. */
  readonly byModel: Readonly<Record<Model, { readonly credited: string; readonly roi: string | null }>>;
}

export interface ErrorList {
  readonly groups: readonly ErrorGroup[];
}

export interface ErrorDetail extends ErrorGroup {
  /** The latest first, up to a hundred. */
  readonly shown: readonly ErrorRecord[];
}

export interface Health {
  readonly status: 'ok';
}

/** Every answer with a status of 400 or more. */
export interface ApiError {
  readonly error: { readonly message: string };
}

/** GET /api/reports: what there is, and what reports may be narrowed by. */
export interface ReportList {
  readonly reports: readonly ReportEntry[];
  readonly partners: readonly PartnerRef[];
  readonly campaigns: readonly { readonly id: string; readonly name: string }[];
  /** Names of attribution.yaml. */
  readonly models: readonly string[];
}

export interface ReportEntry {
  readonly name: string;
  readonly title: string;
  /** What question it answers. */
  readonly about: string;
  /** What it may be narrowed by: period, partner, campaign, model, drill. */
  readonly options: readonly string[];
}

/** GET /api/reports/NAME */
export interface ReportView {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly tables: readonly ReportTable[];
}

export interface ReportTable {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly {
    readonly key: string;
    readonly title: string;
    readonly type: 'text' | 'count' | 'money' | 'rate';
    /** What the figure says. */
    readonly about?: string;
  }[];
  /** Amounts and rates as decimal text. */
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  readonly totals: readonly Readonly<Record<string, string | number | null>>[];
}
