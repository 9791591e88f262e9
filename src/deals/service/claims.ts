/** Everything in the store that may stand against registrations of some companies: what judge.ts weighs. */
import { sql } from 'kysely';
import type { FieldValue } from '../../mapping/described.ts';
import { iso } from '../../model/clock.ts';
import { type PersonFacts, personOf } from '../../model/person.ts';
import type { AccountIdentity, Registration } from '../../model/registration.ts';
import { fold } from '../../model/text.ts';
import type { Queryable } from '../../store/database.ts';
import type { AccountMatcher, Claim } from '../judge.ts';
import type { CompanySource, DealPorts, Partners } from './deal-desk.ts';
import { isLive, loadRegistrations } from './rows.ts';

/** Claims by what they may have in common with a company: few of them are compared with each. */
export class Claims {
  readonly #matcher: AccountMatcher;
  readonly #near = new Map<string, Tie[]>();
  #count = 0;

  constructor(matcher: AccountMatcher, ties: readonly Tied[]) {
    this.#matcher = matcher;
    for (const tied of ties) this.add(tied);
  }

  /** One more, which those that are asked about later run into. */
  add(tied: Tied): void {
    const tie = { ...tied, place: this.#count++ };
    for (const key of keysOf(tied.account, this.#matcher)) {
      const list = this.#near.get(key);
      if (list === undefined) this.#near.set(key, [tie]);
      else list.push(tie);
    }
  }

  /**
   * Those that share the domain or the record of a company, and those that share the beginnings of most words with it, in an order that
   * depends on nothing else but when they were added.
   */
  near(account: AccountIdentity): readonly Tied[] {
    const found = new Map<number, { readonly tied: Tied; shared: number }>();
    for (const key of keysOf(account, this.#matcher)) {
      // A domain or a record says more than all the words of a name.
      const weight = key.startsWith('w ') ? 1 : SURE;
      for (const tie of this.#near.get(key) ?? []) {
        const known = found.get(tie.place);
        if (known === undefined) found.set(tie.place, { tied: tie, shared: weight });
        else known.shared += weight;
      }
    }
    const ranked = [...found].sort(([a, left], [b, right]) => right.shared - left.shared || a - b);
    const taken = new Map<string, number>();
    return ranked.flatMap(([, { tied, shared }]) => {
      // By kind: however many opportunities have a like name, no registration is passed over for them.
      const kind = tied.claim?.kind ?? 'business';
      const count = taken.get(kind) ?? 0;
      taken.set(kind, count + 1);
      return shared >= SURE || count < COMPARED ? [tied] : [];
    });
  }
}

/** Something that ties somebody to a company. */
export interface Tied {
  readonly account: AccountIdentity;
  /** What a registration may run into. */
  readonly claim?: Claim;
  /** The registration that it is. */
  readonly live?: Registration;
  /** The partner that does business there: it won a registered deal, or works an accepted lead. */
  readonly business?: string;
}
type Tie = Tied & { readonly place: number };

const DIRECT: Claim['holder'] = { kind: 'direct', id: null, name: "the vendor's own team" };
/** A name is looked for by the beginnings of its words: what is misspelled further on is found, too. */
const BEGINNING = 4;
const MARKS = '[\u0300-\u036f]';
/** So many of those with like names are compared with a company, those that share most words first. */
const COMPARED = 200;
const SURE = 1_000;
/** For so many companies at once everything is read once, where it would be looked for once a company. */
const MANY = 20;

/** A name as it is looked for: small, without marks. Most names have none, and need no taking apart. */
const folded = (
  name: ReturnType<typeof sql>,
) => sql`case when octet_length(${name}) = length(${name}) then lower(${name})
  else regexp_replace(normalize(lower(${name}), NFKD), ${MARKS}, '', 'g') end`;

/** Claims on companies that may be one of these. Names and domains are only looked for roughly; the matcher says what is the same. */
export async function claimsOn(
  tx: Queryable,
  accounts: readonly AccountIdentity[],
  { matcher, companies, named }: Pick<DealPorts, 'matcher' | 'companies' | 'named'>,
  partners: Partners,
  now: number,
): Promise<Claims> {
  const look = lookFor(accounts, matcher);
  const near = (column: ReturnType<typeof sql>, domain: ReturnType<typeof sql>) => sql<boolean>`(
    ${look.all} or lower(${domain}) = any(${look.domains}::text[]) or ${folded(column)} like any(${look.patterns}::text[]))`;
  const at = iso(now);
  const here = near(sql`account_name`, sql`account_domain`);
  const live = await loadRegistrations(tx, sql<boolean>`${isLive(at)} and (${here} or ${atRecord(accounts)})`);
  const won = await loadRegistrations(tx, sql<boolean>`state = 'Won' and ${here}`);
  const leads = await leadClaims(tx, near, partners);
  const opportunities: Claim[] = [];
  for (const source of companies)
    opportunities.push(...(await opportunityClaims(tx, source, look, accounts, partners)));
  return new Claims(matcher, [
    ...live.map(({ registration }) => registrationTie(registration, partners)),
    ...opportunities.map((claim) => ({ claim, account: claim.account })),
    ...leads.map((claim) => ({
      ...{ claim, account: claim.account },
      ...(claim.isAccepted === true && claim.holder.id !== null ? { business: claim.holder.id } : {}),
    })),
    ...named.map((each) => ({ claim: namedClaim(each, partners), account: each.account })),
    ...won.map(({ registration: { partnerId, account } }) => ({ account, business: partnerId })),
  ]);
}

/** A registration as others run into it. */
export function registrationTie(it: Registration, partners: Partners): Tied {
  const claim: Claim = {
    ...{ kind: 'registration', id: it.id, state: it.state, product: it.product, account: it.account },
    holder: { kind: 'partner', id: it.partnerId, name: partners.nameOf(it.partnerId) },
    since: it.submittedAt,
  };
  return { claim, account: it.account, live: it };
}

function beginningsOf(name: string, matcher: AccountMatcher): string[] {
  return matcher.words(name).map((word) => [...word].slice(0, BEGINNING).join(''));
}

function keysOf({ name, domain, record }: AccountIdentity, matcher: AccountMatcher): string[] {
  return [
    ...(domain === null ? [] : [`d ${domain}`]),
    ...(record === null ? [] : [`r ${record.connection} ${record.id}`]),
    ...(name === null ? [] : beginningsOf(name, matcher).map((word) => `w ${word}`)),
  ];
}

interface Look {
  /** Everything is wanted: too many companies are asked about to look for each. */
  readonly all: boolean;
  readonly domains: readonly string[];
  readonly patterns: readonly string[];
}

function lookFor(accounts: readonly AccountIdentity[], matcher: AccountMatcher): Look {
  const words = accounts.flatMap(({ name }) => (name === null ? [] : beginningsOf(name, matcher)));
  const beginnings = words.map((word) => word.replace(/[%_\\]/g, ''));
  return {
    all: accounts.length > MANY,
    domains: [...new Set(accounts.flatMap(({ domain }) => domain ?? []))],
    patterns: [...new Set(beginnings)].filter((word) => word !== '').map((word) => `%${word}%`),
  };
}

function atRecord(accounts: readonly AccountIdentity[]) {
  const records = accounts.flatMap(({ record }) => (record === null ? [] : [`${record.connection} ${record.id}`]));
  return sql<boolean>`(account_connection || ' ' || account_record) = any(${records}::text[])`;
}

type Near = (column: ReturnType<typeof sql>, domain: ReturnType<typeof sql>) => ReturnType<typeof sql<boolean>>;

/** Leads that are offered, or that a partner accepted and works. */
async function leadClaims(tx: Queryable, near: Near, partners: Partners): Promise<Claim[]> {
  const { rows } = await sql<{
    id: string;
    partner: string;
    status: string;
    at: string;
    person: Partial<PersonFacts>;
  }>`
    select o.id, o.partner_id as partner, o.status, o.offered_at as at, e.facts as person
    from offers o join leads l on l.id = o.lead_id join people e on e.id = l.person_id
    where (o.status = 'Open' or (o.status = 'Accepted' and o.freed_seq is null))
      and ${near(sql`e.facts->>'companyName'`, sql`e.facts->>'domain'`)}
    order by o.offered_at, o.id`.execute(tx);
  return rows.map(({ id, partner, status, at, person }): Claim => {
    const { companyName, domain, country, city } = personOf(person);
    return {
      ...{ kind: 'lead', id, since: at, state: status, product: null, isAccepted: status === 'Accepted' },
      holder: { kind: 'partner', id: partner, name: partners.nameOf(partner) },
      account: { name: companyName, domain, country, city, record: null },
    };
  });
}

/** Open opportunities at companies of one CRM; the partner that has a part in one is its holder, else the vendor's own team. */
async function opportunityClaims(
  tx: Queryable,
  source: CompanySource,
  { all, domains, patterns }: Look,
  accounts: readonly AccountIdentity[],
  partners: Partners,
): Promise<Claim[]> {
  const { connection, object, nameFields, domainFields } = source;
  const text = (fields: readonly string[]) =>
    sql`concat_ws(' ', ${sql.join(fields.length === 0 ? [sql`''`] : fields.map((field) => sql`r.fields->>${field}`))})`;
  const sites = domains.map((domain) => `%${domain.replace(/[%_\\]/g, '')}%`);
  const ids = accounts.flatMap(({ record }) => (record?.connection === connection ? [record.id] : []));
  const isSure = sql<boolean>`(r.id = any(${ids}::text[]) or lower(${text(domainFields)}) like any(${sites}::text[]))`;
  const name = folded(text(nameFields));
  const { rows } = await sql<{
    id: string;
    name: string;
    stage: string;
    since: string | null;
    partner: string | null;
    account: string;
    fields: Record<string, FieldValue>;
  }>`
    select o.id, o.facts->>'name' as name, o.facts->>'stage' as stage, o.facts->>'createdAt' as since, r.id as account, r.fields,
      (select g.partner_id from registrations g where g.opportunity_id = o.id and g.state in ('Pending', 'Approved')
        order by g.submitted_at, g.id limit 1) as partner
    from opportunities o join records r on r.connection = o.connection and r.object = ${object} and r.id = o.account_record
    where o.connection = ${connection} and o.facts->>'isClosed' = 'false' and o.facts->>'deleted' = 'false' and not r.deleted
      and (${all} or ${isSure} or ${name} like any(${patterns}::text[]))
    order by ${all ? sql`o.id` : sql`${isSure} desc, (select count(*) from unnest(${patterns}::text[]) p where ${name} like p) desc, o.id`}
    limit ${all ? sql`all` : sql`${COMPARED * accounts.length}`}`.execute(tx);
  return rows.flatMap((row): Claim[] => {
    const account = source.read({ id: row.account, fields: row.fields });
    if (account === null) return [];
    const holder: Claim['holder'] =
      row.partner === null ? DIRECT : { kind: 'partner', id: row.partner, name: partners.nameOf(row.partner) };
    return [
      {
        ...{ kind: 'opportunity', id: row.id, holder, product: null, account },
        ...{ since: row.since, state: row.stage },
      },
    ];
  });
}

function namedClaim({ list, partner, account }: DealPorts['named'][number], partners: Partners): Claim {
  const found = partner === null ? null : partners.named(partner);
  const holder: Claim['holder'] =
    partner === null
      ? DIRECT
      : { kind: 'partner', id: found && 'partner' in found ? found.partner.id : null, name: partner };
  return {
    ...{ kind: 'named-account', id: account.domain ?? fold(account.name ?? ''), holder, account },
    ...{ since: null, state: `named in "${list}"`, product: null },
  };
}
