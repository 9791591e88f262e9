import type { Person } from './people.ts';
import type { Dice } from './random.ts';

/** One record that somebody or something will create for a person, as it will be typed. */
export interface RecordPlan {
  /** Stable name of the record: "person-00042/lead-1". */
  readonly key: string;
  readonly crm: 'salesforce' | 'hubspot';
  readonly object: 'Lead' | 'Contact' | 'contacts';
  /** Hours from the start of the market. */
  readonly at: number;
  /** Carries the id of the person's record in the other CRM, where that one came first. */
  readonly knowsOther: boolean;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string | null;
  readonly moreEmails: readonly string[];
  readonly company: string;
  readonly website: string | null;
  readonly country: string | null;
  readonly phone: string | null;
}

type Self = Omit<Person, 'records' | 'responses'>;

export const noCompany = '[not provided]';

/** The records of a person in order of time. Any two of them share a cross id, an address, or name and company domain. */
export function planRecords(dice: Dice, self: Self): RecordPlan[] {
  const sameTime = self.inSalesforceAs !== null && self.inHubspot;
  const lag = sameTime ? Math.min(30, 0.5 + dice.exponential('second record', 10)) : 0;
  const hubspotFirst = self.arrivesBy === 'form' || (self.arrivesBy === 'list' && dice.chance('hubspot first', 0.5));
  const knowsOther = dice.chance('cross id', 0.6);
  const plans: RecordPlan[] = [];
  const doubles = self.inSalesforceAs === 'Lead' ? doubleLeads(dice) : 0;
  const second = doubles > 0 && self.inHubspot && dice.chance('second address', 0.35);
  if (self.inHubspot) {
    plans.push(
      hubspotContact(dice, self, self.arrivesAt + (hubspotFirst ? 0 : lag), knowsOther && !hubspotFirst, second),
    );
  }
  const at = self.arrivesAt + (hubspotFirst && self.inHubspot ? lag : 0);
  if (self.inSalesforceAs === 'Contact') plans.push(salesforceContact(dice, self, at, knowsOther && hubspotFirst));
  if (self.inSalesforceAs === 'Lead') {
    plans.push(salesforceLead(dice, self, 1, at, knowsOther && hubspotFirst, self.email));
    for (let n = 2; n <= doubles + 1; n++) {
      const later = at + 1 + dice.exponential(`double ${n}`, 96);
      const email = second && n === 2 ? self.secondEmail : dice.chance(`double ${n} address`, 0.6) ? self.email : null;
      plans.push(salesforceLead(dice, self, n, later, false, email));
    }
  }
  return plans.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
}

/** How many further Leads of one org a person has: none for 96 %. */
function doubleLeads(dice: Dice): number {
  if (!dice.chance('double', 0.04)) return 0;
  return dice.chance('triple', 0.2) ? 2 : 1;
}

function hubspotContact(dice: Dice, self: Self, at: number, knowsOther: boolean, second: boolean): RecordPlan {
  return {
    key: `${self.id}/contacts`,
    crm: 'hubspot',
    object: 'contacts',
    at,
    knowsOther,
    firstName: self.firstName,
    lastName: self.lastName,
    email: self.email,
    moreEmails: second ? [self.secondEmail] : [],
    company: typedCompany(dice, 'contacts', self),
    website: self.freeMail || dice.chance('contacts website', 0.7) ? self.company.domain : null,
    country: typedCountry(dice, 'contacts', self),
    phone: dice.chance('contacts phone', 0.6) ? self.phone : null,
  };
}

function salesforceContact(dice: Dice, self: Self, at: number, knowsOther: boolean): RecordPlan {
  return {
    key: `${self.id}/contact`,
    crm: 'salesforce',
    object: 'Contact',
    at,
    knowsOther,
    firstName: self.firstName,
    lastName: self.lastName,
    email: typedEmail(dice, 'contact', self.email),
    moreEmails: [],
    company: self.company.name,
    website: null,
    country: self.company.country.spellings[0],
    phone: self.phone,
  };
}

function salesforceLead(
  dice: Dice,
  self: Self,
  n: number,
  at: number,
  knowsOther: boolean,
  own: string | null,
): RecordPlan {
  const name = `lead ${n}`;
  const flaw = n > 1 ? null : flawOf(dice);
  const email = self.company.sharesMailbox ? `info@${self.company.domain}` : flaw === 'no email' ? null : own;
  const nameless = flaw === 'no company' && email !== null && !self.company.sharesMailbox;
  const needsSite = email === null || self.freeMail;
  const site = dice.pick(`${name} site`, ['https://www.', 'www.', '', 'http://']) + self.company.domain;
  return {
    key: `${self.id}/lead-${n}`,
    crm: 'salesforce',
    object: 'Lead',
    at,
    knowsOther,
    firstName: typedName(dice, `${name} first`, self.firstName),
    lastName: typedName(dice, `${name} last`, self.lastName),
    email: email && typedEmail(dice, name, email),
    moreEmails: [],
    company: nameless ? noCompany : typedCompany(dice, name, self),
    website: !nameless && (needsSite || dice.chance(`${name} website`, 0.8)) ? site : null,
    country: typedCountry(dice, name, self),
    phone: dice.chance(`${name} phone`, 0.7) ? self.phone : null,
  };
}

/** What a first Lead lacks, if anything. */
function flawOf(dice: Dice): 'no email' | 'no company' | null {
  return dice.weighted('flaw', [
    [null, 97.4],
    ['no email', 1.3],
    ['no company', 1.3],
  ]);
}

function typedName(dice: Dice, event: string, name: string): string {
  return dice.weighted(`${event} typed`, [
    [name, 97],
    [name.toUpperCase(), 1.5],
    [name.toLowerCase(), 1],
    [` ${name} `, 0.5],
  ]);
}

function typedEmail(dice: Dice, event: string, email: string): string {
  return dice.weighted(`${event} mail typed`, [
    [email, 92],
    [email.charAt(0).toUpperCase() + email.slice(1), 5],
    [email.toUpperCase(), 3],
  ]);
}

function typedCompany(dice: Dice, event: string, self: Self): string {
  return dice.weighted(`${event} company typed`, [
    [self.company.name, 72],
    [self.company.shortName, 22],
    [self.company.name.toUpperCase(), 3],
    [self.company.name.replace(' ', '  '), 3],
  ]);
}

function typedCountry(dice: Dice, event: string, self: Self): string | null {
  const [usual, ...others] = self.company.country.spellings;
  if (dice.chance(`${event} country missing`, 0.02)) return null;
  return dice.chance(`${event} country typed`, 0.08) ? dice.pick(`${event} spelling`, others) : usual;
}
