/** Keeps a connection to the org it was set up with: no other one is described, read, listened to or written. */
import { type Connector, ConnectorError, type OrgIdentity } from '../../connectors/connector.ts';
import type { Database } from '../store/database.ts';
import type { Connection } from './environment.ts';

/** What has to be known of a connection to prove where it leads. */
export interface OrgSource {
  readonly name: string;
  readonly crm: string;
  readonly connector: Pick<Connector, 'check'>;
  /** What people call the CRM and its orgs: Salesforce and org, HubSpot and portal. */
  readonly words: OrgWords;
}

export interface OrgWords {
  readonly crm: string;
  readonly org: string;
}

/**
 * Asks the CRM who it is. The first org that a connection leads to is remembered as its own. Throws a ConnectorError with
 * action 'stop' and code WRONG_ORG where it now leads to another one (nothing is remembered of that one), and whatever
 * check() throws.
 */
export async function proveOrg(db: Database, source: OrgSource): Promise<OrgIdentity> {
  const identity = await source.connector.check();
  const about = { org_name: identity.name, currency: identity.currency ?? null };
  await db
    .insertInto('connections')
    .values({
      name: source.name,
      kind: source.crm,
      org_id: identity.orgId,
      tokens: null,
      last_sync_at: null,
      problem: null,
      ...about,
    })
    // Two processes may meet here: the first one says whose the connection is.
    .onConflict((oc) =>
      oc.column('name').doUpdateSet({ org_id: identity.orgId }).where('connections.org_id', 'is', null),
    )
    .execute();
  const { org_id: own } = await db
    .selectFrom('connections')
    .select('org_id')
    .where('name', '=', source.name)
    .executeTakeFirstOrThrow();
  if (own === null || !sameOrg(own, identity.orgId)) throw wrongOrg(source, identity.orgId, own);
  await db.updateTable('connections').set(about).where('name', '=', source.name).execute();
  return identity;
}

/** An org id of Salesforce comes with 15 characters, or with 18, of which the last three only repeat the others' case. */
export function sameOrg(one: string, other: string): boolean {
  return shortOf(one) === shortOf(other);
}

function shortOf(id: string): string {
  return /^00D[A-Za-z0-9]{15}$/.test(id) ? id.slice(0, 15) : id;
}

function wrongOrg({ name, words }: OrgSource, found: string, own: string | null): ConnectorError {
  const { crm, org } = words;
  return new ConnectorError(`${crm} connection "${name}" now leads to ${org} ${found}, not to ${own}`, {
    action: 'stop',
    connection: name,
    code: 'WRONG_ORG',
    hint: `Point the connection back to the ${org} it was set up with, or give the other ${org} a connection of its own.`,
  });
}

/** The connection for a run that must not use it: it has stopped from the beginning, and what is to be written waits. */
export function refused(connection: Connection, error: ConnectorError): Connection {
  const { connector } = connection;
  const refuse = async (): Promise<never> => {
    throw error;
  };
  return {
    ...connection,
    refused: error,
    connector: {
      kind: connector.kind,
      connection: connector.connection,
      batchSize: connector.batchSize,
      listsDeleted: (object) => connector.listsDeleted(object),
      check: refuse,
      describe: refuse,
      objects: refuse,
      read: refuse,
      sweep: refuse,
      readByIds: refuse,
      readByKey: refuse,
      write: refuse,
      provision: refuse,
      close: refuse,
    },
  };
}
