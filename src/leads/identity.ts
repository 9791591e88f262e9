import allProviders from 'email-providers';
import { getDomain } from 'tldts';
import { compareNames, nameWords, type PersonName } from './names.ts';

/** What config/intake.yaml says of addresses; all in lower case. */
export interface IdentityRules {
  /** Local parts that several people read: "info", "sales". */
  readonly sharedMailboxes: ReadonlySet<string>;
  /** Free-mail domains besides the well-known ones. */
  readonly freeMail: ReadonlySet<string>;
  /** Company domains that are wrongly taken for free mail. */
  readonly companyDomains: ReadonlySet<string>;
}

/** A CRM record as far as it says who it is. */
export interface IdentityRecord extends PersonName {
  /** "connection/object/id" of records that this one names, or that name it, as the same person. */
  readonly crossIds: readonly string[];
  /** Normalised, the secondary ones too. */
  readonly emails: readonly string[];
  readonly nameKey: string | null;
}

/** A person that is known already, with its own name. */
export interface Candidate extends PersonName {
  readonly personId: string;
}

/** Finds known persons by what ties records together. */
export interface IdentityLookup {
  byCrossId(crossId: string): readonly Candidate[];
  byEmail(email: string): readonly Candidate[];
  byNameKey(key: string): readonly Candidate[];
}

export type MatchedBy = 'cross id' | 'e-mail' | 'name and company';

export type Identity =
  | { readonly kind: 'match'; readonly personId: string; readonly by: MatchedBy }
  | { readonly kind: 'new' }
  /** The record shows that persons kept apart so far are one; `personIds` in order of id. */
  | { readonly kind: 'merge'; readonly personIds: readonly string[]; readonly by: MatchedBy }
  /** A person must look: the record belongs to one of the candidates or to nobody known. It is no match until then. */
  | { readonly kind: 'review'; readonly candidates: readonly string[]; readonly why: string };

/**
 * Says who a record is.
 *
 * Three ties, the stronger first: a known cross id, an e-mail address (secondary ones too), the name at a company's
 * domain. What the strongest tie that holds says is the answer; persons that further ties reach are the same one and are
 * merged, provided that nobody's name contradicts. The ties are weighed against the name like this:
 *
 * - A cross id was set by a machine that knew both records, so it holds although first OR last name differ (marriages,
 *   nicknames). When both differ, an integration has probably tied two people through a mailbox they share, or a record
 *   was overwritten with a successor's data: it holds only if a personal address confirms it, else it goes to review.
 * - A personal address holds likewise although one of the names differs. When both differ, it was handed on or is
 *   shared without looking so: if the name at the company leads to one person, the name wins, else it goes to review.
 * - A shared mailbox ("info@", or any address that two differently named persons hold already) holds only for the same or
 *   a close name. Where no name agrees it says nothing: the name at the company may still lead to a person, else it
 *   goes to review, because the record may be anyone who reads that mailbox.
 * - A name at a company holds when it leads to one person. To several: review.
 *
 * A wrong match mixes two people's consent and history and is hard to undo, a missed one only makes a double that a
 * later record can merge. So every doubt ends in review, never in a match.
 */
export function identify(record: IdentityRecord, lookup: IdentityLookup, rules: IdentityRules): Identity {
  const emails = emailTies(record, lookup, rules);
  const crossed = unique(record.crossIds.flatMap((id) => lookup.byCrossId(id)));
  const confirmed = new Set(emails.personal.map(({ personId }) => personId));
  const doubted = crossed.filter(
    (person) => compareNames(record, person) === 'different' && !confirmed.has(person.personId),
  );
  if (doubted.length > 0) return review(doubted, 'a cross id ties it to somebody of an entirely different name');
  const named = unique(record.nameKey === null ? [] : lookup.byNameKey(record.nameKey));
  // One name at one company: if several persons bear it, the name alone cannot tell which of them this is.
  const byName = named.length === 1 ? named : [];

  if (crossed.length > 0) return resolve(record, 'cross id', [...crossed, ...emails.holding, ...byName]);
  if (emails.holding.length > 0) return resolve(record, 'e-mail', [...emails.holding, ...byName]);
  if (byName[0]) return { kind: 'match', personId: byName[0].personId, by: 'name and company' };
  if (named.length > 1) return review(named, 'several persons of this name are known at this company');
  if (emails.contradicting.length > 0)
    return review(emails.contradicting, 'its e-mail address belongs to somebody of an entirely different name');
  if (emails.unsaid.length > 0)
    return review(emails.unsaid, 'its e-mail address is a mailbox that several people read, and no name agrees');
  return { kind: 'new' };
}

interface EmailTies {
  /** Persons whom an address ties to the record. */
  readonly holding: readonly Candidate[];
  /** Persons who hold a personal address of the record, whatever they are called. */
  readonly personal: readonly Candidate[];
  /** Personal address, different name. */
  readonly contradicting: readonly Candidate[];
  /** Shared mailbox, no name that agrees. */
  readonly unsaid: readonly Candidate[];
}

function emailTies(record: IdentityRecord, lookup: IdentityLookup, rules: IdentityRules): EmailTies {
  const ties = { holding: [], personal: [], contradicting: [], unsaid: [] } as Record<keyof EmailTies, Candidate[]>;
  for (const email of record.emails) {
    const persons = unique(lookup.byEmail(email));
    if (isSharedMailbox(email, rules) || !areOne(persons)) {
      const agreeing = persons.filter((person) => ['same', 'close'].includes(compareNames(record, person)));
      if (agreeing.length > 0) ties.holding.push(...agreeing);
      else ties.unsaid.push(...persons);
      continue;
    }
    for (const person of persons) {
      ties.personal.push(person);
      if (compareNames(record, person) === 'different') ties.contradicting.push(person);
      else ties.holding.push(person);
    }
  }
  return ties;
}

/** One person is a match; several are one if no two of their names contradict each other. */
function resolve(record: IdentityRecord, by: MatchedBy, tied: readonly Candidate[]): Identity {
  const persons = unique(tied);
  const [only] = persons;
  if (only && persons.length === 1) return { kind: 'match', personId: only.personId, by };
  if (!areOne([record, ...persons]) && !areOne(persons))
    return review(persons, 'it ties together persons whose names contradict each other');
  return { kind: 'merge', personIds: persons.map(({ personId }) => personId).sort(), by };
}

function areOne(names: readonly PersonName[]): boolean {
  return names.every((a, n) =>
    names.slice(n + 1).every((b) => ['same', 'close', 'unknown'].includes(compareNames(a, b))),
  );
}

function review(candidates: readonly Candidate[], why: string): Identity {
  return {
    kind: 'review',
    candidates: unique(candidates)
      .map(({ personId }) => personId)
      .sort(),
    why,
  };
}

function unique(persons: readonly Candidate[]): Candidate[] {
  return [...new Map(persons.map((person) => [person.personId, person])).values()];
}

/** Whether an address is one that several people read, by its local part ("info", also "info-de" and "info+web"). */
export function isSharedMailbox(email: string, rules: Pick<IdentityRules, 'sharedMailboxes'>): boolean {
  const local = email.slice(0, email.lastIndexOf('@'));
  return rules.sharedMailboxes.has(local) || rules.sharedMailboxes.has(local.split(/[-_.+]/)[0] ?? local);
}

/** An address in the form that addresses are compared in: trimmed, lower case, without `mailto:` or <>; null for what is none. */
export function normaliseEmail(raw: string | null | undefined): string | null {
  if (!raw) return null;
  const bare = raw
    .trim()
    .replace(/^.*<([^<>]*)>$/, '$1')
    .replace(/^mailto:/i, '')
    .trim()
    .toLowerCase();
  return /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/.test(bare) ? bare.normalize('NFC') : null;
}

/**
 * The key under which records of one person at one company meet: first and last name folded (see names.ts), at the
 * company's registrable domain. Null where the domain or either name is missing: less would tie strangers together.
 */
export function nameKey(first: string | null, last: string | null, domain: string | null): string | null {
  const [given, family] = [nameWords(first), nameWords(last)];
  if (given === '' || family === '' || !domain) return null;
  return `${given}|${family}@${domain.toLowerCase()}`;
}

const providers: ReadonlySet<string> = new Set(allProviders);

/**
 * The registrable domain of a company, from an address or a website ("https://www.acme.co.uk/x" gives "acme.co.uk"), or
 * null for free mail and for what has none. Domains under which anyone can get a name (the public suffix list's private
 * part, such as github.io) count as suffixes.
 */
export function domainOf(emailOrWebsite: string | null | undefined, rules: IdentityRules): string | null {
  if (!emailOrWebsite) return null;
  const text = emailOrWebsite.trim();
  const host = text.includes('@') && !text.includes('/') ? text.slice(text.lastIndexOf('@') + 1) : text;
  const domain = getDomain(host, { allowPrivateDomains: true, validateHostname: true })?.toLowerCase() ?? null;
  if (domain === null || rules.companyDomains.has(domain)) return domain;
  return providers.has(domain) || rules.freeMail.has(domain) ? null : domain;
}
