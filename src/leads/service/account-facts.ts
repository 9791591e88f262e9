import { sql } from 'kysely';
import type { PersonFacts } from '../../model/person.ts';
import type { Queryable } from '../../store/database.ts';
import { type AccountFacts, NO_ACCOUNT } from '../routable-lead.ts';

/**
 * What the companies of persons are to the partners, by domain: those that hold an accepted lead of the company now, and
 * those that ever accepted one. The domain is that of the time of the offer; companies without one are not known again.
 */
export async function loadAccounts(
  tx: Queryable,
  people: readonly PersonFacts[],
): Promise<ReadonlyMap<string, AccountFacts>> {
  const domains = [...new Set(people.flatMap(({ domain }) => domain ?? []))];
  if (domains.length === 0) return new Map();
  const { rows } = await sql<{ domain: string; partner: string; holds: boolean }>`
    select made->>'domain' as domain, partner_id as partner, bool_or(status = 'Accepted' and freed_seq is null) as holds
    from offers where response = 'Accepted' and made ? 'domain' and made->>'domain' = any(${domains}::text[])
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
