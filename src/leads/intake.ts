import { z } from 'zod';
import { type PersonFacts, personFactsSchema, STAGES, type Stage, stageSchema } from '../model/person.ts';
import type { IdentityRules } from './identity.ts';
import { readRuleFile } from './rule-file.ts';
import { ruleContext } from './rule-scope.ts';
import type { Condition, Template } from './rules.ts';

const fieldSchema = z.enum(Object.keys(personFactsSchema.shape) as [keyof PersonFacts, ...(keyof PersonFacts)[]]);

const mailboxSchema = z.string().regex(/^[^@\s]+$/, 'a mailbox is the part before the @, such as "info"');
const domainSchema = z.string().regex(/^[^@\s/]+\.[^@\s/.]+$/, 'a domain looks like "example.com"');

export const intakeSchema = z.strictObject({
  version: z.literal(1),
  stages: z.array(stageSchema).min(1),
  except: z.array(z.strictObject({ name: z.string().min(1), when: z.string(), text: z.string().min(1) })).default([]),
  required: z.array(z.strictObject({ any: z.array(fieldSchema).min(1), text: z.string().min(1) })).default([]),
  identity: z
    .strictObject({
      sharedMailboxes: z.array(mailboxSchema).default([]),
      freeMail: z.array(domainSchema).default([]),
      companyDomains: z.array(domainSchema).default([]),
    })
    .prefault({}),
});

/** Who becomes a lead, what a lead must have, and which addresses belong to more than one person. */
export interface Intake extends IdentityRules {
  readonly stages: ReadonlySet<Stage>;
  readonly except: readonly { readonly name: string; readonly when: Condition; readonly text: Template }[];
  readonly required: readonly { readonly any: readonly (keyof PersonFacts)[]; readonly text: string }[];
}

export interface Admission {
  readonly admitted: boolean;
  /** One readable sentence. */
  readonly reason: string;
}

/** Reads config/intake.yaml; throws a ConfigError with every problem and its place. */
export function compileIntake(file: string, text: string): Intake {
  const rules = readRuleFile(file, text, intakeSchema);
  const { stages, except, required, identity } = rules.value;
  const compiled: Intake = {
    stages: new Set(stages),
    except: except.map((each, n) => ({
      name: each.name,
      when: rules.condition(['except', n, 'when'], each.when, 'intake'),
      text: rules.template(['except', n, 'text'], each.text, 'intake'),
    })),
    required,
    sharedMailboxes: lowered(identity.sharedMailboxes),
    freeMail: lowered(identity.freeMail),
    companyDomains: lowered(identity.companyDomains),
  };
  rules.done();
  return compiled;
}

/**
 * Whether a person becomes a lead now. Without consent nobody does; then the stage decides, then the exceptions in the
 * order of the file. Someone whose data is incomplete is admitted: the lead is then Held (see `restraintOn`).
 */
export function admit(person: PersonFacts, intake: Intake): Admission {
  if (person.optedOut) return { admitted: false, reason: 'Not released: opted out of e-mail' };
  if (person.stage === null) return { admitted: false, reason: 'Not released: no marketing stage is known' };
  if (!intake.stages.has(person.stage)) return { admitted: false, reason: `Not released: ${stageWords(person.stage)}` };
  const context = ruleContext({ person });
  const exception = intake.except.find(({ when }) => when.test(context));
  if (exception) return { admitted: false, reason: `Not released: ${exception.text.fill(context)}` };
  return { admitted: true, reason: `Released to sales: stage ${person.stage}` };
}

/** Why an existing lead must not be offered now, if there is such a reason: no consent comes before missing data. */
export function restraintOn(
  person: PersonFacts,
  intake: Intake,
): { readonly state: 'Withheld' | 'Held'; readonly reason: string } | null {
  if (person.optedOut) return { state: 'Withheld', reason: 'Withheld: the person opted out of e-mail' };
  const lacking = intake.required.filter(({ any }) => any.every((field) => isMissing(person[field])));
  if (lacking.length === 0) return null;
  return { state: 'Held', reason: `Held until the CRM has it: ${lacking.map((each) => each.text).join('; ')}` };
}

function isMissing(value: PersonFacts[keyof PersonFacts]): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

function stageWords(stage: Stage): string {
  if (stage === 'customer') return 'a customer already';
  return STAGES.indexOf(stage) < STAGES.indexOf('mql')
    ? `stage ${stage}, not yet qualified by marketing`
    : `stage ${stage}`;
}

function lowered(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.map((word) => word.toLowerCase()));
}
