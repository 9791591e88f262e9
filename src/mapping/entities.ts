import { CLAIM_STATUSES, type ClaimStatus, REQUEST_STATUSES, type RequestStatus } from '../model/fund.ts';
import { LEAD_STATES } from '../model/lead.ts';
import { OFFER_STATUSES, type OfferResponse } from '../model/offer.ts';
import { PARTNER_STATUSES } from '../model/partner.ts';
import { STAGES, type Stage } from '../model/person.ts';
import { REGISTRATION_STATES } from '../model/registration.ts';

/**
 * The vocabulary of mapping files: the entities of the channel model, the properties a CRM may fill (`fields`) and the
 * properties Sluice may write (`writes`), each with its kind. A kind says what a CRM value becomes:
 *
 * - `text`, `email`, `country` (ISO 3166-1 alpha-2), `domain` (registrable, never a free-mail provider's), `currency`
 *   (ISO 4217), `money` (a plain decimal), `reference` (a record id), `date`, `moment` (a date, or an instant), all as text or null
 * - `number`, `integer`; `boolean`; `list`, `emails`, `countries` (an empty array for nothing)
 * - `latitude`, `longitude`: degrees; `language` (ISO 639-1), `zone` (an IANA time zone), as text or null
 * - `languages`; `certifications` ("Vault Expert until 2027-03-31; Relay"), `periods` ("2026-12-24..2027-01-02"): each entry as text
 * - `stage`, `partnerStatus`, `requestStatus`, `claimStatus`: one of the model's words
 */
export type PropertyKind = keyof KindTypes;

interface KindTypes {
  text: string | null;
  email: string | null;
  country: string | null;
  domain: string | null;
  currency: string | null;
  money: string | null;
  reference: string | null;
  date: string | null;
  moment: string | null;
  number: number | null;
  integer: number | null;
  boolean: boolean | null;
  list: string[];
  emails: string[];
  countries: string[];
  latitude: number | null;
  longitude: number | null;
  language: string | null;
  zone: string | null;
  languages: string[];
  certifications: string[];
  periods: string[];
  stage: Stage | null;
  partnerStatus: (typeof PARTNER_STATUSES)[number] | null;
  requestStatus: RequestStatus | null;
  claimStatus: ClaimStatus | null;
}

/** The words a property of such a kind may hold. */
export const WORDS: Partial<Record<PropertyKind, readonly string[]>> = {
  stage: STAGES,
  partnerStatus: PARTNER_STATUSES,
  requestStatus: REQUEST_STATUSES,
  claimStatus: CLAIM_STATUSES,
};

/** The properties of each entity that a CRM may fill. Those of `REQUIRED` must be mapped. */
export const ENTITIES = {
  person: {
    firstName: 'text',
    lastName: 'text',
    email: 'email',
    /** Further addresses of the same person. */
    emails: 'emails',
    phone: 'text',
    title: 'text',
    /** Id of the CRM's company record the person belongs to; its facts complete the person's. */
    company: 'reference',
    companyName: 'text',
    domain: 'domain',
    website: 'text',
    country: 'country',
    industry: 'text',
    employees: 'integer',
    product: 'text',
    source: 'text',
    stage: 'stage',
    optedOut: 'boolean',
    language: 'language',
    region: 'text',
    city: 'text',
    latitude: 'latitude',
    longitude: 'longitude',
  },
  company: {
    name: 'text',
    domain: 'domain',
    website: 'text',
    country: 'country',
    industry: 'text',
    employees: 'integer',
  },
  partner: {
    name: 'text',
    status: 'partnerStatus',
    territories: 'countries',
    competencies: 'list',
    tier: 'text',
    /** How many open leads it holds at once. */
    capacity: 'integer',
    domain: 'domain',
    country: 'country',
    category: 'text',
    programmes: 'list',
    certifications: 'certifications',
    languages: 'languages',
    timeZone: 'zone',
    /** How many leads it can be offered a day and a week. */
    dailyCapacity: 'integer',
    weeklyCapacity: 'integer',
    /** The least score of a lead that is offered to it. */
    minimumScore: 'integer',
    /** When it takes no leads. */
    blackouts: 'periods',
    latitude: 'latitude',
    longitude: 'longitude',
    /** Where its offers are told. */
    email: 'email',
    /** Whether it wants to be told once a day. */
    dailyDigest: 'boolean',
    /** The channel manager who looks after it. */
    managerEmail: 'email',
  },
  campaign: { name: 'text', cost: 'money', currency: 'currency' },
  membership: {
    campaign: 'reference',
    lead: 'reference',
    contact: 'reference',
    responded: 'boolean',
    respondedAt: 'moment',
    kind: 'text',
    /** What became of it, in the CRM's words: attended, registered, no show. */
    status: 'text',
  },
  opportunity: {
    name: 'text',
    account: 'reference',
    amount: 'money',
    currency: 'currency',
    stage: 'text',
    isClosed: 'boolean',
    isWon: 'boolean',
    closeDate: 'date',
    /** When the deal was made. */
    createdAt: 'moment',
    /** The CRM's record of a partner that the deal names. */
    partner: 'reference',
    /** A lead that the deal names: its id in Sluice, or that of its record in this CRM. */
    lead: 'text',
  },
  contactRole: { opportunity: 'reference', contact: 'reference', primary: 'boolean' },
  /** A partner's claim on a deal, as a person made it in the CRM. */
  registration: {
    /** The partner's record, or what it is called. */
    partner: 'reference',
    partnerName: 'text',
    /** The company's record; its facts complete the registration's. */
    account: 'reference',
    company: 'text',
    domain: 'domain',
    country: 'country',
    city: 'text',
    product: 'text',
    amount: 'money',
    currency: 'currency',
    /** When the partner expects to close. */
    closes: 'date',
    opportunity: 'reference',
    /** What the vendor decided in the CRM: Approved, Rejected, Withdrawn. */
    decision: 'text',
    decisionReason: 'text',
  },
  /** A line of a deal: `amount` after discounts; `family` where the product itself does not say it. */
  lineItem: {
    opportunity: 'reference',
    product: 'reference',
    name: 'text',
    family: 'text',
    quantity: 'money',
    amount: 'money',
    currency: 'currency',
  },
  product: { name: 'text', family: 'text' },
  /** A partner that the CRM lists on a deal, by a record of its own. */
  dealPartner: { opportunity: 'reference', partner: 'reference', role: 'text' },
  /** An offer is Sluice's own record in the CRM: all of it is written, only the answer is read. */
  offer: {},
  fundBudget: {
    name: 'text',
    parent: 'reference',
    partner: 'reference',
    amount: 'money',
    currency: 'currency',
    starts: 'date',
    ends: 'date',
  },
  fundAllocation: {
    name: 'text',
    budget: 'reference',
    partner: 'reference',
    amount: 'money',
    currency: 'currency',
    expires: 'date',
  },
  fundRequest: {
    name: 'text',
    budget: 'reference',
    allocation: 'reference',
    partner: 'reference',
    campaign: 'reference',
    activity: 'text',
    requested: 'money',
    approved: 'money',
    currency: 'currency',
    status: 'requestStatus',
    starts: 'date',
    ends: 'date',
    claimBy: 'date',
  },
  fundClaim: { name: 'text', request: 'reference', amount: 'money', currency: 'currency', status: 'claimStatus' },
} as const satisfies Record<string, Record<string, PropertyKind>>;

export type EntityName = keyof typeof ENTITIES;
export const ENTITY_NAMES = Object.keys(ENTITIES) as EntityName[];

/** What a record says of an entity; a property that the mapping does not name is null (or an empty list). */
export type EntityValue<E extends EntityName> = {
  -readonly [P in keyof (typeof ENTITIES)[E]]: (typeof ENTITIES)[E][P] extends PropertyKind
    ? KindTypes[(typeof ENTITIES)[E][P]]
    : never;
};

/** Properties without which a mapping of the entity makes no sense. */
export const REQUIRED: Record<EntityName, readonly string[]> = {
  person: [],
  company: ['name'],
  partner: ['name', 'status', 'territories', 'competencies'],
  campaign: ['name'],
  membership: ['campaign', 'responded', 'respondedAt'],
  opportunity: ['name', 'amount', 'stage', 'isClosed', 'isWon', 'closeDate'],
  contactRole: ['opportunity'],
  registration: [],
  lineItem: ['amount'],
  product: ['name'],
  dealPartner: ['opportunity', 'partner'],
  offer: [],
  fundBudget: ['name', 'amount'],
  fundAllocation: ['name', 'amount', 'budget'],
  fundRequest: ['name', 'requested', 'approved', 'status'],
  fundClaim: ['name', 'request', 'amount', 'status'],
};

export const PERSON_ROLES = ['lead', 'contact'] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];

export type WriteKind = 'text' | 'number' | 'datetime' | 'reference';

interface WriteProperty {
  readonly kind: WriteKind;
  /** The only values it takes, where they are counted. */
  readonly words?: readonly string[];
}

/** The standing of a lead, written to every record that links to it. */
const LEAD_WRITES = {
  /** Unique: names the link between the lead and this one record. */
  linkId: { kind: 'text' },
  /** The lead; several records may carry the same. */
  leadId: { kind: 'text' },
  score: { kind: 'number' },
  grade: { kind: 'text' },
  /** Record id of the partner in this CRM. */
  partner: { kind: 'reference' },
  partnerName: { kind: 'text' },
  status: { kind: 'text', words: LEAD_STATES },
  /** One readable sentence. */
  reason: { kind: 'text' },
  acceptBy: { kind: 'datetime' },
  /** The offer that is open, for CRMs where the partner answers on the person. */
  offerId: { kind: 'text' },
} as const satisfies Record<string, WriteProperty>;

/** Where a deal registration stands. */
const REGISTRATION_WRITES = {
  registrationStatus: { kind: 'text', words: REGISTRATION_STATES },
  protectedUntil: { kind: 'datetime' },
  /** What stands against it, in one line. */
  registrationConflict: { kind: 'text' },
} as const satisfies Record<string, WriteProperty>;

/** What Sluice may write, by entity. */
export const WRITES = {
  person: LEAD_WRITES,
  opportunity: {
    ...LEAD_WRITES,
    ...REGISTRATION_WRITES,
    /** Record id of the partner that registered the deal, in this CRM. */
    registrant: { kind: 'reference' },
    registrantName: { kind: 'text' },
  },
  registration: {
    ...REGISTRATION_WRITES,
    /** Unique: names the registration. */
    registrationId: { kind: 'text' },
    reason: { kind: 'text' },
    decideBy: { kind: 'datetime' },
  },
  /** Where a partner stands, by scorecard.yaml. */
  partner: {
    score: { kind: 'number' },
    /** "2 of 14 (1-5), tied". */
    rank: { kind: 'text' },
    /** The day on which score and rank became so, YYYY-MM-DD. */
    scoredOn: { kind: 'text' },
  },
  /** Only where members are made (`nurture`). */
  membership: {
    /** Unique: names the member that was made. */
    linkId: { kind: 'text' },
  },
  offer: {
    /** Unique: names the offer. */
    offerId: { kind: 'text' },
    leadId: { kind: 'text' },
    /** Record ids in this CRM. */
    lead: { kind: 'reference' },
    contact: { kind: 'reference' },
    partner: { kind: 'reference' },
    partnerName: { kind: 'text' },
    status: { kind: 'text', words: OFFER_STATUSES },
    acceptBy: { kind: 'datetime' },
  },
  /** Of requests and claims that were made in Sluice, of funds that the CRM holds. */
  fundRequest: {
    /** Unique: names the request. */
    fundId: { kind: 'text' },
    title: { kind: 'text' },
    activity: { kind: 'text' },
    status: { kind: 'text', words: REQUEST_STATUSES },
    requested: { kind: 'number' },
    /** What it takes of the fund: less than what was approved once it has come to its end. */
    approved: { kind: 'number' },
    /** Record ids in this CRM. */
    budget: { kind: 'reference' },
    allocation: { kind: 'reference' },
    partner: { kind: 'reference' },
    campaign: { kind: 'reference' },
  },
  fundClaim: {
    /** Unique: names the claim. */
    fundId: { kind: 'text' },
    title: { kind: 'text' },
    status: { kind: 'text', words: CLAIM_STATUSES },
    /** What is approved of it, or claimed while nothing is decided. */
    amount: { kind: 'number' },
    request: { kind: 'reference' },
  },
} as const satisfies Partial<Record<EntityName, Record<string, WriteProperty>>>;

type WriteEntity = keyof typeof WRITES;
export type WriteName = { [E in WriteEntity]: keyof (typeof WRITES)[E] }[WriteEntity];

/** What an entity may have written; empty for those that Sluice only reads. */
export function writesOf(entity: EntityName): Readonly<Record<string, WriteProperty>> {
  return entity in WRITES ? WRITES[entity as WriteEntity] : {};
}

/** The words a partner's answer is made of. */
export const RESPONSES: readonly OfferResponse[] = ['Accepted', 'Rejected'];
