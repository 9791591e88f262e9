import type { Person } from '../../../sandbox/market/people.ts';

export interface Row {
  readonly id: string;
  readonly emails: readonly string[];
  readonly name: string;
  readonly domain: string | null;
  readonly knownIds: readonly string[];
}

/** Match figures over all pairs of records, for a plain matcher: known ids, addresses, then name and company domain. */
export function matchFigures(rows: readonly Row[], personOf: ReadonlyMap<string, string>) {
  const parent = new Map(rows.map(({ id }) => [id, id]));
  const root = (id: string): string => {
    const up = parent.get(id) ?? id;
    return up === id ? id : root(up);
  };
  const join = (a: string, b: string) => parent.set(root(a), root(b));
  const firstWith = new Map<string, string>();
  const byKey = (key: string, id: string) => {
    const other = firstWith.get(key);
    if (other === undefined) firstWith.set(key, id);
    else join(other, id);
  };
  for (const row of rows) {
    for (const known of row.knownIds) if (parent.has(known)) join(known, row.id);
    const own = row.emails.map((email) => email.trim().toLowerCase()).filter((email) => !email.startsWith('info@'));
    for (const email of own) byKey(`mail ${email}`, row.id);
    const name = row.name.trim().replace(/\s+/g, ' ').toLowerCase();
    if (row.domain) byKey(`name ${name} ${row.domain}`, row.id);
  }
  const truth = pairs(rows.map(({ id }) => [personOf.get(id) ?? id, id]));
  const found = pairs(rows.map(({ id }) => [root(id), id]));
  const both = [...found].filter((pair) => truth.has(pair)).length;
  return { pairs: truth.size, precision: both / Math.max(1, found.size), recall: both / Math.max(1, truth.size) };
}

function pairs(members: readonly (readonly [string, string])[]): Set<string> {
  const groups = new Map<string, string[]>();
  for (const [group, id] of members) groups.set(group, [...(groups.get(group) ?? []), id]);
  const result = new Set<string>();
  for (const ids of groups.values()) {
    ids.sort();
    ids.forEach((a, n) => {
      for (const b of ids.slice(n + 1)) result.add(`${a} ${b}`);
    });
  }
  return result;
}

const freeMail = /@(gmail\.com|outlook\.com|yahoo\.com|gmx\.net|proton\.me)$/i;

/** The company domain that a record shows: its website, else its own address unless that is a free one. */
function domainShown(website: string | null, email: string | null): string | null {
  if (website)
    return website
      .replace(/^https?:\/\//, '')
      .replace(/^www\./, '')
      .toLowerCase();
  if (email && !freeMail.test(email)) return email.trim().toLowerCase().split('@')[1] ?? null;
  return null;
}

/** The planned records of people, as rows to match. */
export function plannedRows(people: readonly Person[]): Row[] {
  return people.flatMap((person) =>
    person.records.map((record) => ({
      id: record.key,
      emails: [...(record.email ? [record.email] : []), ...record.moreEmails],
      name: `${record.firstName.trim()} ${record.lastName.trim()}`,
      domain: record.object === 'Contact' ? person.company.domain : domainShown(record.website, record.email),
      knownIds: record.knowsOther
        ? person.records
            .filter(({ crm }) => crm !== record.crm)
            .slice(0, 1)
            .map(({ key }) => key)
        : [],
    })),
  );
}
