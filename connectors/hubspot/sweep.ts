import { ConnectorError, type CrmRecord, type Cursor, type StreamSpec, type SweepPage } from '../connector.ts';
import type { Account } from './account.ts';
import type { HubSpotClient } from './client.ts';
import { badCursor, checkPortal } from './cursor.ts';
import type { Lists } from './lists.ts';
import type { HubSpotObject } from './values.ts';

/** A place in a sweep: HubSpot's own mark of the next page, and the last id of the page before it. */
interface SweepPlace {
  readonly after: string | null;
  readonly lastId: string | null;
}

/**
 * Reads the complete set of an object's live records page by page. The list goes by rising id, which HubSpot shows but does
 * not promise: a page out of order is refused, for a record that is missing from a page counts as gone.
 */
export class Sweeper {
  readonly #client: HubSpotClient;
  readonly #lists: Lists;
  readonly #account: Account;

  constructor(client: HubSpotClient, lists: Lists, account: Account) {
    this.#client = client;
    this.#lists = lists;
    this.#account = account;
  }

  /** One page; one request, and one more for each kind of association of which a record has more than a list shows. */
  async sweep(stream: StreamSpec, cursor: Cursor | null): Promise<SweepPage> {
    await this.#lists.kinds(stream.object);
    const portal = await this.#account.portalId();
    const requestedAt = new Date(this.#client.ports.now()).toISOString();
    const pageSize = this.#client.settings.listPageSize;
    const common = { requestedAt, pageSize };
    if (stream.object === 'campaigns') {
      // Campaigns are few and their ids have no order: the whole set is one page.
      const records = await this.#allCampaigns(stream, pageSize);
      const range = { after: null, through: null };
      return { ...common, records, cursor: toSweepCursor(portal, stream.object, START), done: true, range };
    }
    const place = cursor === null ? START : this.#place(cursor, portal, stream.object);
    const answer = await this.#lists.page(stream, place.after, pageSize, stream.associations);
    const next = answer.paging?.next?.after ?? null;
    const last = answer.results.at(-1);
    this.#checkOrder(stream.object, place.lastId, answer.results, next);
    const range = { after: place.lastId, through: next === null || last === undefined ? null : String(last.id) };
    return {
      ...common,
      records: await this.#lists.recordsWithAssociations(stream, answer.results),
      cursor: toSweepCursor(portal, stream.object, next === null ? START : { after: next, lastId: range.through }),
      done: next === null,
      range,
    };
  }

  async #allCampaigns(stream: StreamSpec, pageSize: number): Promise<CrmRecord[]> {
    const found: CrmRecord[] = [];
    let after: string | null = null;
    do {
      const answer = await this.#lists.page(stream, after, pageSize);
      found.push(...(await this.#lists.records(stream, answer.results)));
      after = answer.paging?.next?.after ?? null;
    } while (after !== null);
    return found;
  }

  #checkOrder(object: string, after: string | null, found: readonly HubSpotObject[], next: string | null): void {
    let last = after;
    for (const { id } of found) {
      if (last !== null && BigInt(id) <= BigInt(last)) throw this.#unordered(object, String(id), last);
      last = String(id);
    }
    if (next !== null && found.length === 0) throw this.#unordered(object, 'nothing', last ?? 'the start');
  }

  #unordered(object: string, id: string, last: string): ConnectorError {
    const { connection } = this.#client.ports;
    return new ConnectorError(
      `HubSpot connection "${connection}": the list of ${object} is not in the order of ids (${id} after ${last})`,
      {
        action: 'reject',
        connection,
        code: 'UNORDERED_LIST',
        hint: 'Nothing was concluded from this page. The next sweep tries again; changes are still read.',
      },
    );
  }

  #place(cursor: Cursor, portal: string, object: string): SweepPlace {
    const { connection } = this.#client.ports;
    checkPortal(cursor, portal, connection);
    const { after, lastId } = cursor;
    if (cursor.object !== object || cursor.phase !== 'sweep') throw badCursor(object, connection);
    return {
      after: typeof after === 'string' ? after : null,
      lastId: typeof lastId === 'string' ? lastId : null,
    };
  }
}

const START: SweepPlace = { after: null, lastId: null };

function toSweepCursor(portal: string, object: string, place: SweepPlace): Cursor {
  return { org: portal, object, phase: 'sweep', ...place };
}
