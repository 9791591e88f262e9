/**
 * The Salesforce connector, on jsforce: pages of changes by keyset on (SystemModstamp, Id), writes through sObject
 * collections with an outcome a row, provisioning through the Metadata API. Tokens, retries, limits and the transport
 * are our own; BEHAVIOR.md says how Salesforce behaves as far as this folder relies on it.
 */
import type { Connector, ConnectorPorts } from '../connector.ts';
import { checkOrg } from './check.ts';
import { SalesforceClient } from './client.ts';
import { hasDeletions } from './deleted.ts';
import { Descriptions } from './describe.ts';
import { eventsAddress } from './events/address.ts';
import { listenToChanges } from './events/listen.ts';
import { Provisioner } from './provision.ts';
import { readRates } from './rates.ts';
import { Reader } from './read.ts';
import type { SalesforceSettings } from './settings.ts';
import { Writer } from './write.ts';

export { salesforceAllowances } from './allowances.ts';
export { type SalesforceSettings, salesforceSettings } from './settings.ts';

/** A connector for one org. Nothing is sent, and jsforce is not loaded, before the first request is made. */
export function createSalesforce(settings: SalesforceSettings, ports: ConnectorPorts): Connector {
  const client = new SalesforceClient({ ...settings, url: settings.url.replace(/\/+$/, '') }, ports);
  const descriptions = new Descriptions(client);
  const reader = new Reader(client, descriptions);
  const writer = new Writer(client, (object) => descriptions.forget(object));
  const provisioner = new Provisioner(client, descriptions, reader);
  const events = eventsAddress(client.settings);
  return {
    kind: 'salesforce',
    connection: ports.connection,
    batchSize: settings.batchSize,
    check: () => checkOrg(client, descriptions, reader),
    describe: (object) => descriptions.describe(object),
    objects: () => descriptions.objects(),
    listsDeleted: hasDeletions,
    read: (stream, cursor) => reader.read(stream, cursor),
    sweep: (stream, cursor) => reader.sweep(stream, cursor),
    readByIds: (stream, ids) => reader.readByIds(stream, ids),
    readByKey: (stream, keyField, keys) => reader.readByKey(stream, keyField, keys),
    readRates: () => readRates(descriptions, reader),
    write: (object, rows, onBatch) => writer.write(object, rows, onBatch),
    provision: (spec, options) => provisioner.provision(spec, options),
    ...(events && { listen: (request) => listenToChanges(client, events, request) }),
    close: () => client.close(),
  };
}
