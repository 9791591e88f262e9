import { ConnectorError, type CrmRecord, type FieldKind, type StreamSpec } from '../connector.ts';
import { listedAssociations, readAssociations } from './associations.ts';
import type { HubSpotClient } from './client.ts';
import type { Descriptions } from './describe.ts';
import { paths } from './paths.ts';
import { type HubSpotObject, isObjectList, type ObjectList, propertiesOf, toRecord } from './values.ts';

/** The pages of an object's list, and objects turned into records of the contract. */
export class Lists {
  readonly #client: HubSpotClient;
  readonly #descriptions: Descriptions;

  constructor(client: HubSpotClient, descriptions: Descriptions) {
    this.#client = client;
    this.#descriptions = descriptions;
  }

  /** One request. @param associations objects of which the ids tied to each record come along, 100 of each at the most; @param onServed as for a call */
  page(
    stream: StreamSpec,
    after: string | null,
    limit: number,
    associations: readonly string[] = [],
    onServed?: (at: number | null) => void,
  ): Promise<ObjectList> {
    const campaigns = stream.object === 'campaigns';
    return this.#client.call({
      kind: 'read',
      method: 'GET',
      path: campaigns ? paths.campaigns : paths.list(stream.object),
      query: {
        limit: String(limit),
        properties: (campaigns ? stream.fields : propertiesOf(stream)).join(','),
        ...(stream.deleted ? { archived: 'true' } : {}),
        ...(associations.length === 0 ? {} : { associations: associations.join(',') }),
        ...(after === null ? {} : { after }),
      },
      repeatable: true,
      accept: isObjectList,
      ...(onServed === undefined ? {} : { onServed }),
    });
  }

  async records(stream: StreamSpec, found: readonly HubSpotObject[]): Promise<CrmRecord[]> {
    const kinds = await this.kinds(stream.object);
    return found.map((object) => toRecord(stream.object, object, stream.fields, kinds));
  }

  /** The same with the associated ids of `stream.associations` that came along; a longer list than a page shows is read to its end. */
  async recordsWithAssociations(stream: StreamSpec, found: readonly HubSpotObject[]): Promise<CrmRecord[]> {
    const records = await this.records(stream, found);
    const wanted = stream.associations ?? [];
    if (wanted.length === 0) return records;
    const ties = new Map<string, Record<string, readonly string[]>>(records.map(({ id }) => [id, {}]));
    for (const toObject of wanted) {
      const cut: string[] = [];
      for (const object of found) {
        const { ids, complete } = listedAssociations(object, toObject);
        const mine = ties.get(String(object.id));
        if (mine !== undefined) mine[toObject] = ids;
        if (!complete) cut.push(String(object.id));
      }
      if (cut.length === 0) continue;
      const whole = await readAssociations(this.#client, stream.object, toObject, cut);
      for (const id of cut) {
        const mine = ties.get(id);
        if (mine !== undefined) mine[toObject] = whole.get(id) ?? [];
      }
    }
    return records.map((record) => ({ ...record, associations: ties.get(record.id) ?? {} }));
  }

  /** Kinds by property name, asked for once. Rejects where the portal has no such object. */
  async kinds(object: string): Promise<ReadonlyMap<string, FieldKind>> {
    const kinds = await this.#descriptions.kinds(object);
    if (kinds.size > 0) return kinds;
    const { connection } = this.#client.ports;
    throw new ConnectorError(`HubSpot connection "${connection}": there is no object "${object}"`, {
      action: 'reject',
      connection,
      code: 'UNKNOWN_OBJECT',
      hint: 'Correct the object name in the mapping.',
    });
  }
}
