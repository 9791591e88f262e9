import { sql } from 'kysely';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import type { StoredEvent } from '../../store/events.ts';
import { accountKeyOf } from '../matching/company-key.ts';
import { readCompanyName } from '../matching/company-name.ts';
import { type AccountFacts, NO_ACCOUNT } from '../routable-lead.ts';

/** The name of a company as its registration keeps it: all spellings of it are one. */
const nameKey = ({ companyName }: PersonFacts) =>
  companyName === null ? null : readCompanyName(companyName).key || null;

/**
 * What the companies of persons are to the partners, by person: those that hold an accepted lead of the company now, those that ever
 * accepted one (`works`: only where the rules ask for that), and those with a registered deal there that is protected at `now`.
 * The domain, or the name of a company without one, is that of the time of the offer; a registration also names a company by its name and country.
 */
export async function loadAccounts(
  tx: Queryable,
  people: ReadonlyMap<string, PersonFacts>,
  works: boolean,
  now: number,
): Promise<ReadonlyMap<string, AccountFacts>> {
  const keys = [...new Set([...people.values()].flatMap((person) => accountKeyOf(person) ?? []))];
  const worked = works ? await loadWorked(tx, keys) : new Map<string, AccountFacts>();
  const registered = await loadRegistered(tx, now);
  const found = new Map<string, AccountFacts>();
  for (const [id, person] of people) {
    const facts = worked.get(accountKeyOf(person) ?? '') ?? null;
    const registrants = registered(person);
    if (registrants.length > 0) found.set(id, { ...(facts ?? NO_ACCOUNT), registrants });
    else if (facts !== null) found.set(id, facts);
  }
  return found;
}

/** By `accountKeyOf`. */
async function loadWorked(tx: Queryable, keys: readonly string[]): Promise<ReadonlyMap<string, AccountFacts>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ domain: string; partner: string; holds: boolean }>`
    select made->>'domain' as domain, partner_id as partner, bool_or(status = 'Accepted' and freed_seq is null) as holds
    from offers where response = 'Accepted' and made ? 'domain' and made->>'domain' = any(${keys}::text[])
    group by 1, 2 order by 1, 2`.execute(tx);
  const found = new Map<string, AccountFacts>();
  for (const { domain, partner, holds } of rows) {
    const { owners, known, registrants } = found.get(domain) ?? NO_ACCOUNT;
    found.set(domain, {
      owners: holds ? [...owners, partner] : owners,
      registrants,
      known: [...known, partner],
    });
  }
  return found;
}

/** Who has a protected registration at the company of a person, and of a product the person asked about or of none. */
async function loadRegistered(tx: Queryable, now: number): Promise<(person: PersonFacts) => string[]> {
  const { rows } = await sql<{
    partner: string;
    domain: string | null;
    key: string | null;
    country: string | null;
    product: string | null;
  }>`
    select partner_id as partner, account_domain as domain, name_key as key, account_country as country, product
    from registrations where state = 'Approved' and protected_until > ${new Date(now).toISOString()}::timestamptz
    order by partner_id`.execute(tx);
  if (rows.length === 0) return () => [];
  const byDomain = Map.groupBy(rows, ({ domain }) => domain ?? '');
  const byName = Map.groupBy(rows, ({ key }) => key ?? '');
  return (person) => {
    const key = nameKey(person);
    const same = [
      ...(person.domain === null ? [] : (byDomain.get(person.domain) ?? [])),
      // Where both domains are known, these say it.
      ...(key === null ? [] : (byName.get(key) ?? [])).filter(
        ({ domain, country }) =>
          (domain === null || person.domain === null) &&
          (country === null || person.country === null || country === person.country),
      ),
    ];
    const ofProduct = same.filter(
      ({ product }) =>
        product === null || person.product === null || product.toLowerCase() === person.product.toLowerCase(),
    );
    return [...new Set(ofProduct.map(({ partner }) => partner))].sort();
  };
}

/** Leads that wait, or lie in the pool, look for a partner again where a registration began or ended to keep partners out. */
export async function wakeRegistered(tx: Queryable, events: readonly StoredEvent[]): Promise<void> {
  const ids = events.flatMap(({ entity, data }) => (data.from === 'Approved' || data.to === 'Approved' ? entity : []));
  if (ids.length === 0) return;
  await sql`update leads l set to_route = true from people p, registrations g
    where p.id = l.person_id and g.id = any(${ids}::text[]) and l.auction is null
      and (l.waits_for is not null or l.state = 'In pool')
      and (p.facts->>'domain' = g.account_domain or (g.account_domain is null and g.account_name is not null
        and lower(p.facts->>'companyName') = lower(g.account_name)))`.execute(tx);
}
