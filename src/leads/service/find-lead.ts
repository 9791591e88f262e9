/** Finds the lead that somebody means by any of the names it has in Sluice or in a CRM. */
import { sql } from 'kysely';
import { canonicalId } from '../../mapping/cross-id.ts';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import { normaliseEmail } from '../identity.ts';
import { personName } from './person-name.ts';

/** Enough of a lead to choose it from a list. */
export interface LeadMention {
  readonly id: string;
  readonly name: string;
  readonly company: string | null;
  readonly email: string | null;
  readonly state: string;
}

export type FoundLead =
  | { readonly kind: 'found'; readonly leadId: string }
  | { readonly kind: 'several'; readonly message: string; readonly leads: readonly LeadMention[] }
  | { readonly kind: 'none'; readonly message: string; readonly hint: string };

/** What a text turned out to name. */
interface Named {
  /** As messages call it: "offer of_1". */
  readonly what: string;
  readonly leadIds: readonly string[];
  readonly personIds: readonly string[];
  /** What it names besides people: "partner", "campaign". */
  readonly others: readonly string[];
}

/**
 * The lead that `text` names: its own id (`ld_…`), a link's (`ln_…`, as in Sluice_Id__c), an offer's (`of_…`), an e-mail
 * address, or the id of a CRM record (Salesforce's in 15 or 18 characters).
 */
export async function findLead(db: Queryable, text: string): Promise<FoundLead> {
  const wanted = text.trim();
  const named = await whatIs(db, wanted);
  const leads = await leadsOf(db, named);
  const [first] = leads;
  if (first && leads.length === 1) return { kind: 'found', leadId: first.id };
  if (first) {
    return {
      kind: 'several',
      message: `${named.what} belongs to ${leads.length} leads: name one of them by its id`,
      leads,
    };
  }
  return { kind: 'none', ...(await nobody(db, named)) };
}

async function whatIs(db: Queryable, wanted: string): Promise<Named> {
  const nothing = { leadIds: [], personIds: [], others: [] };
  const id = wanted.toLowerCase();
  if (/^ld_/.test(id)) return { ...nothing, what: `lead ${id}`, leadIds: [id] };
  if (/^of_/.test(id)) return { ...nothing, what: `offer ${id}`, leadIds: await leadsOfOffers(db, [id]) };
  if (/^ln_/.test(id)) return behind(db, `link ${id}`, sql`l.link_id = ${id}`);
  if (wanted.includes('@')) {
    const email = normaliseEmail(wanted) ?? id;
    const rows = await db
      .selectFrom('person_keys')
      .select('person_id')
      .distinct()
      .where('kind', '=', 'email')
      .where('key', '=', email)
      .execute();
    return { ...nothing, what: `e-mail ${email}`, personIds: rows.map((row) => row.person_id) };
  }
  // Which CRM it is from is not said: the long form of a short Salesforce id is tried beside the text as it is.
  const record = sql`l.record_id in (${wanted}, ${canonicalId('salesforce', wanted)})`;
  return behind(db, `record ${wanted}`, record);
}

/** Whom the links that meet a condition tie. */
async function behind(db: Queryable, what: string, condition: ReturnType<typeof sql>): Promise<Named> {
  const links = await sql<{ entity: string; id: string }>`
    select distinct l.entity, l.entity_id as id from links l where ${condition} order by 1, 2`.execute(db);
  const of = (...entities: string[]) => links.rows.filter((row) => entities.includes(row.entity)).map((row) => row.id);
  return {
    what,
    // A deal is tied to the person whose lead it came of.
    personIds: of('person', 'deal'),
    leadIds: await leadsOfOffers(db, of('offer')),
    others: links.rows.map((row) => row.entity).filter((entity) => !['person', 'deal', 'offer'].includes(entity)),
  };
}

async function leadsOfOffers(db: Queryable, offers: readonly string[]): Promise<string[]> {
  if (offers.length === 0) return [];
  const rows = await db.selectFrom('offers').select('lead_id').where('id', 'in', offers).execute();
  return rows.map((row) => row.lead_id);
}

async function leadsOf(db: Queryable, named: Named): Promise<LeadMention[]> {
  const found = await sql<{ id: string; state: string; facts: PersonFacts }>`
    with mine as (
      select id from leads where id = any(${named.leadIds}::text[])
      union select id from leads where person_id = any(${named.personIds}::text[]))
    select d.id, d.state, p.facts from mine join leads d using (id) join people p on p.id = d.person_id
    order by d.id`.execute(db);
  return found.rows.map(({ id, state, facts }) => ({
    id,
    name: personName(facts),
    company: facts.companyName,
    email: facts.email,
    state,
  }));
}

async function nobody(db: Queryable, named: Named): Promise<{ message: string; hint: string }> {
  const [personId] = named.personIds;
  if (personId !== undefined) {
    const row = await db.selectFrom('people').select('facts').where('id', '=', personId).executeTakeFirst();
    const who = row ? personName(row.facts as PersonFacts) : personId;
    return {
      message: `${named.what} belongs to ${who}, who is known but is no lead`,
      hint: 'intake.yaml says when a person becomes a lead.',
    };
  }
  const [other] = named.others;
  if (other !== undefined)
    return {
      message: `${named.what} is a ${other}, not a lead`,
      hint: 'Name the record of a person, a deal or an offer.',
    };
  return {
    message: `there is no lead by ${named.what}`,
    hint: 'A lead is named by its id (ld_…), a Sluice_Id__c (ln_…), an offer (of_…), an e-mail or a CRM record id. A record that is new in the CRM is known after the next sync.',
  };
}
