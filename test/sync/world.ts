/** Two CRMs in memory, a store, the shipped mappings and rules, and a clock that the test moves: everything a run needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Connector, FieldDescription, FieldKind, ObjectDescription } from '../../connectors/connector.ts';
import { compileFunds } from '../../src/funds/rules.ts';
import { compileIntake } from '../../src/leads/intake.ts';
import { compileRouting } from '../../src/leads/routing.ts';
import { compileScoring } from '../../src/leads/scoring.ts';
import { compileMappings } from '../../src/mapping/compile.ts';
import { answerFields, fieldsOf, type Mapping } from '../../src/mapping/mapping.ts';
import { READABLE } from '../../src/mapping/transforms.ts';
import { compileAttribution } from '../../src/revenue/config.ts';
import { compileLedger } from '../../src/revenue/ledger-config.ts';
import { upsert } from '../../src/store/bulk.ts';
import type { Database, Store } from '../../src/store/database.ts';
import { type Lease, takeLease } from '../../src/store/lease.ts';
import { connect } from '../../src/sync/connect.ts';
import type { Connection, Environment } from '../../src/sync/environment.ts';
import { type RunOptions, type RunSummary, run } from '../../src/sync/run.ts';
import { matcher, shippedRules } from '../deals/fixtures.ts';
import { FakeCrm } from '../support/fake-connector.ts';
import { emptyStore } from '../support/store.ts';

const HOUR = 3_600_000;
const root = new URL('../../', import.meta.url);
const shipped = (name: string): [file: string, text: string] => [
  `config/${name}.yaml`,
  readFileSync(new URL(`config/${name}.yaml`, root), 'utf8'),
];

const routingText = shipped('routing');
const rules = {
  intake: compileIntake(...shipped('intake')),
  scoring: compileScoring(...shipped('scoring')),
  routing: compileRouting(...routingText),
  attribution: compileAttribution(...shipped('attribution')),
  funds: compileFunds(...shipped('funds')),
  ledger: compileLedger(...shipped('ledger'), { currency: 'USD', connections: ['salesforce', 'hubspot'] }),
  deals: { rules: shippedRules(), matcher },
  routingHash: 'rules-1',
};

/** The shipped mappings, each file's text as `edit` leaves it; those of funds only where they are asked for. */
export function mappingsWith(edit: (file: string, text: string) => string, funds = false): Mapping[] {
  return compileMappings(
    ['salesforce', 'hubspot'].flatMap((crm) =>
      readdirSync(new URL(`mappings/${crm}`, root)).map((name) => {
        const file = `mappings/${crm}/${name}`;
        return { file, text: edit(file, readFileSync(fileURLToPath(new URL(file, root)), 'utf8')) };
      }),
    ),
  ).filter((mapping) => funds || mapping.with !== 'partner-funds');
}

const shippedMappings: readonly Mapping[] = mappingsWith((_file, text) => text);

/** What a provisioned CRM would say of its objects: every mapped field, of a kind that the mapping can read or write. */
function described(mine: readonly Mapping[]): ObjectDescription[] {
  return [...Map.groupBy(mine, (mapping) => mapping.object)]
    .filter(([object]) => object !== 'campaigns')
    .map(([object, those]) => {
      const fields = new Map<string, FieldDescription>();
      for (const mapping of those) for (const name of fieldsOf(mapping)) fields.set(name, field(mapping, name));
      return { object, label: object, fields: [...fields.values()] };
    });
}

function field(mapping: Mapping, name: string): FieldDescription {
  const made = [...mapping.writes, ...answerFields(mapping)].find((each) => each.field === name)?.create;
  const source = mapping.sources.find((each) => each.fields.includes(name));
  const isReference =
    mapping.crossIds.some((each) => each.field === name) ||
    (mapping.converted !== null && Object.values(mapping.converted).includes(name)) ||
    mapping.touches.some((touch) => touch.campaign === name);
  const isMoment = mapping.touches.some((touch) => touch.at === name);
  const kind: FieldKind =
    made?.kind ??
    (mapping.converted?.when === name
      ? 'boolean'
      : isMoment
        ? 'datetime'
        : isReference
          ? 'reference'
          : source
            ? source.values
              ? 'picklist'
              : (READABLE[source.transform][0] ?? 'text')
            : 'text');
  const limits = made?.kind === 'text' && made.length !== undefined ? { length: made.length } : {};
  const scale = kind === 'number' && made ? { scale: source?.create?.scale ?? 0 } : {};
  return { name, label: name, kind, writable: true, unique: made?.unique === true, ...limits, ...scale };
}

export class World {
  /** Moves by a millisecond each time somebody looks, and by hours when told. */
  now = Date.parse('2026-03-02T08:00:00.000Z');
  readonly salesforce: FakeCrm;
  readonly hubspot: FakeCrm;
  readonly store: Store;
  /** What the log was told. */
  readonly logged: string[] = [];

  /** What an admin may change between runs. */
  mappings: readonly Mapping[];

  constructor(store: Store, mappings: readonly Mapping[] = shippedMappings) {
    this.store = store;
    this.mappings = mappings;
    const tick = () => this.tick();
    this.salesforce = new FakeCrm('salesforce', 'salesforce', described(this.#of('salesforce')), tick);
    this.hubspot = new FakeCrm('hubspot', 'hubspot', described(this.#of('hubspot')), tick);
    this.hubspot.listsDeleted = true;
    this.hubspot.undescribed = ['campaigns'];
  }

  /** An empty world in a store that may have been used before. */
  static async create(store: Store, mappings: readonly Mapping[] = shippedMappings): Promise<World> {
    await emptyStore(store);
    const world = new World(store, mappings);
    await upsert(
      store.db,
      'config_versions',
      [{ hash: rules.routingHash, kind: 'routing', file: routingText[0], body: routingText[1] }],
      ['hash'],
    );
    return world;
  }

  #of(crm: string): readonly Mapping[] {
    return this.mappings.filter((mapping) => mapping.crm === crm);
  }

  tick(): number {
    this.now += 1;
    return this.now;
  }

  pass(hours: number): void {
    this.now += hours * HOUR;
  }

  async environment(db: Database = this.store.db): Promise<Environment> {
    const connection = (crm: FakeCrm, connector: Connector): Promise<Connection> =>
      connect(this.store.db, crm.name, crm.kind, connector, this.#of(crm.kind), { now: () => this.now });
    return {
      db,
      clock: { now: () => this.tick() },
      connections: [
        await connection(this.salesforce, this.salesforce.connector()),
        await connection(this.hubspot, this.hubspot.connector()),
      ],
      rules,
      currency: 'USD',
      log: (_level, message) => {
        this.logged.push(message);
      },
    };
  }

  async lease(db: Database = this.store.db): Promise<Lease> {
    // Runs die here without a word: nothing of them may go on renewing.
    const taken = await takeLease(db, 'sync', 'test', null);
    if ('holder' in taken) throw new Error('the lease is held');
    return taken;
  }

  /** One run, as `sluice sync` makes it. */
  async sync(options: Partial<RunOptions> = {}): Promise<RunSummary> {
    const lease = await this.lease();
    try {
      return await run(await this.environment(), lease, { ...this.runOptions(), ...options });
    } finally {
      await lease.release();
    }
  }

  runOptions(): RunOptions {
    const crms = [this.salesforce, this.hubspot];
    return {
      sleep: async (ms) => {
        this.now += ms;
      },
      calls: (name) => crms.find((crm) => crm.name === name)?.calls.length ?? 0,
    };
  }

  /** What a run writes, by CRM. */
  async writesOf(work: () => Promise<unknown>): Promise<{ salesforce: number; hubspot: number }> {
    const before = [this.salesforce.calls.length, this.hubspot.calls.length];
    await work();
    return {
      salesforce: this.salesforce.written(before[0]).length,
      hubspot: this.hubspot.written(before[1]).length,
    };
  }

  async lead(email: string) {
    return this.store.db
      .selectFrom('leads')
      .innerJoin('person_keys', 'person_keys.person_id', 'leads.person_id')
      .selectAll('leads')
      .where('person_keys.key', '=', email)
      .distinct()
      .executeTakeFirstOrThrow();
  }

  async outbox() {
    return this.store.db.selectFrom('outbox').selectAll().orderBy('object').orderBy('row_key').execute();
  }

  /** What the error centre holds open. */
  async errors() {
    return this.store.db
      .selectFrom('errors')
      .selectAll()
      .where('resolved_at', 'is', null)
      .orderBy('record_id')
      .execute();
  }
}

const PARTNER = 'Channel Partner / Reseller';

/** Two partners that cover Germany, a customer of some size, and Anna, who is a Lead in one CRM and a contact in the other. */
export function populate(world: World): void {
  const { salesforce, hubspot } = world;
  for (const [id, name, tier] of [
    ['001A', 'Alder', 'Platinum'],
    ['001B', 'Birch', 'Gold'],
  ] as const) {
    salesforce.put('Account', id, {
      Name: name,
      Type: PARTNER,
      Partner_Status__c: 'Active',
      Partner_Territories__c: 'DE',
      Partner_Competencies__c: 'Vault',
      Partner_Tier__c: tier,
      Partner_Capacity__c: 10,
    });
  }
  salesforce.put('Account', '001C', { Name: 'Acme GmbH', Type: 'Customer - Direct', Website: 'acme.de' });
  salesforce.put('Lead', '00Q1', { ...personInSalesforce('Anna', 'Schmidt', 'anna@acme.de') });
  hubspot.put('contacts', '101', personInHubSpot('Anna', 'Schmidt', 'anna@acme.de'));
}

export function personInSalesforce(first: string, last: string, email: string | null) {
  return {
    FirstName: first,
    LastName: last,
    Email: email,
    Title: 'Head of IT',
    Company: 'Acme GmbH',
    Country: 'Germany',
    NumberOfEmployees: 300,
    Product_Interest__c: 'Vault',
    Marketing_Stage__c: 'MQL',
    HasOptedOutOfEmail: false,
    IsConverted: false,
  };
}

export function personInHubSpot(first: string, last: string, email: string | null) {
  return {
    firstname: first,
    lastname: last,
    email,
    jobtitle: 'Head of IT',
    company: 'Acme GmbH',
    country: 'Germany',
    product_interest: 'Vault',
    lifecyclestage: 'marketingqualifiedlead',
    hs_email_optout: false,
  };
}
