/**
 * The contract between Sluice and a CRM. A connector knows its CRM and nothing of the channel model: it reads records,
 * writes rows and describes schemas. It is made of small capabilities; a consumer asks for the one it needs.
 */

/** A field value in canonical form: what two values must be compared in (see `Describe`). A datetime is ISO-8601 UTC with milliseconds. */
export type FieldValue = string | number | boolean | null;

/** What a CRM holds: only requested fields are present, so that absent and null stay distinct. */
export interface CrmRecord {
  readonly object: string;
  readonly id: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** ISO instant of the CRM's own modification stamp. */
  readonly modifiedAt: string;
  readonly deleted: boolean;
  /** The record that this deleted one was merged into, where the CRM says so. */
  readonly mergedInto?: string;
  /** Ids of the records that were merged into this one, where the CRM says so. */
  readonly absorbed?: readonly string[];
  /** Ids of associated records by object, primary first, where the read brought them along (`StreamSpec.associations`). */
  readonly associations?: Readonly<Record<string, readonly string[]>>;
}

/** One stream of changed records: an object and the fields to bring. */
export interface StreamSpec {
  readonly object: string;
  /** API names; the connector adds id, modification stamp and deletion mark by itself. */
  readonly fields: readonly string[];
  /** True: the deleted records of the object, for a CRM that lists them apart (`Reads.listsDeleted`). */
  readonly deleted?: boolean;
  /** Objects whose associated ids a sweep brings along. */
  readonly associations?: readonly string[];
}

/** An opaque, JSON-safe place in a stream. Only the connector that made it can read it; it names the org it came from. */
export type Cursor = { readonly [key: string]: string | number | boolean | null };

/** One page of changed records with the place to continue from. */
export interface Page {
  readonly records: readonly CrmRecord[];
  /** Where the next page starts: save it in the transaction that applies this page. */
  readonly cursor: Cursor;
  /** True when nothing more is waiting now; `cursor` then starts the next run. */
  readonly done: boolean;
  /** ISO instant, by Sluice's clock, at which the request for this page started. */
  readonly requestedAt: string;
  /** Rows a page of this stream holds at the most, for counting the least number of reads. */
  readonly pageSize: number;
  /** True where the CRM can no longer tell all that happened since the cursor: the caller has to sweep the object. */
  readonly incomplete?: boolean;
  /** Ids that a list of deletions names without saying what became of the record (merged, restored, gone for good): to be read by id. */
  readonly named?: readonly string[];
}

/**
 * One page of the complete set of an object's live records, in the order of ids. A record that is known, whose id lies in
 * the range, and that is not on the page was gone (or not yet there) when the page was made.
 */
export interface SweepPage extends Page {
  /** Ids above `after` (null: from the lowest) up to and including `through` (null: to the highest) stand on this page. */
  readonly range: { readonly after: string | null; readonly through: string | null };
}

export interface Reads {
  /** Whether deleted records of an object may be missing from its stream of changes and have a stream of their own. */
  listsDeleted(object: string): boolean;
  /** Reads the page after `cursor` (null: from the beginning, every record there is). */
  read(stream: StreamSpec, cursor: Cursor | null): Promise<Page>;
  /**
   * Reads the page after `cursor` (null: from the lowest id) of the complete set of live records, with no regard to what has
   * changed: how records are found whose change or disappearance nothing told of.
   */
  sweep(stream: StreamSpec, cursor: Cursor | null): Promise<SweepPage>;
  /**
   * Reads named records as they are now, deleted ones marked; ids unknown to the CRM are left out. Splits into batches by itself.
   * @param held the ids of which the caller holds a record: of these alone it is worth a request each to learn what became of
   *   them, where batches do not tell. Left out: all.
   */
  readByIds(stream: StreamSpec, ids: readonly string[], held?: ReadonlySet<string>): Promise<CrmRecord[]>;
  /** Reads the records whose `keyField` holds one of `keys`: how a lost answer to a create is found again. */
  readByKey(stream: StreamSpec, keyField: string, keys: readonly string[]): Promise<CrmRecord[]>;
}

export interface ReadsAssociations {
  /** The ids of `toObject` tied to each record of `object`, primary first. Records without any have no entry. */
  readAssociations(object: string, toObject: string, ids: readonly string[]): Promise<Map<string, string[]>>;
}

/** An exchange rate as a CRM states it. */
export interface StatedRate {
  /** ISO 4217. */
  readonly from: string;
  readonly to: string;
  /** Decimal text: units of `to` for one of `from`. */
  readonly rate: string;
  /** Calendar date from which it is in force. */
  readonly date: string;
  /** False where the CRM keeps but one rate at a time, and reckons earlier days by it too. */
  readonly isDated: boolean;
}

export interface ReadsRates {
  /** All exchange rates that the CRM keeps; none where it works in one currency. */
  readRates(): Promise<StatedRate[]>;
}

/** One row to write. With `id` it updates; without, it creates or updates by the unique `externalId`. */
export interface WriteRow {
  /** The caller's name for the row: its outcome carries it. */
  readonly key: string;
  readonly id?: string;
  readonly externalId?: { readonly field: string; readonly value: string };
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The record that the CRM locks while it writes this row (its account): rows of one parent travel together. */
  readonly parent?: string;
}

/** What became of one row. */
export type Outcome =
  | { readonly key: string; readonly status: 'ok'; readonly id: string; readonly created: boolean }
  /** Not written; the same row may be sent again, not before `afterMs`. */
  | {
      readonly key: string;
      readonly status: 'retry';
      readonly code: string;
      readonly message: string;
      readonly afterMs?: number;
    }
  /** Not written; sending the same row again is useless until the row, its mapping or the schema changes. */
  | {
      readonly key: string;
      readonly status: 'reject';
      readonly code: string;
      /** The CRM's own words. */
      readonly message: string;
      readonly fields: readonly string[];
      /** True where the record is gone (deleted or merged away). */
      readonly gone?: boolean;
      /** True where a record that the row refers to is not there; the row's own record may be. */
      readonly dangling?: boolean;
      /** Records that the CRM took this row for a duplicate of. */
      readonly duplicateOf?: readonly string[];
    }
  /** The answer was lost: it may or may not have been written. Read it back before sending it again. */
  | { readonly key: string; readonly status: 'unknown'; readonly code: string; readonly message: string };

export interface Writes {
  /** Rows that one request takes at the most. */
  readonly batchSize: number;
  /**
   * Writes rows of one object (any number; it batches by itself) and answers with one outcome a row, in any order.
   * `onBatch` is told each request's outcomes as soon as they are known, so that the caller can save them; of one that settled
   * no row, none. It is awaited before another request is made: where it rejects, nothing more is sent.
   * Rejects only with a ConnectorError whose action is 'stop'; the rows that have no outcome were not sent.
   */
  write(
    object: string,
    rows: readonly WriteRow[],
    onBatch?: (outcomes: readonly Outcome[]) => Promise<void>,
  ): Promise<Outcome[]>;
}

/** How a field's values are compared and what it accepts. */
export type FieldKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'picklist'
  | 'multipicklist'
  | 'reference'
  | 'other';

export interface FieldDescription {
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly writable: boolean;
  /** Computed by the CRM: its changes move no modification stamp. */
  readonly calculated?: boolean;
  /** A record cannot be created without it. */
  readonly required?: boolean;
  /** Greatest number of characters, where the CRM states one. */
  readonly length?: number;
  /** Decimal digits kept after the point, where the CRM states them. */
  readonly scale?: number;
  readonly unique: boolean;
  /** The allowed values of a restricted picklist. */
  readonly values?: readonly string[];
  /** The objects a reference may point to. */
  readonly referenceTo?: readonly string[];
}

export interface ObjectDescription {
  readonly object: string;
  readonly label: string;
  readonly fields: readonly FieldDescription[];
}

export interface Describes {
  /** Null where the CRM has no such object (or hides it from this user). */
  describe(object: string): Promise<ObjectDescription | null>;
  /** Names of all objects, for nearest-name suggestions. */
  objects(): Promise<string[]>;
}

/** What Sluice needs in the CRM; the connector finds out what is missing and creates only that. */
export interface ProvisionField {
  readonly object: string;
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly kind: 'text' | 'number' | 'datetime' | 'picklist' | 'reference';
  readonly length?: number;
  /** Decimal places of a number; left out: none. */
  readonly scale?: number;
  readonly unique?: boolean;
  /** Indexed for look-up though not unique. */
  readonly indexed?: boolean;
  readonly values?: readonly string[];
  readonly restricted?: boolean;
  readonly referenceTo?: string;
}
export interface ProvisionSpec {
  /** Custom objects to create, with singular and plural labels. */
  readonly objects: readonly { readonly name: string; readonly label: string; readonly plural: string }[];
  readonly fields: readonly ProvisionField[];
}
export interface ProvisionStep {
  readonly what: 'object' | 'field' | 'group' | 'permission';
  readonly name: string;
  readonly status: 'exists' | 'create' | 'created' | 'different' | 'failed';
  readonly message?: string;
}
export interface Provisions {
  /** Creates what is missing (with `dryRun` only says what it would); running it twice changes nothing. */
  provision(spec: ProvisionSpec, options: { readonly dryRun: boolean }): Promise<ProvisionStep[]>;
}

/** Who we are talking to. */
export interface OrgIdentity {
  /** The CRM's own id of the org or portal. */
  readonly orgId: string;
  readonly name: string;
  /** Currency of amounts that name none, ISO 4217, where the CRM says so. */
  readonly currency?: string;
}
export interface Checks {
  /** Proves URL and credentials; a ConnectorError with action 'stop' says what to do otherwise. */
  check(): Promise<OrgIdentity>;
}

/** What an event of a CRM tells: never a value, only which records to read. */
export interface Hint {
  readonly object: string;
  /** Empty: nobody knows which, the object's changes are to be read now. */
  readonly ids: readonly string[];
  /** ISO instant at which it happened, by the CRM's clock. */
  readonly at: string;
  readonly what: 'changed' | 'deleted' | 'merged' | 'associated' | 'gap';
}

/** A CRM whose events are fetched over a connection that stays open. */
export interface Listens {
  /**
   * Listens to changes of `objects` until `signal` aborts, connecting again by itself. `onHints` is awaited; `replay` is where
   * listening goes on after them. Where the CRM no longer knows `replay`, a gap hint comes for each object.
   * Rejects with a ConnectorError whose action is 'stop' where listening is impossible (not licensed, no permission).
   */
  listen(request: {
    readonly objects: readonly string[];
    readonly replay: string | null;
    readonly signal: AbortSignal;
    readonly onHints: (hints: readonly Hint[], replay: string) => Promise<void>;
  }): Promise<void>;
}

/** A request that claims to come from the CRM, as it arrived. */
export interface WebhookRequest {
  readonly method: string;
  /** Full address as the sender knows it, query included. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What became of it. */
export type Reception =
  | { readonly status: 'accepted'; readonly hints: readonly Hint[] }
  | { readonly status: 'refused'; readonly httpStatus: 400 | 401 | 413; readonly reason: string };

/** A CRM that calls us. */
export interface Receives {
  /** Proves that the request is genuine and fresh, and reads its events. Nothing of an unproven request is looked at. */
  receive(request: WebhookRequest): Reception;
}

export interface Connector
  extends Checks,
    Describes,
    Reads,
    Writes,
    Provisions,
    Partial<ReadsAssociations>,
    Partial<ReadsRates>,
    Partial<Listens>,
    Partial<Receives> {
  readonly kind: string;
  /** Name of the connection in the configuration; errors carry it. */
  readonly connection: string;
  close(): Promise<void>;
}

/** What the caller does next about an error. */
export type ErrorAction = 'retry' | 'reject' | 'stop';

/** An error of a whole call (a record's own failure is an Outcome). */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly action: ErrorAction;
  readonly connection: string;
  /** The CRM's error code, or ours in upper case (UNREACHABLE, BAD_ANSWER, BAD_CREDENTIALS ...). */
  readonly code: string;
  /** When the call may be made again. */
  readonly retryAfterMs: number | undefined;
  /** What a person should do. */
  readonly hint: string | undefined;

  constructor(
    message: string,
    about: {
      action: ErrorAction;
      connection: string;
      code: string;
      retryAfterMs?: number;
      hint?: string;
      cause?: unknown;
    },
  ) {
    super(message, { cause: about.cause });
    this.action = about.action;
    this.connection = about.connection;
    this.code = about.code;
    this.retryAfterMs = about.retryAfterMs;
    this.hint = about.hint;
  }
}

/** What a call was for; the meter keeps them apart. */
export type CallClass = 'read' | 'write' | 'poll' | 'association' | 'describe' | 'auth' | 'provision' | 'check';

/** Endpoints that have an allowance of their own. */
export type Allowance = 'general' | 'search';

/** The share of the CRM's allowances that Sluice may use, shared by all processes. */
export interface Budget {
  /**
   * Asked before anything is sent for a call, a token request too. Rejects as `take` does while the CRM is asked nothing
   * because it refused calls; it counts none.
   */
  ready(): Promise<void>;
  /**
   * Asked before each HTTP request. Waits while a short window is full; rejects with a ConnectorError whose action is 'stop'
   * where the day's share is used up (`retryAfterMs`: until it is not), for a retry already at three quarters of it.
   */
  take(allowance: Allowance, isRetry: boolean): Promise<void>;
  /** What the CRM says of its own count of the day. `resetsAt`: ISO instant, where known. */
  observe(day: { readonly used: number; readonly max: number; readonly resetsAt?: string }): void;
  /**
   * The CRM refused a call because those of the day are used up: no process asks it anything until it should have some again.
   * Answers with the milliseconds until then. @param resumesAt ISO instant, where the CRM lets it be known
   */
  refused(resumesAt: string | null): Promise<number>;
}

/** Tokens that outlive a process; a refresh token may be replaced at each use. */
export interface Tokens {
  readonly accessToken?: string;
  readonly refreshToken?: string;
  /** ISO instant at which the access token stops working, where known. */
  readonly expiresAt?: string;
  readonly instanceUrl?: string;
}

/** What a connector is given besides its own configuration. */
export interface ConnectorPorts {
  readonly connection: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told once for each HTTP request, retries and token requests included. */
  readonly onCall: (kind: CallClass) => void;
  readonly budget: Budget;
  readonly tokens: {
    load(): Promise<Tokens | null>;
    /** Saved before the new tokens are used. */
    save(tokens: Tokens): Promise<void>;
    /** Runs `refresh` alone among all processes that share the store. */
    exclusively<T>(refresh: () => Promise<T>): Promise<T>;
  };
  /** Waits; given so that tests need not. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: (
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    about?: Record<string, string | number | boolean>,
  ) => void;
}

/** What an address of a connection may be. */
interface AddressRule {
  /** Whether the connection leads to an emulated CRM, which may be anywhere. */
  readonly sandbox: boolean;
  /** True for a host of the vendor. */
  readonly isOwnHost: (hostname: string) => boolean;
  /** A right address. */
  readonly example: string;
  /** What is said of an address that is not the vendor's. */
  readonly otherwise: string;
}

/**
 * What is wrong with the address in a connection's settings, in words for people; null where nothing is. The address itself is
 * not repeated, for somebody may have put a password into it.
 */
export function addressProblem(url: string, { sandbox, isOwnHost, example, otherwise }: AddressRule): string | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  // What lacks its scheme but has a port reads as an address with an odd scheme.
  if (parsed === null || !/^https?:\/\//i.test(url)) {
    return `this is not a whole address: write it with https:// and a host, such as ${example}`;
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return `an address holds no user name or password; credentials stand under auth. Write it like ${example}`;
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    return `an address ends before any "?" or "#". Write it like ${example}`;
  }
  if (sandbox) return null;
  if (parsed.protocol !== 'https:' || !isOwnHost(parsed.hostname)) return `${otherwise}. It looks like ${example}`;
  if (parsed.port !== '')
    return `the vendor's API is at no port of its own: leave ":${parsed.port}" out, as in ${example}`;
  if (parsed.pathname !== '/') return `an address ends after its host. Write it like ${example}`;
  return null;
}
