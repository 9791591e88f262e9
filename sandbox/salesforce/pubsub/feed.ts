/** Change data capture: turns the writes of each transaction into change events and keeps them for those who ask. */
import { createHash } from 'node:crypto';
import type { Org } from '../org/org.ts';
import type { ObjectDef } from '../schema/types.ts';
import { changesOf, type RecordChange, type RowWrite } from './changes.ts';
import { EventLog } from './log.ts';
import { type EventSchema, eventName, eventSchema } from './schema.ts';

/** An event as it is stored; it is encoded when somebody fetches it. */
export interface ChangeEvent {
  readonly entity: ObjectDef;
  readonly schema: EventSchema;
  readonly recordIds: readonly string[];
  /** CREATE and its like, GAP_ before it, or GAP_OVERFLOW. */
  readonly changeType: string;
  readonly values: RecordChange['values'];
  readonly changeOrigin: string;
  readonly transactionKey: string;
  readonly sequenceNumber: number;
  readonly commitTimestamp: number;
  readonly commitNumber: number;
  readonly commitUser: string;
}

/** What the person at the controls of the sandbox may change while it runs. */
export interface ChangeEventControl {
  /** Entities selected for change data capture; null selects all that can be. */
  selected: readonly string[] | null;
  /** Entities whose topics the integration user may not subscribe to. */
  forbidden: readonly string[];
  /** Gap events take the place of changes. */
  gaps: boolean;
  /** Changes of one transaction above which overflow events take their place. */
  overflowAbove: number;
  /** How many times an event is delivered. */
  deliveries: number;
  /** Deliveries left to the org, all clients together; null: any number. At 0 streams end and none is opened. */
  deliveriesLeft: number | null;
  /** How long events are held back, in milliseconds of the sandbox clock. */
  delayMs: number;
  /** Ends every open stream with UNAVAILABLE. */
  dropStreams(): void;
  /** Drops all stored events; replay ids given so far are worth nothing. */
  restart(): void;
}

/** Entities that change data capture knows, as far as the org has them; custom objects all. */
const SUPPORTED = new Set([
  'Account',
  'Campaign',
  'CampaignMember',
  'Contact',
  'Lead',
  'Opportunity',
  'OpportunityContactRole',
  'Task',
  'User',
]);
const OVERFLOW_ABOVE = 100_000;
/** The channel of every selected entity. */
export const ALL_CHANGES = '/data/ChangeEvents';

export class ChangeFeed {
  readonly org: Org;
  readonly log: EventLog;
  readonly control: ChangeEventControl;
  /** Told when there is something new to deliver, or when streams must end. */
  onNews: (() => void) | null = null;
  onDrop: (() => void) | null = null;
  /** What becomes of a batch of events on its way out: the batches to send in its place. */
  arrange: <T>(batch: readonly T[]) => T[][] = (batch) => [[...batch]];
  readonly #schemas = new Map<string, EventSchema>();
  readonly #current = new Map<string, { version: number; object: ObjectDef; schema: EventSchema }>();
  #commits = 0;

  constructor(org: Org) {
    this.org = org;
    this.log = new EventLog(org.options.seed);
    this.control = {
      selected: null,
      forbidden: [],
      gaps: false,
      overflowAbove: OVERFLOW_ABOVE,
      deliveries: 1,
      deliveriesLeft: null,
      delayMs: 0,
      dropStreams: () => this.onDrop?.(),
      restart: () => this.log.restart(),
    };
  }

  /** Whether changes of the entity make events. */
  captures(object: ObjectDef): boolean {
    const { selected } = this.control;
    if (selected !== null) return selected.includes(object.name);
    return SUPPORTED.has(object.name) || (object.custom && object.name.endsWith('__c'));
  }

  /** The entity of a topic such as /data/LeadChangeEvent; undefined where there is no such topic now. */
  entityOf(topic: string): ObjectDef | undefined {
    for (const object of this.org.schema.objects) {
      if (`/data/${eventName(object.name)}`.toLowerCase() === topic.toLowerCase() && this.captures(object))
        return object;
    }
    return undefined;
  }

  schemaOf(object: ObjectDef): EventSchema {
    const { version } = this.org.schema;
    const known = this.#current.get(object.name);
    if (known?.version === version && known.object === object) return known.schema;
    const schema = eventSchema(object, this.org.options.multiCurrency);
    this.#current.set(object.name, { version, object, schema });
    this.#schemas.set(schema.id, schema);
    return schema;
  }

  schemaById(id: string): EventSchema | undefined {
    return this.#schemas.get(id);
  }

  /** Takes the writes of a transaction that is final. @param changeOrigin where they came from, empty for the platform itself */
  commit(writes: readonly RowWrite[], changeOrigin: string): void {
    const changes = changesOf(writes).filter((change) => this.#tells(change));
    if (changes.length === 0) return;
    this.#commits += 1;
    const now = this.org.now();
    const shared = {
      changeOrigin,
      transactionKey: transactionKey(this.org.id, this.#commits),
      commitTimestamp: now,
      commitNumber: 1_100_000_000_000 + this.#commits * 17,
    };
    let sequenceNumber = 0;
    const publish = (
      entity: ObjectDef,
      about: Pick<ChangeEvent, 'recordIds' | 'changeType' | 'values' | 'commitUser'>,
    ) => {
      sequenceNumber += 1;
      const schema = this.schemaOf(entity);
      this.log.append(this.org.clock.now(), { ...shared, ...about, entity, schema, sequenceNumber });
    };
    const { told, overflown } = this.#split(changes);
    for (const { ids, change } of merged(told)) {
      const gap = this.control.gaps;
      publish(change.object, {
        recordIds: ids,
        changeType: gap ? `GAP_${change.type}` : change.type,
        values: gap ? {} : change.values,
        commitUser: change.userId,
      });
    }
    for (const [entity, commitUser] of overflown) {
      publish(entity, { recordIds: [], changeType: 'GAP_OVERFLOW', values: {}, commitUser });
    }
    this.onNews?.();
  }

  /** An update is told only where it changed a field that the event has. */
  #tells(change: RecordChange): boolean {
    if (!this.captures(change.object)) return false;
    if (change.type !== 'UPDATE') return true;
    const { shows } = this.schemaOf(change.object);
    for (const name in change.values) if (shows.has(name)) return true;
    return false;
  }

  /** The changes that are told one by one, and the entities of the rest. Each changed field of an update counts. */
  #split(changes: readonly RecordChange[]): { told: readonly RecordChange[]; overflown: Map<ObjectDef, string> } {
    const overflown = new Map<ObjectDef, string>();
    let count = 0;
    const told = changes.filter((change) => {
      count += change.type === 'UPDATE' ? Object.keys(change.values).length : 1;
      if (count <= this.control.overflowAbove) return true;
      overflown.set(change.object, change.userId);
      return false;
    });
    return { told, overflown };
  }
}

/** Records of one object that one transaction changed alike share an event ("Merged Change Events"). */
function merged(changes: readonly RecordChange[]): { ids: string[]; change: RecordChange }[] {
  const events: { ids: string[]; change: RecordChange }[] = [];
  const alike = new Map<string, string[]>();
  for (const change of changes) {
    if (change.type === 'CREATE' || change.type === 'UNDELETE') {
      events.push({ ids: [change.id], change });
      continue;
    }
    const key = `${change.object.name} ${change.type} ${JSON.stringify(change.values)}`;
    const ids = alike.get(key);
    if (ids) ids.push(change.id);
    else {
      const first = [change.id];
      alike.set(key, first);
      events.push({ ids: first, change });
    }
  }
  return events;
}

/** A key in the form of a UUID that depends on the org and the transaction alone. */
function transactionKey(orgId: string, commit: number): string {
  const digits = createHash('md5').update(`${orgId} ${commit}`).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
