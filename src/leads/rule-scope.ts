import { Environment } from '@marcbachmann/cel-js';
import type { Grade } from '../model/lead.ts';
import { GRADES } from '../model/lead.ts';
import type { PartnerFacts, PartnerState } from '../model/partner.ts';
import { PARTNER_STATUSES } from '../model/partner.ts';
import type { PersonFacts } from '../model/person.ts';
import { STAGES } from '../model/person.ts';
import { fold } from './text.ts';

/** What a person has done with campaigns so far. */
export interface TouchFacts {
  /** How many touches. */
  readonly count: number;
  /** How many different campaigns they belong to. */
  readonly campaigns: number;
  /** Whole days since the latest one; null: no touch yet. */
  readonly daysSinceLast: number | null;
}

/** What a partner has done, and which of its papers are in force (see partners/standing.ts). */
export interface StandingFacts {
  readonly offered: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly unanswered: number;
  readonly acceptance: number | null;
  readonly answerHours: number | null;
  readonly daysSinceAnswer: number | null;
  readonly silent: number;
  readonly won: number;
  readonly lost: number;
  readonly revenue: number;
  readonly certifications: readonly string[];
}

/** The facts a rule may speak of; which of them are there depends on the file (see SCOPES). */
export interface RuleFacts {
  readonly person: PersonFacts;
  readonly touches?: TouchFacts;
  readonly lead?: { readonly score: number; readonly grade: Grade };
  readonly partner?: PartnerState;
}

type FieldType = 'string' | 'int' | 'bool' | 'list<string>';

interface Field {
  readonly type: FieldType;
  /** The only texts it can hold, where they are known: a rule that asks for another one could never be met. */
  readonly words?: readonly string[];
  /** What its texts look like, where they are too many to list. */
  readonly pattern?: { readonly test: RegExp; readonly say: string };
}

const text: Field = { type: 'string' };
const number: Field = { type: 'int' };
const country = { test: /^[A-Z]{2}$/, say: 'countries are ISO codes of two capital letters, such as "DE"' };
const language = { test: /^[a-z]{2}$/, say: 'languages are ISO codes of two small letters, such as "de"' };

/** Every name that a rule can use, by its root. */
export const ROOTS = {
  person: {
    firstName: text,
    lastName: text,
    email: text,
    phone: text,
    title: text,
    companyName: text,
    domain: text,
    country: { type: 'string', pattern: country },
    industry: text,
    employees: number,
    product: text,
    source: text,
    stage: { type: 'string', words: STAGES },
    optedOut: { type: 'bool' },
    language: { type: 'string', pattern: language },
    region: text,
    city: text,
  },
  touches: { count: number, campaigns: number, daysSinceLast: number },
  lead: { score: number, grade: { type: 'string', words: GRADES } },
  partner: {
    name: text,
    status: { type: 'string', words: PARTNER_STATUSES },
    territories: { type: 'list<string>', pattern: country },
    competencies: { type: 'list<string>' },
    tier: text,
    capacity: number,
    category: text,
    languages: { type: 'list<string>', pattern: language },
    country: { type: 'string', pattern: country },
    timeZone: text,
    dailyCapacity: number,
    weeklyCapacity: number,
    minimumScore: number,
    programmes: { type: 'list<string>' },
    load: number,
  },
  standing: {
    offered: number,
    accepted: number,
    rejected: number,
    unanswered: number,
    acceptance: number,
    answerHours: number,
    daysSinceAnswer: number,
    silent: number,
    won: number,
    lost: number,
    revenue: number,
    certifications: { type: 'list<string>' },
  },
  deal: {
    amount: number,
    currency: text,
    product: text,
    country: { type: 'string', pattern: country },
    source: text,
    hasOpportunity: { type: 'bool' },
  },
} as const satisfies Record<string, Record<string, Field>>;
export type Root = keyof typeof ROOTS;

/** The roots that the rules of each file can use. */
export const SCOPES = {
  intake: ['person'],
  scoring: ['person', 'touches'],
  routing: ['person', 'touches', 'lead'],
  eligibility: ['person', 'touches', 'lead', 'partner'],
  programmes: ['partner', 'standing'],
  registration: ['deal', 'partner'],
} as const satisfies Record<string, readonly Root[]>;
export type Scope = keyof typeof SCOPES;

/** The functions that rules can call; all take time in proportion to the length of their text. */
export const FUNCTIONS = ['has', 'size', 'contains', 'startsWith', 'endsWith', 'mentions'] as const;

/** The declared field, or undefined for a name that is none. */
export function fieldOf(root: string, name: string): Field | undefined {
  const fields: Record<string, Field> | undefined = Object.hasOwn(ROOTS, root) ? ROOTS[root as Root] : undefined;
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

type Value = string | bigint | boolean | readonly string[];

/** The known facts of one root; what is not known is not there, which is what CEL's `has` asks. */
class Known {
  [field: string]: Value;
}
class KnownPerson extends Known {}
class KnownTouches extends Known {}
class KnownLead extends Known {}
class KnownPartner extends Known {}
class KnownStanding extends Known {}
class KnownDeal extends Known {}
const CLASSES = {
  person: KnownPerson,
  touches: KnownTouches,
  lead: KnownLead,
  partner: KnownPartner,
  standing: KnownStanding,
  deal: KnownDeal,
};

/** Facts made ready for rules. Make one per lead and use it for every rule. */
export interface RuleContext {
  readonly person: Known;
  readonly touches?: Known;
  readonly lead?: Known;
  readonly partner?: Known;
  readonly standing?: Known;
  readonly deal?: Known;
}

/** Makes facts ready for rules: a text of nothing but spaces counts as not known, numbers lose what follows the point. */
export function ruleContext(facts: RuleFacts): RuleContext {
  return {
    person: known(new KnownPerson(), FIELDS.person, facts.person),
    ...(facts.touches ? { touches: known(new KnownTouches(), FIELDS.touches, facts.touches) } : {}),
    ...(facts.lead ? { lead: known(new KnownLead(), FIELDS.lead, facts.lead) } : {}),
    ...(facts.partner ? { partner: knownPartner(facts.partner) } : {}),
  };
}

/** The context of a lead with one partner in view. */
export function withPartner(context: RuleContext, partner: PartnerState): RuleContext {
  return { ...context, partner: knownPartner(partner) };
}

/** A partner with what it has done, for rules that speak of no lead. */
export function standingContext(partner: PartnerState, standing: StandingFacts): RuleContext {
  return {
    person: new KnownPerson(),
    partner: knownPartner(partner),
    standing: known(new KnownStanding(), FIELDS.standing, standing),
  };
}

/** What is registered, in whole units of its currency, with the partner that does; for rules that speak of no lead. */
export interface DealFacts {
  readonly amount: number | null;
  readonly currency: string | null;
  readonly product: string | null;
  readonly country: string | null;
  readonly source: string;
  readonly hasOpportunity: boolean;
}

/** A deal with its partner, for the rules of deals.yaml. */
export function dealContext(deal: DealFacts, partner: PartnerFacts): RuleContext {
  return {
    person: new KnownPerson(),
    deal: known(new KnownDeal(), FIELDS.deal, deal),
    partner: known(new KnownPartner(), FIELDS.partner, partner),
  };
}

/** A value of the context for people to read, or null where it is not known. */
export function valueText(context: RuleContext, root: string, field: string): string | null {
  const value = (context as unknown as Record<string, Known | undefined>)[root]?.[field];
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.join(', ') : String(value);
}

function knownPartner(partner: PartnerState): Known {
  return known(new KnownPartner(), FIELDS.partner, { ...partner.facts, load: partner.load });
}

const FIELDS = Object.fromEntries(Object.entries(ROOTS).map(([root, fields]) => [root, Object.keys(fields)])) as Record<
  Root,
  string[]
>;

function known<T extends Known>(target: T, fields: readonly string[], source: object): T {
  const [into, from]: [Known, Record<string, unknown>] = [target, source as Record<string, unknown>];
  for (const field of fields) {
    const value = from[field];
    if (value === null || value === undefined) continue;
    if (typeof value === 'number') {
      if (Number.isFinite(value)) into[field] = BigInt(Math.trunc(value));
    } else if (typeof value !== 'string' || value.trim() !== '') {
      into[field] = value as Value;
    }
  }
  return target;
}

const environments = new Map<Scope, Environment>();

/** The CEL environment of a scope: its variables with their types, our functions, and the limits on size and depth. */
export function environmentOf(scope: Scope): Environment {
  const ready = environments.get(scope);
  if (ready) return ready;
  const environment = new Environment({
    limits: { maxAstNodes: 400, maxDepth: 24, maxListElements: 300, maxCallArguments: 4 },
  });
  for (const root of SCOPES[scope]) {
    const fields = Object.fromEntries(Object.entries(ROOTS[root]).map(([name, field]) => [name, field.type]));
    environment.registerType(root, { ctor: CLASSES[root], fields });
    environment.registerVariable(root, root);
  }
  environment.registerFunction('string.mentions(string): bool', mentions);
  environment.registerFunction('string.mentions(list<string>): bool', (within: string, words: string[]) =>
    words.some((word) => mentions(within, word)),
  );
  environments.set(scope, environment);
  return environment;
}

/** Whether whole words stand in a text; case, accents and punctuation do not matter. */
function mentions(within: string, words: string): boolean {
  const sought = folded(words);
  return sought !== '' && folded(within).includes(sought);
}

const foldedTexts = new Map<string, string>();

/** A folded text between spaces. Many rules ask of the same few words and the same title: the last thousand are kept. */
function folded(text: string): string {
  const ready = foldedTexts.get(text);
  if (ready !== undefined) return ready;
  const words = fold(text);
  const padded = words === '' ? '' : ` ${words} `;
  if (foldedTexts.size >= 1000) foldedTexts.clear();
  foldedTexts.set(text, padded);
  return padded;
}
