import type { OrgIdentity, ProvisionStep } from '../../connectors/connector.ts';
import { ConnectorError } from '../../connectors/connector.ts';
import { provisionSpecOf } from '../mapping/streams.ts';
import type { Database } from '../store/database.ts';
import { connect, connectFromMemory, NotProvisioned, presentMappings } from '../sync/connect.ts';
import type { Connection, Environment } from '../sync/environment.ts';
import { proveOrg, refused } from '../sync/org.ts';
import { type Core, environmentOf, tellTime } from './core.ts';
import type { Part } from './part.ts';

/** How long a connection's schema is taken to be as it was described; a refusal that speaks of the schema ends that at once. */
const DESCRIBED_FOR_MS = 60 * 60_000;

/** What this process knows of the orgs behind its connections: proven to be the right ones, set up, described now and then. */
export class Connections {
  readonly #core: Core;
  readonly #described = new Map<string, { readonly connection: Connection; readonly until: number }>();
  /** Connections that were seen to lead to their own org. */
  readonly #proven = new Set<string>();

  constructor(core: Core) {
    this.#core = core;
  }

  async check(): Promise<Record<string, OrgIdentity>> {
    await tellTime(this.#core);
    const found: Record<string, OrgIdentity> = {};
    for (const part of this.#core.parts) found[part.name] = await this.#identify(part);
    return found;
  }

  async provision(options: { dryRun: boolean }): Promise<Record<string, ProvisionStep[]>> {
    await tellTime(this.#core);
    const steps: Record<string, ProvisionStep[]> = {};
    // Nothing is made anywhere before all connections are known to lead where they should.
    for (const part of this.#core.parts) await this.#identify(part);
    for (const part of this.#core.parts) {
      await this.#checkMappings(part);
      const mappings = await presentMappings(this.#core.store.db, part.name, part.connector, part.mappings);
      steps[part.name] = await part.connector.provision(provisionSpecOf(mappings), options);
    }
    if (!options.dryRun) this.#described.clear();
    return steps;
  }

  /**
   * Once a process: the connection leads to its own org. Before this nothing of it is described, read, listened to or written,
   * and its budget, which is the org's, does not know whose it is. Throws as `proveOrg` does.
   */
  async prove(part: Part): Promise<void> {
    if (!this.#proven.has(part.name)) await this.#identify(part);
  }

  /** All connections for a run, described and checked now and then; one whose CRM is out of reach as it was described last. */
  async forRun(): Promise<Connection[]> {
    const connections: Connection[] = [];
    for (const part of this.#core.parts) connections.push(await this.#forRun(part));
    return connections;
  }

  /** All connections described anew, into that database. */
  async anew(db: Database): Promise<Connection[]> {
    const connections: Connection[] = [];
    for (const part of this.#core.parts) connections.push(await this.#describe(part, db));
    return connections;
  }

  /** The environment of decisions, built without asking any CRM. */
  async environment(): Promise<Environment> {
    await tellTime(this.#core);
    const connections: Connection[] = [];
    for (const part of this.#core.parts) {
      connections.push(this.#described.get(part.name)?.connection ?? (await this.#fromMemory(part)));
    }
    return environmentOf(this.#core, connections);
  }

  /** Lets a connection be described again before its next run. */
  forget(name: string): void {
    this.#described.delete(name);
  }

  async #forRun(part: Part): Promise<Connection> {
    const known = this.#described.get(part.name);
    if (known && performance.now() < known.until) return known.connection;
    try {
      await this.prove(part);
      const connection = await this.#describe(part, this.#core.store.db);
      this.#described.set(part.name, { connection, until: performance.now() + DESCRIBED_FOR_MS });
      return connection;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      // The run reports the trouble; the other connection goes on meanwhile.
      this.#core.log('warn', error.message, { connection: part.name, code: error.code });
      const remembered = await this.#fromMemory(part);
      const isDescribed = remembered.streams.some((stream) => stream.description !== null);
      // What may be another org is not asked anything more.
      return isDescribed && this.#proven.has(part.name) ? remembered : refused(remembered, error);
    }
  }

  /** Nothing is created for mappings that name fields the CRM does not have. */
  async #checkMappings(part: Part): Promise<void> {
    try {
      await this.#describe(part, this.#core.store.db);
    } catch (error) {
      if (!(error instanceof NotProvisioned)) throw error;
    }
  }

  #describe({ name, crm, connector, mappings }: Part, db: Database): Promise<Connection> {
    return connect(db, name, crm, connector, mappings, this.#core.clock);
  }

  #fromMemory({ name, crm, connector, mappings }: Part): Promise<Connection> {
    return connectFromMemory(this.#core.store.db, name, crm, connector, mappings);
  }

  async #identify(part: Part): Promise<OrgIdentity> {
    const identity = await proveOrg(this.#core.store.db, part);
    this.#proven.add(part.name);
    return identity;
  }
}
