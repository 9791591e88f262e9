import { z } from 'zod';
import {
  ENTITIES,
  ENTITY_NAMES,
  type EntityName,
  PERSON_ROLES,
  type PersonRole,
  type PropertyKind,
  REQUIRED,
  RESPONSES,
  WORDS,
  WRITES,
  writesOf,
} from './entities.ts';
import { POLICIES, type Policy } from './merge.ts';
import { TRANSFORMS, type Transform } from './transforms.ts';

/** The shape of a mapping file as it is typed. Every entity has its own schema, so that a wrong word can be answered with the right ones. */
export interface MappingDocument {
  readonly crm: string;
  readonly unless?: string;
  readonly beside?: string;
  readonly with?: string;
  readonly optional?: boolean;
  readonly object: string;
  readonly entity: EntityName;
  readonly role?: PersonRole;
  readonly create?: ObjectCreation;
  readonly where?: Condition;
  readonly fields?: Readonly<Record<string, Source | undefined>>;
  readonly associations?: Readonly<Record<string, string>>;
  readonly crossIds?: Readonly<Record<string, string>>;
  readonly converted?: Converted;
  readonly worked?: Condition;
  readonly nurture?: Readonly<Record<string, NurtureTarget>>;
  readonly touches?: readonly TouchSource[];
  readonly writes?: Readonly<Record<string, Target | undefined>>;
  readonly answers?: AnswerSource;
  readonly creates?: 'leads';
  readonly match?: readonly string[];
  readonly onCreate?: Readonly<Record<string, string | number | boolean>>;
}

export type Source =
  | string
  | {
      readonly field?: string;
      readonly firstOf?: readonly string[];
      readonly value?: string | number | boolean;
      readonly as?: Transform;
      readonly values?: Readonly<Record<string, string>>;
      readonly otherwise?: string;
      readonly policy?: Policy;
      readonly create?: FieldCreation;
    };
export interface Condition {
  readonly field: string;
  readonly equals?: string;
  readonly oneOf?: readonly string[];
  readonly not?: string;
}
export interface ObjectCreation {
  readonly label: string;
  readonly plural: string;
}
export interface Converted {
  readonly when: string;
  readonly contact: string;
  readonly account?: string;
  readonly opportunity?: string;
}
export interface TouchSource {
  readonly campaign: string;
  readonly at: string;
  readonly kind: string;
}
export interface FieldCreation {
  readonly kind: 'text' | 'number' | 'datetime' | 'picklist' | 'reference';
  readonly label: string;
  readonly help?: string;
  readonly length?: number;
  readonly scale?: number;
  readonly unique?: boolean;
  readonly indexed?: boolean;
  readonly values?: readonly string[];
  readonly restricted?: boolean;
  readonly referenceTo?: string;
}
export type Target =
  | string
  | { readonly field: string; readonly values?: Readonly<Record<string, string>>; readonly create?: FieldCreation };
/** What a field is set to, once. */
export type NurtureTarget = string | { readonly set: string; readonly clearFirst?: boolean };
export interface AnswerSource {
  readonly combined?: Target;
  readonly response?: Target;
  readonly reason?: Target;
}

const name = z.string().min(1);

const conditionSchema = z
  .strictObject({
    field: name,
    equals: z.string().optional(),
    oneOf: z.array(z.string()).min(1).optional(),
    not: z.string().optional(),
  })
  .refine(
    (condition) => [condition.equals, condition.oneOf, condition.not].filter((part) => part !== undefined).length === 1,
    { message: 'a condition has exactly one of equals, oneOf, not' },
  )
  .describe('Only the records that meet it; a blank field is the text "".');

const createSchema = z
  .strictObject({
    kind: z.enum(['text', 'number', 'datetime', 'picklist', 'reference']),
    label: name.max(40),
    help: z.string().max(255).optional(),
    length: z.number().int().min(1).max(255).optional().describe('Characters of a text, digits of a number.'),
    scale: z.number().int().min(0).max(6).optional().describe('Decimal places of a number; left out: none.'),
    unique: z.boolean().optional().describe('No two records may hold the same; at the same time the key to write by.'),
    indexed: z.boolean().optional(),
    values: z.array(name).min(1).optional().describe('Of a picklist; left out: all words Sluice may write here.'),
    restricted: z.boolean().optional(),
    referenceTo: name.optional(),
  })
  .refine((create) => create.kind !== 'reference' || create.referenceTo !== undefined, {
    message: 'a reference says by "referenceTo" what it points to',
    path: ['referenceTo'],
  })
  .refine((create) => create.kind !== 'text' || create.length !== undefined, {
    message: 'a text says its "length"',
    path: ['length'],
  })
  .describe('How `sluice provision` creates the field where the CRM lacks it.');

/** One schema a kind, made once: the JSON Schema then says each of them once too. */
function once<K>(make: (of: K) => z.ZodType): (of: K) => z.ZodType {
  const made = new Map<K, z.ZodType>();
  return (of) => {
    const known = made.get(of) ?? make(of);
    made.set(of, known);
    return known;
  };
}

const targetSchema = once((words: readonly string[] | undefined): z.ZodType => {
  const values = words ? z.partialRecord(z.enum(words as [string, ...string[]]), name) : z.record(name, name);
  return z.union([
    name,
    z.strictObject({
      field: name,
      values: values.optional().describe("Sluice's word: the CRM's word. Words left out go as they are."),
      create: createSchema.optional(),
    }),
  ]);
});

const policy = {
  policy: z
    .enum(POLICIES)
    .optional()
    .describe('Who decides where CRM and Sluice differ. Left out: crm, and the field is only read.'),
};
const sourceSchema = once((kind: PropertyKind) => sourceSchemaOf(kind, {}));
/** Of a person, whose properties may be shared. */
const sharedSchema = once((kind: PropertyKind) => sourceSchemaOf(kind, policy));

function sourceSchemaOf(kind: PropertyKind, more: Partial<typeof policy>): z.ZodType {
  const words = WORDS[kind];
  const word: z.ZodType<string> = words ? z.enum(words as [string, ...string[]]) : name;
  return z.union([
    name,
    z
      .strictObject({
        field: name.optional(),
        firstOf: z.array(name).min(1).optional().describe('The first of these fields that is not blank.'),
        value: z.union([z.string(), z.number(), z.boolean()]).optional().describe('The same for every record.'),
        as: z
          .enum(TRANSFORMS[kind] as [Transform, ...Transform[]])
          .optional()
          .describe('How to read the CRM value, where the usual way of the property is not the right one.'),
        values: z.record(z.string(), word).optional().describe("The CRM's word: Sluice's word."),
        otherwise: word.optional().describe('What a value not listed under "values" becomes.'),
        create: createSchema.optional(),
        ...more,
      })
      .refine(
        (source) => [source.field, source.firstOf, source.value].filter((part) => part !== undefined).length === 1,
        { message: 'a source has exactly one of field, firstOf, value' },
      )
      .refine((source) => source.create === undefined || source.field !== undefined, {
        message: '"create" goes with one "field"',
        path: ['create'],
      })
      .refine((source) => source.otherwise === undefined || source.values !== undefined, {
        message: '"otherwise" goes with "values"',
        path: ['otherwise'],
      }),
  ]);
}

const answersSchema = z
  .strictObject({
    combined: targetSchema(undefined)
      .optional()
      .describe('One text field: "<offer id>:accepted" or "<offer id>:rejected:<reason>".'),
    response: targetSchema(RESPONSES).optional().describe('Accepted or Rejected, on the record of the offer itself.'),
    reason: targetSchema(undefined).optional(),
  })
  .refine((answers) => (answers.combined === undefined) !== (answers.response === undefined), {
    message: 'answers name either one "combined" field or a "response" field (with a "reason" field)',
  })
  .refine((answers) => answers.reason === undefined || answers.response !== undefined, {
    message: '"reason" goes with "response"',
    path: ['reason'],
  });

const crossIds = (what: string) => ({
  crossIds: z
    .record(z.string().regex(/^[^.]+\.[^.]+$/, 'is written CRM.OBJECT'), name)
    .optional()
    .describe(`CRM.OBJECT: the field that holds the id of the same ${what} there.`),
});

/** The schema of mapping files for one entity. */
export function mappingSchema(entity: EntityName): z.ZodObject {
  const required = REQUIRED[entity];
  const references = referencesOf(entity);
  const sourceOf = entity === 'person' ? sharedSchema : sourceSchema;
  const sources = Object.entries(ENTITIES[entity] as Record<string, PropertyKind>).map(([property, kind]) => [
    property,
    required.includes(property) ? sourceOf(kind) : sourceOf(kind).optional(),
  ]);
  const targets = Object.entries(writesOf(entity)).map(([property, write]) => [
    property,
    targetSchema(write.words).optional(),
  ]);
  const fields = z
    .strictObject(Object.fromEntries(sources))
    .describe('CRM -> Sluice: the CRM owns these, but for those with a "policy".');
  const person = {
    role: z.enum(PERSON_ROLES).describe('A lead may be converted into a contact; a contact stays.'),
    ...crossIds('person'),
    converted: z
      .strictObject({ when: name, contact: name, account: name.optional(), opportunity: name.optional() })
      .optional(),
    worked: conditionSchema
      .optional()
      .describe('When the record shows that whoever has the lead is at work with it: the first touch.'),
    nurture: z
      .record(
        name,
        z.union([
          name,
          z.strictObject({
            set: name,
            clearFirst: z
              .boolean()
              .optional()
              .describe('The field moves forward only: it is cleared before it is set.'),
          }),
        ]),
      )
      .optional()
      .describe('What fields are set to, once, when the lead is handed back to marketing.'),
    touches: z
      .array(z.strictObject({ campaign: name, at: name, kind: name }))
      .optional()
      .describe('Campaign interactions kept on the record itself.'),
    creates: z
      .literal('leads')
      .optional()
      .describe('A record is made for each lead whose person has none in this CRM. Left out: none is ever made.'),
    match: z
      .array(z.enum(Object.keys(ENTITIES.person) as [string, ...string[]]))
      .min(1)
      .optional()
      .describe('Properties by which the CRM is asked for a record before one is made.'),
    onCreate: z
      .record(name, z.union([z.string().min(1), z.number(), z.boolean()]))
      .optional()
      .describe('What a new record holds in fields that would be blank otherwise.'),
  };
  return z.strictObject({
    crm: name.describe('Kind of the connection.'),
    unless: name
      .optional()
      .describe('A kind of CRM that is taken to hold these records: with a connection to one this file is left out.'),
    beside: name.optional().describe('A kind of CRM: this file is left out where there is no connection to one.'),
    with: name
      .optional()
      .describe(
        'A word: this file is left out unless `reads` of sluice.yaml lists it. For what costs calls and not everybody needs.',
      ),
    optional: z
      .boolean()
      .optional()
      .describe('An org that has no such object, such as one without PRM, goes on without it.'),
    object: name.describe('API name of the object.'),
    entity: z.literal(entity),
    ...(entity in WRITES && entity !== 'membership'
      ? { create: z.strictObject({ label: name, plural: name }).optional() }
      : {}),
    where: conditionSchema.optional(),
    ...(sources.length > 0 ? { fields: required.length > 0 ? fields : fields.optional() } : {}),
    ...(references.length > 0 ? { associations: associationsSchema(references) } : {}),
    ...(entity === 'person' ? person : {}),
    ...(entity === 'opportunity' ? crossIds('deal') : entity === 'campaign' ? crossIds('campaign') : {}),
    ...(entity === 'membership' ? { nurture: person.nurture } : {}),
    ...(entity in WRITES
      ? {
          writes: z.strictObject(Object.fromEntries(targets)).optional().describe('Sluice -> CRM: Sluice owns these.'),
          ...(entity === 'membership' ? {} : { answers: answersSchema.optional() }),
        }
      : {}),
  });
}

/** One schema for all mapping files, for editors. */
export function anyMappingSchema(): z.ZodType {
  return z.discriminatedUnion(
    'entity',
    ENTITY_NAMES.map(mappingSchema) as unknown as [z.ZodObject<{ entity: z.ZodLiteral<string> }>],
  );
}

function associationsSchema(references: readonly string[]): z.ZodType {
  return z
    .partialRecord(z.enum(references as [string, ...string[]]), name)
    .optional()
    .describe('Property: the object whose first associated record it is.');
}

function referencesOf(entity: EntityName): string[] {
  return Object.entries(ENTITIES[entity] as Record<string, PropertyKind>)
    .filter(([, kind]) => kind === 'reference')
    .map(([property]) => property);
}
