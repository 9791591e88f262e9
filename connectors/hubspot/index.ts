/**
 * The HubSpot connector, on HubSpot's own client: a full pass over the list, then changes by search with keyset on the
 * record id; writes in batches with an outcome a row. Tokens, retries and limits are our own, as the client's are
 * global to the process; BEHAVIOR.md says how HubSpot behaves as far as this folder relies on it.
 */
import type { Connector, ConnectorPorts } from '../connector.ts';
import { Account } from './account.ts';
import { readAssociations } from './associations.ts';
import { HubSpotClient } from './client.ts';
import { Descriptions } from './describe.ts';
import { Lists } from './lists.ts';
import { provision } from './provision.ts';
import { readRates } from './rates.ts';
import { Reader } from './read.ts';
import { receiver } from './receive.ts';
import type { HubSpotSettings } from './settings.ts';
import { Sweeper } from './sweep.ts';
import { Writer } from './write.ts';

export { hubspotAllowances } from './allowances.ts';
export { type HubSpotSettings, hubspotSettings } from './settings.ts';

/** A connector for one portal. Nothing is sent, and HubSpot's client is not loaded, before the first request is made. */
export function createHubSpot(settings: HubSpotSettings, ports: ConnectorPorts): Connector {
  const client = new HubSpotClient({ ...settings, url: settings.url.replace(/\/+$/, '') }, ports);
  const descriptions = new Descriptions(client);
  const account = new Account(client);
  const lists = new Lists(client, descriptions);
  const reader = new Reader(client, descriptions, lists, account);
  const sweeper = new Sweeper(client, lists, account);
  const writer = new Writer(client);
  return {
    kind: 'hubspot',
    connection: ports.connection,
    batchSize: settings.batchSize,
    check: () => account.check(),
    describe: (object) => descriptions.describe(object),
    objects: () => descriptions.objects(),
    listsDeleted: () => true,
    read: (stream, cursor) => reader.read(stream, cursor),
    sweep: (stream, cursor) => sweeper.sweep(stream, cursor),
    readByIds: (stream, ids, held) => reader.readByIds(stream, ids, held),
    readByKey: (stream, keyField, keys) => reader.readByKey(stream, keyField, keys),
    readAssociations: (object, toObject, ids) => readAssociations(client, object, toObject, ids),
    readRates: () => readRates(client),
    write: (object, rows, onBatch) => writer.write(object, rows, onBatch),
    provision: (spec, options) => provision(client, descriptions, spec, options),
    ...(settings.webhooks === undefined
      ? {}
      : { receive: receiver(settings.webhooks, ports, () => account.knownPortal) }),
    close: () => client.close(),
  };
}
