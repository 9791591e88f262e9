/** Edits by users of both CRMs, through their APIs. */
import type { World } from './world.ts';

const API = '/services/data/v68.0';
const SALESFORCE_BATCH = 200;
const HUBSPOT_BATCH = 100;

/** Gives `count` leads and as many contacts, spread over all of them, another job title. */
export async function editPeople(world: World, of: number, count: number): Promise<void> {
  const tokens = await world.tokens();
  const send = async (origin: string, method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${tokens.get(origin)}`, 'content-type': 'application/json' };
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const salesforce = new URL(world.sandbox.salesforce.url).origin;
  const hubspot = new URL(world.sandbox.hubspot.url).origin;
  const every = Math.floor(of / count);
  const leads = (await leadIds((path) => send(salesforce, 'GET', path))).filter((_, place) => place % every === 0);
  for (const ids of parts(leads.slice(0, count), SALESFORCE_BATCH)) {
    const records = ids.map((id) => ({ attributes: { type: 'Lead' }, id, Title: 'Head of Procurement' }));
    const outcomes = (await send(salesforce, 'PATCH', `${API}/composite/sobjects`, { records })) as {
      success: boolean;
    }[];
    if (outcomes.some(({ success }) => !success)) throw new Error('a lead could not be edited');
  }
  const contacts = (await contactIds((path) => send(hubspot, 'GET', path))).filter((_, place) => place % every === 0);
  for (const ids of parts(contacts.slice(0, count), HUBSPOT_BATCH)) {
    const inputs = ids.map((id) => ({ id, properties: { jobtitle: 'Head of Procurement' } }));
    await send(hubspot, 'POST', '/crm/v3/objects/contacts/batch/update', { inputs });
  }
}

async function leadIds(get: (path: string) => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  let path: string | undefined = `${API}/query?q=${encodeURIComponent('SELECT Id FROM Lead ORDER BY Id')}`;
  while (path !== undefined) {
    const answer = (await get(path)) as { records: { Id: string }[]; nextRecordsUrl?: string };
    ids.push(...answer.records.map(({ Id }) => Id));
    path = answer.nextRecordsUrl;
  }
  return ids;
}

async function contactIds(get: (path: string) => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const answer = (await get(`/crm/v3/objects/contacts?limit=100${after === '' ? '' : `&after=${after}`}`)) as {
      results: { id: string }[];
      paging?: { next?: { after: string } };
    };
    ids.push(...answer.results.map(({ id }) => id));
    after = answer.paging?.next?.after;
  }
  return ids;
}

function parts<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}
