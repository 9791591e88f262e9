import type { CrmRecord, Cursor, Page, StreamSpec } from '../connector.ts';
import type { Account } from './account.ts';
import type { HubSpotClient } from './client.ts';
import { advance, badCursor, checkPortal, type Place, toCursor, toPlace } from './cursor.ts';
import type { Descriptions } from './describe.ts';
import { RefusedRequest } from './failure.ts';
import type { Lists } from './lists.ts';
import { paths } from './paths.ts';
import {
  type HubSpotObject,
  isObject,
  isObjectList,
  keepsMerges,
  modifiedProperty,
  type ObjectList,
  propertiesOf,
  toRecord,
} from './values.ts';

const BATCH = 100;
const CAMPAIGN_BATCH = 50;
/** A search request may have 3,000 characters; the parts other than property names and values take some 300. */
const SEARCH_CHARACTERS = 2_600;
const SEARCH_VALUES = 100;

/** Reads changed and named objects. */
export class Reader {
  readonly #client: HubSpotClient;
  readonly #descriptions: Descriptions;
  readonly #lists: Lists;
  readonly #account: Account;

  constructor(client: HubSpotClient, descriptions: Descriptions, lists: Lists, account: Account) {
    this.#client = client;
    this.#descriptions = descriptions;
    this.#lists = lists;
    this.#account = account;
  }

  /** One page of changes: one HTTP request. */
  async read(stream: StreamSpec, cursor: Cursor | null): Promise<Page> {
    await this.#lists.kinds(stream.object);
    const portal = await this.#account.portalId();
    const requestedAt = new Date(this.#client.ports.now()).toISOString();
    const start: Place = { phase: 'list', after: null, passStartedAt: requestedAt };
    const place = cursor === null ? start : this.#place(cursor, portal, stream.object);
    // Neither can be asked for what has changed: every pass reads the whole list.
    const listOnly = stream.object === 'campaigns' || stream.deleted === true;
    const { settings } = this.#client;
    const inList = listOnly || place.phase === 'list';
    const pageSize = inList ? settings.listPageSize : settings.searchPageSize;
    const ties = listOnly ? [] : (stream.associations ?? []);
    // Stamps are HubSpot's time, and so is the start of a pass; our clock stands in only where HubSpot does not tell its own.
    let servedAt = requestedAt;
    const onServed = (at: number | null): void => {
      if (at !== null) servedAt = new Date(at).toISOString();
    };
    const answer =
      place.phase === 'list' || listOnly
        ? await this.#lists.page(stream, place.phase === 'list' ? place.after : null, pageSize, ties, onServed)
        : await this.#search(stream, place, pageSize, onServed);
    // A list brings associations along, which a search does not.
    const records =
      inList && ties.length > 0
        ? await this.#lists.recordsWithAssociations(stream, answer.results)
        : await this.#lists.records(stream, answer.results);
    const next = inList ? (answer.paging?.next?.after ?? null) : nextId(answer, pageSize);
    const after = listOnly && next === null ? start : advance(place, servedAt, next, settings.overlapSeconds * 1000);
    return {
      records,
      cursor: toCursor(portal, stream.object, after),
      done: next === null,
      requestedAt,
      pageSize,
    };
  }

  /**
   * Named objects as they are now; those in the recycle bin are asked for in a second request and marked as deleted.
   * What is in neither was merged away or erased: HubSpot tells the survivor only to a read of the single object, which is made
   * for the ids in `held` alone, so that a delivery of many ids that nobody knows costs batches and no more.
   */
  async readByIds(stream: StreamSpec, ids: readonly string[], held?: ReadonlySet<string>): Promise<CrmRecord[]> {
    const wanted = [...new Set(ids)].filter((id) => stream.object === 'campaigns' || /^\d{1,20}$/.test(id));
    const found = await this.#readBatches(stream, wanted, undefined, false);
    if (stream.object === 'campaigns') return found;
    const there = new Set(found.map(({ id }) => id));
    const missing = wanted.filter((id) => !there.has(id));
    const archived = await this.#readBatches(stream, missing, undefined, true);
    const kept = new Set(archived.map(({ id }) => id));
    const merged = await this.#mergedAway(
      stream.object,
      missing.filter((id) => !kept.has(id) && (held?.has(id) ?? true)),
    );
    return [...found, ...archived.map((record) => ({ ...record, deleted: true })), ...merged];
  }

  /** Those of `ids` that lead to another record now. */
  async #mergedAway(object: string, ids: readonly string[]): Promise<CrmRecord[]> {
    if (!keepsMerges(object)) return [];
    const ask = async (id: string): Promise<CrmRecord[]> => {
      try {
        const found = await this.#client.call({
          kind: 'read',
          method: 'GET',
          path: paths.object(object, id),
          query: { properties: modifiedProperty(object) },
          repeatable: true,
          accept: isObject,
        });
        const { id: survivor, modifiedAt } = toRecord(object, found, [], new Map());
        // The same id: it has come back since the batch was read.
        return survivor === id ? [] : [{ object, id, fields: {}, modifiedAt, deleted: true, mergedInto: survivor }];
      } catch (error) {
        if (error instanceof RefusedRequest && error.code === 'NOT_FOUND') return [];
        throw error;
      }
    };
    return (await Promise.all(ids.map(ask))).flat();
  }

  /** Live objects whose `keyField` holds one of `keys`: by the unique value, which is exact at once, else by search. */
  async readByKey(stream: StreamSpec, keyField: string, keys: readonly string[]): Promise<CrmRecord[]> {
    const wanted = [...new Set(keys)];
    const description = await this.#descriptions.remembered(stream.object);
    const unique = description?.fields.find(({ name }) => name === keyField)?.unique === true;
    const fields = stream.fields.includes(keyField) ? stream.fields : [...stream.fields, keyField];
    const wide = { ...stream, fields };
    if (unique) return this.#readBatches(wide, wanted, keyField, false);
    const kinds = await this.#lists.kinds(stream.object);
    const found: CrmRecord[] = [];
    const room = SEARCH_CHARACTERS - JSON.stringify(propertiesOf(wide)).length;
    // Strings compare in lower case with IN.
    for (const part of fitting(
      wanted.map((key) => key.toLowerCase()),
      room,
    )) {
      const filter = { propertyName: keyField, operator: 'IN', values: part };
      let lastId: string | null = '0';
      while (lastId !== null) {
        const answer: ObjectList = await this.#searchBy(
          wide,
          [filter, afterId(lastId)],
          this.#client.settings.searchPageSize,
        );
        found.push(...answer.results.map((object) => toRecord(stream.object, object, fields, kinds)));
        lastId = nextId(answer, this.#client.settings.searchPageSize);
      }
    }
    return found;
  }

  async #readBatches(
    stream: StreamSpec,
    ids: readonly string[],
    idProperty: string | undefined,
    archived: boolean,
  ): Promise<CrmRecord[]> {
    if (ids.length === 0) return [];
    const kinds = await this.#lists.kinds(stream.object);
    const campaigns = stream.object === 'campaigns';
    const found: CrmRecord[] = [];
    for (const part of chunks(ids, campaigns ? CAMPAIGN_BATCH : BATCH)) {
      const answer = await this.#batchRead(stream, part, idProperty, archived);
      found.push(...answer.results.map((object) => toRecord(stream.object, object, stream.fields, kinds)));
    }
    return found;
  }

  async #batchRead(
    stream: StreamSpec,
    ids: readonly string[],
    idProperty: string | undefined,
    archived: boolean,
  ): Promise<ObjectList> {
    const inputs = ids.map((id) => ({ id }));
    const properties = propertiesOf(stream);
    const campaigns = stream.object === 'campaigns';
    try {
      return await this.#client.call({
        kind: 'read',
        method: 'POST',
        path: campaigns ? paths.readCampaigns : paths.batch(stream.object, 'read'),
        query: campaigns ? { properties: stream.fields.join(',') } : { archived: String(archived) },
        body: campaigns ? { inputs } : { inputs, properties, ...(idProperty === undefined ? {} : { idProperty }) },
        repeatable: true,
        accept: isObjectList,
      });
    } catch (error) {
      // Where none of the ids is known HubSpot answers 404 for the whole batch.
      if (error instanceof RefusedRequest && error.code === 'NOT_FOUND') return { results: [] };
      throw error;
    }
  }

  #search(
    stream: StreamSpec,
    place: Extract<Place, { phase: 'changes' }>,
    limit: number,
    onServed: (at: number | null) => void,
  ): Promise<ObjectList> {
    const changed = {
      propertyName: modifiedProperty(stream.object),
      operator: 'GTE',
      value: String(Date.parse(place.since)),
    };
    return this.#searchBy(stream, [changed, afterId(place.lastId ?? '0')], limit, onServed);
  }

  /**
   * A page of a search in the order of ids. Paging by keyset on the id, never by HubSpot's own mark: that one ends at
   * 10,000 rows, and more rows than that can share one modification stamp.
   */
  #searchBy(
    stream: StreamSpec,
    filters: readonly object[],
    limit: number,
    onServed?: (at: number | null) => void,
  ): Promise<ObjectList> {
    return this.#client.call({
      kind: 'read',
      method: 'POST',
      path: paths.search(stream.object),
      body: {
        filterGroups: [{ filters }],
        sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
        properties: propertiesOf(stream),
        limit,
      },
      repeatable: true,
      search: true,
      accept: isObjectList,
      ...(onServed === undefined ? {} : { onServed }),
    });
  }

  #place(cursor: Cursor, portal: string, object: string): Place {
    const { connection } = this.#client.ports;
    checkPortal(cursor, portal, connection);
    const place = toPlace(cursor, object);
    if (place !== null) return place;
    throw badCursor(object, connection);
  }
}

const afterId = (id: string) => ({ propertyName: 'hs_object_id', operator: 'GT', value: id });

/** The id after which the next page of a search starts, or null where this one was the last. */
function nextId(answer: ObjectList, limit: number): string | null {
  const last: HubSpotObject | undefined = answer.results.at(-1);
  if (last === undefined) return null;
  const more = answer.total === undefined ? answer.results.length >= limit : answer.total > answer.results.length;
  return more ? String(last.id) : null;
}

/** Values in parts that fit into one search. */
function fitting(values: readonly string[], room: number): string[][] {
  const parts: string[][] = [];
  let left = 0;
  for (const value of values) {
    const cost = JSON.stringify(value).length + 1;
    const part = parts.at(-1);
    if (part === undefined || part.length >= SEARCH_VALUES || cost > left) {
      parts.push([value]);
      left = room - cost;
    } else {
      part.push(value);
      left -= cost;
    }
  }
  return parts;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < items.length; from += size) parts.push(items.slice(from, from + size));
  return parts;
}
