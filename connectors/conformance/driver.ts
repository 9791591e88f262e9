import type { CallClass, Connector, FieldValue, ProvisionSpec } from '../connector.ts';

export type Fields = Readonly<Record<string, FieldValue>>;

/** A connector made for one test, and what it did with its ports. */
export interface Opened {
  readonly connector: Connector;
  /** Requests so far, by what they were for. */
  readonly calls: Readonly<Partial<Record<CallClass, number>>>;
}

/** Things that go wrong between a connector and its CRM. */
export type Trouble =
  /** The next write is carried out, its answer is lost. */
  | 'answer-lost'
  /** The connection breaks before the next write is carried out. */
  | 'write-lost'
  /** Some rows of the next write meet something that passes by itself. */
  | 'row-busy'
  /** The next answer has status 200 and makes no sense. */
  | 'garbage-once'
  /** All answers have status 200 and make no sense. */
  | 'garbage'
  /** The next request is answered with 401. */
  | 'unauthorized-once'
  /** Every request is answered with 401, whatever the token. */
  | 'unauthorized'
  /** The CRM's calls of the day are used up. */
  | 'quota';

/** The CRM under a connector, as the kit plays its users and its misfortunes. The kit may assume that nobody else is there. */
export interface Driver {
  /** The kind of record that is tried. */
  readonly object: string;
  /** Writable fields of it by their part; `key` is unique and of no other use. */
  readonly fields: { readonly text: string; readonly number: string; readonly key: string };
  /** What a record must have besides to be created; each call gives other values. */
  required(): Fields;
  /** A new record of a user; `fields` besides what such a record must have. @returns its id */
  put(fields: Fields): Promise<string>;
  change(id: string, fields: Fields): Promise<void>;
  delete(id: string): Promise<void>;
  /** Two records become one. @returns the id of what is left, which may be a new one; undefined: this CRM has no merge */
  readonly merge?: (survivor: string, loser: string) => Promise<string>;
  /** All live records by their ids, with these fields as the CRM itself shows them. */
  raw(fields: readonly string[]): Promise<ReadonlyMap<string, Fields>>;
  /** Lets time pass at the CRM and for the connector. */
  pass(ms: number): void;
  /** The troubles it can make. */
  readonly troubles: ReadonlySet<Trouble>;
  /** Makes a trouble; null ends it. */
  trouble(trouble: Trouble | null): void;
}

/** What the kit is run against. */
export interface Conformant {
  /** How the tests call it. */
  readonly name: string;
  /** Called before the tests; where it has to be closed, `close` does it. */
  start(): Promise<Driver & { close(): Promise<void> }>;
  /** A fresh connector to that CRM. Small sizes, so that there are several pages and batches. */
  open(sizes: { readonly page: number; readonly batch: number }): Opened;
  /** A connector to another org of the same kind; undefined: its cursors name no org, and there is only one. */
  readonly openOther?: () => Opened;
  /** What can be provisioned, and is not there yet; undefined: this CRM needs nothing. */
  readonly spec?: ProvisionSpec;
}
