/** What must hold once the faults have stopped: both CRMs and the model agree, nothing is lost, nothing is doubled. */
import { sql } from 'kysely';
import type { Connection } from '../../src/sync/environment.ts';
import { Mortal } from '../support/mortal.ts';
import type { Finding } from './finding.ts';
import { shadowsAgree } from './shadows.ts';
import { type Ground, type Sharing, syncOnce } from './sluice.ts';
import type { World } from './world.ts';

/** Everything that differs. */
export async function judge(ground: Ground, world: World, connections: readonly Connection[]): Promise<Finding[]> {
  const plain = [
    ...(await writtenStands(world, ground.sharing)),
    ...(await sharedFieldsAgree(ground)),
    ...(await everyoneHasAState(ground)),
    ...(await factsAgree(ground)),
    ...(await offersStandOnce(ground, world)),
    ...(await ledgerAddsUp(ground, world)),
    ...(await nothingWaits(ground, world)),
  ];
  return [
    ...plain.map((text) => ({ text })),
    ...(await shadowsAgree(ground.store, connections)),
    ...(await ownedFieldsStand(ground, world)),
    ...(await answersCount(ground, world)),
  ];
}

/** What is shared in a schedule that shares: which of several edits stands is the policy's business. */
const SHARED = new Set(['Phone', 'Title', 'phone', 'jobtitle']);

/** What people wrote stands as they wrote it. */
async function writtenStands(world: World, sharing: Sharing): Promise<string[]> {
  const wrong: string[] = [];
  for (const object of ['Lead', 'Contact', 'contacts'] as const) {
    const mine = [...world.written].filter(([key]) => key.startsWith(`${object} `));
    const names = [...new Set(mine.flatMap(([, fields]) => Object.keys(fields)))];
    if (names.length === 0) continue;
    const rows =
      object === 'contacts' ? await world.hubspot.list('contacts', names) : await world.salesforce.query(object, names);
    const byId = new Map(rows.map((row) => [row.id, row.fields]));
    for (const [key, fields] of mine) {
      const known = world.people.find((each) => each.object === object && `${object} ${each.id}` === key);
      if (known?.state !== 'live') continue;
      const there = byId.get(known.id);
      if (there === undefined) {
        wrong.push(`${key} (${known.who}) is not in the CRM any more`);
        continue;
      }
      for (const [field, value] of Object.entries(fields)) {
        if (sharing !== 'none' && SHARED.has(field)) continue;
        if (String(there[field] ?? '') !== String(value ?? '')) {
          wrong.push(
            `${key} (${known.who}): ${field} is ${JSON.stringify(there[field])}, somebody wrote ${JSON.stringify(value)}`,
          );
        }
      }
    }
  }
  return wrong;
}

/** All open records of one person show the same of what they share. */
async function sharedFieldsAgree({ store, sharing }: Ground): Promise<string[]> {
  if (sharing === 'none') return [];
  const { rows } = await sql<{ id: string; object: string; record_id: string; fields: Record<string, unknown> }>`
    select l.entity_id as id, r.object, r.id as record_id, r.fields from links l
      join records r on r.connection = l.connection and r.object = l.object and r.id = l.record_id and not r.deleted
    where l.entity = 'person' and not l.retired and r.fields->>'IsConverted' is distinct from 'true'`.execute(store.db);
  const contested = await store.db
    .selectFrom('contests')
    .select(['record_id'])
    .where('contested_at', 'is not', null)
    .execute();
  const excused = new Set(contested.map(({ record_id }) => record_id));
  return [...Map.groupBy(rows, ({ id }) => id)].flatMap(([id, all]) => {
    const mine = all.filter(({ record_id }) => !excused.has(record_id));
    return [
      ['Phone', 'phone'],
      ['Title', 'jobtitle'],
    ].flatMap(([salesforce = '', hubspot = '']) => {
      const inSalesforce = mine
        .filter(({ object }) => object !== 'contacts')
        .map(({ fields }) => fields[salesforce] ?? null);
      const inHubSpot = mine.filter(({ object }) => object === 'contacts').map(({ fields }) => fields[hubspot] ?? null);
      // Salesforce is not written where HubSpot follows it, and several Leads of one person are never made alike by what they lead.
      const isOpen = sharing !== 'newest' && (new Set(inSalesforce).size > 1 || inSalesforce[0] === null);
      const said = new Set([...inSalesforce, ...inHubSpot]);
      return said.size <= 1 || isOpen
        ? []
        : [`person ${id}: ${salesforce} is ${JSON.stringify([...said])} in records that share it`];
    });
  });
}

interface Standing {
  connection: string;
  object: string;
  record_id: string;
  link_id: string;
  lead: string;
  state: string;
  score: number | null;
  grade: string | null;
  reason: string;
}

/** Every open record of a lead shows how the lead stands. */
async function ownedFieldsStand({ store }: Ground, world: World): Promise<Finding[]> {
  const { rows } = await sql<Standing>`
    select l.connection, l.object, l.record_id, l.link_id, d.id as lead, d.state, d.score, d.grade, d.reason
    from leads d join links l on l.entity = 'person' and l.entity_id = d.person_id and not l.retired`.execute(store.db);
  const contested = await store.db
    .selectFrom('contests')
    .select(['object', 'record_id', 'field'])
    .where('contested_at', 'is not', null)
    .execute();
  const excused = new Set(contested.map((each) => `${each.object} ${each.record_id} ${each.field.toLowerCase()}`));
  const names = [
    'Sluice_Id__c',
    'Sluice_Lead__c',
    'Sluice_Status__c',
    'Sluice_Score__c',
    'Sluice_Grade__c',
    'Sluice_Reason__c',
  ];
  const theirs = names.map((name) => name.slice(0, -3).toLowerCase());
  const live = new Map(
    [
      ...(await world.salesforce.query('Lead', names, 'WHERE IsConverted = false')).map(
        (row) => ['Lead', row] as const,
      ),
      ...(await world.salesforce.query('Contact', names)).map((row) => ['Contact', row] as const),
      ...(await world.hubspot.list('contacts', theirs)).map((row) => ['contacts', row] as const),
    ].map(([object, row]) => [`${object} ${row.id}`, row.fields]),
  );
  return rows.flatMap((row) => {
    const name = `${row.object} ${row.record_id}`;
    const there = live.get(name);
    if (there === undefined) return [];
    const wanted = [row.link_id, row.lead, row.state, row.score, row.grade, row.reason.slice(0, 255)];
    return wanted.flatMap((value, place) => {
      const field = (row.object === 'contacts' ? theirs : names)[place] ?? '';
      if (excused.has(`${name} ${field.toLowerCase()}`) || String(there[field] ?? '') === String(value ?? ''))
        return [];
      const text = `${name}: ${field} is ${JSON.stringify(there[field])}, the lead says ${JSON.stringify(value)}`;
      return [{ text, record: { object: row.object, id: row.record_id } }];
    });
  });
}

/** Every live record of a person is tied to one person, and every lead has a state with a reason. */
async function everyoneHasAState({ store }: Ground): Promise<string[]> {
  const loose = await sql<{ object: string; id: string }>`
    select r.object, r.id from records r where r.object in ('Lead', 'Contact', 'contacts') and not r.deleted
      and not exists (select from links l join people p on p.id = l.entity_id and p.merged_into is null
        where l.entity = 'person' and l.connection = r.connection and l.object = r.object and l.record_id = r.id and not l.retired)`.execute(
    store.db,
  );
  const unreleased = await sql<{ id: string }>`
    select p.id from people p where p.merged_into is null and p.facts->>'stage' in ('mql', 'sql', 'opportunity')
      and (p.facts->>'optedOut')::boolean is not true
      and not exists (select from leads d where d.person_id = p.id)
      and exists (select from links l join records r on r.connection = l.connection and r.object = l.object and r.id = l.record_id
        where l.entity = 'person' and l.entity_id = p.id and not l.retired and not r.deleted)`.execute(store.db);
  const doubled = await sql<{ person_id: string }>`
    select person_id from leads group by person_id having count(*) > 1`.execute(store.db);
  const stuck = await sql<{ id: string; state: string; reason: string }>`
    select id, state, reason from leads where coalesce(state, '') in ('', 'New') or coalesce(reason, '') = ''
      or (state = 'Offered' and not exists (select from offers o where o.id = leads.offer_id and o.status = 'Open'))`.execute(
    store.db,
  );
  return [
    ...loose.rows.map((row) => `${row.object} ${row.id} belongs to nobody`),
    ...unreleased.rows.map((row) => `person ${row.id} is released to sales and no lead`),
    ...doubled.rows.map((row) => `person ${row.person_id} has two leads`),
    ...stuck.rows.map((row) => `lead ${row.id} stands at "${row.state}" (${row.reason})`),
  ];
}

/** Facts, and the fields they are read from: of a Lead or Contact, and of a HubSpot contact. */
const FACTS = [
  ['firstName', 'FirstName', 'firstname'],
  ['lastName', 'LastName', 'lastname'],
  ['email', 'Email', 'email'],
  ['title', 'Title', 'jobtitle'],
] as const;

/** What is known of a person stands in one of the records, and what all records say alike is known. */
async function factsAgree({ store }: Ground): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
    facts: Record<string, unknown>;
    object: string;
    fields: Record<string, unknown>;
  }>`
    select p.id, p.facts, r.object, r.fields from people p join links l on l.entity = 'person' and l.entity_id = p.id and not l.retired
      join records r on r.connection = l.connection and r.object = l.object and r.id = l.record_id and not r.deleted
    where p.merged_into is null`.execute(store.db);
  return [...Map.groupBy(rows, ({ id }) => id)].flatMap(([id, mine]) =>
    FACTS.flatMap(([fact, salesforce, hubspot]) => {
      const said = new Set(
        mine.map(({ object, fields }) => fields[object === 'contacts' ? hubspot : salesforce] ?? null),
      );
      const known = mine[0]?.facts[fact] ?? null;
      return said.has(known) || (known === null && said.size > 1)
        ? []
        : [`person ${id}: ${fact} is known as ${JSON.stringify(known)}, the records say ${JSON.stringify([...said])}`];
    }),
  );
}

async function offersStandOnce({ store }: Ground, world: World): Promise<string[]> {
  const offers = await store.db.selectFrom('offers').select(['id', 'status']).execute();
  const there = await world.salesforce.query('Sluice_Offer__c', ['Sluice_Id__c', 'Status__c']);
  const byOffer = Map.groupBy(there, (row) => String(row.fields.Sluice_Id__c));
  const known = new Set(offers.map(({ id }) => id));
  return [
    ...offers.flatMap(({ id, status }) => {
      const records = byOffer.get(id) ?? [];
      if (records.length !== 1) return [`offer ${id} has ${records.length} records`];
      const shown = records[0]?.fields.Status__c;
      return shown === status ? [] : [`offer ${id} is ${status}, its record shows ${String(shown)}`];
    }),
    ...[...byOffer.keys()].filter((id) => !known.has(id)).map((id) => `the record of offer ${id} has no offer`),
  ];
}

/** Every answer that was given is kept: it closed its offer, or came late. */
async function answersCount({ store }: Ground, world: World): Promise<Finding[]> {
  const kept = await store.db.selectFrom('feedback').select(['offer_id', 'response']).execute();
  const told = new Set(kept.map(({ offer_id, response }) => `${offer_id} ${response}`));
  return world.answers
    .filter(({ offer, response }) => !told.has(`${offer} ${response}`))
    .map(({ offer, response, contact }) => ({
      text: `the answer ${response} to offer ${offer} was lost`,
      ...(contact === null ? {} : { record: { object: 'contacts', id: contact } }),
    }));
}

/** The ledger's entries of each deal add up to what it was won for. */
async function ledgerAddsUp({ store }: Ground, world: World): Promise<string[]> {
  const booked = await sql<{ record_id: string; minor: string }>`
    select o.record_id, sum(e.amount_minor)::text as minor from entries e join opportunities o on o.id = e.opportunity_id
    group by o.record_id`.execute(store.db);
  const held = await sql<{ record_id: string }>`
    select o.record_id from held_revenue h join opportunities o on o.id = h.opportunity_id`.execute(store.db);
  const byRecord = new Map(booked.rows.map((row) => [row.record_id, Number(row.minor)]));
  const deals = new Map(
    (await world.salesforce.query('Opportunity', ['Amount', 'IsWon'])).map(({ id, fields }) => [
      id,
      fields.IsWon === true ? Math.round(Number(fields.Amount ?? 0) * 100) : 0,
    ]),
  );
  for (const { record_id } of held.rows) deals.delete(record_id);
  for (const id of byRecord.keys()) if (!deals.has(id)) deals.set(id, 0);
  return [...deals].flatMap(([id, won]) =>
    (byRecord.get(id) ?? 0) === won ? [] : [`deal ${id} is won for ${won}, the ledger has ${byRecord.get(id) ?? 0}`],
  );
}

async function nothingWaits({ store }: Ground, world: World): Promise<string[]> {
  const outbox = await store.db.selectFrom('outbox').selectAll().execute();
  const errors = await store.db.selectFrom('errors').selectAll().where('resolved_at', 'is', null).execute();
  // Who fights is told so; nobody else.
  const isWrong = (row: (typeof errors)[number]) =>
    row.stage !== 'contested' || !world.rewritten.has(`${row.object} ${row.record_id}`);
  return [
    ...outbox.map((row) => `a write waits: ${row.object} ${row.row_key} ${row.state} ${row.code} ${row.message}`),
    ...errors
      .filter(isWrong)
      .map((row) => `an error is open: ${row.object} ${row.record_id} ${row.stage} ${row.code} ${row.message}`),
  ];
}

/** A run that looks at everything anew finds nothing to do. */
export async function oneMoreRunWritesNothing(ground: Ground, world: World): Promise<string[]> {
  const { summary } = await syncOnce(ground, new Mortal(() => false), () => world.automate(), { full: true });
  if (summary === null) return ['one more run was not possible'];
  return Object.entries(summary.connections).flatMap(([name, { written, changed }]) =>
    written + changed === 0 ? [] : [`a full run wrote ${written} and changed ${changed} at ${name}`],
  );
}
