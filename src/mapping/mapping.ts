import type { ConfigProblem } from '../model/config-error.ts';
import type { EntityName, PersonRole, PropertyKind, WriteKind, WriteName } from './entities.ts';
import type { Policy } from './merge.ts';
import type { Condition, Converted, FieldCreation, ObjectCreation, TouchSource } from './schema.ts';
import type { Transform } from './transforms.ts';
import type { YamlPath } from './yaml-file.ts';

/** A mapping file, compiled: how the records of one CRM object become entities of the channel model, and what Sluice writes to them. */
export interface Mapping {
  readonly file: string;
  /** Kind of the connections it applies to ("salesforce", "hubspot"). */
  readonly crm: string;
  /** A kind of CRM with a connection to which it does not apply; null: it always does. */
  readonly unless: string | null;
  /** A kind of CRM without a connection to which it does not apply; null: it always does. */
  readonly beside: string | null;
  /** It applies only where `reads` of sluice.yaml lists this word; null: it always does. */
  readonly with: string | null;
  /** An org may lack the object: then the mapping is left out there. */
  readonly optional: boolean;
  readonly object: string;
  readonly entity: EntityName;
  /** Set where the entity is a person. */
  readonly role: PersonRole | null;
  /** Only records that meet it are this entity. */
  readonly where: Condition | null;
  /** How the object itself is created where the CRM lacks it. */
  readonly create: ObjectCreation | null;
  readonly sources: readonly SourceField[];
  readonly associations: readonly AssociationSource[];
  readonly crossIds: readonly CrossIdSource[];
  readonly converted: Converted | null;
  /** Records that meet it show that whoever has the lead is at work with it. */
  readonly worked: Condition | null;
  /** What is set, once, when the lead is handed back to marketing. */
  readonly nurture: readonly NurtureField[];
  readonly touches: readonly TouchSource[];
  readonly writes: readonly WriteField[];
  readonly answers: Answers | null;
  /** How records are made for leads that have none in the CRM; null where none are made. */
  readonly creates: Creates | null;
  /** A problem at a path of the file, with its line and column. */
  readonly problemAt: (path: YamlPath, message: string, options?: { hint?: string; key?: boolean }) => ConfigProblem;
}

/** One property filled from the CRM. */
export interface SourceField {
  readonly property: string;
  readonly kind: PropertyKind;
  readonly transform: Transform;
  /** The first that is not blank counts; empty where `constant` is given. */
  readonly fields: readonly string[];
  readonly constant: string | number | boolean | null;
  /** CRM word (folded) to channel word; null where the values go as they are. */
  readonly values: ReadonlyMap<string, string> | null;
  readonly otherwise: string | null;
  /** Channel word to the CRM word that is written for it, the first one listed; null where the values go as they are. */
  readonly words: ReadonlyMap<string, string> | null;
  /** Who decides about the field; `crm`: it is only read. */
  readonly policy: Policy;
  /** How the field is created where the CRM lacks it; null: it must be there. */
  readonly create: FieldCreation | null;
  readonly path: YamlPath;
}

/** How a record is made for a lead that has none. */
export interface Creates {
  /** Properties by which the CRM is asked for a record before one is made, each read from one field. */
  readonly match: readonly SourceField[];
  /** What a new record holds in fields that would be blank otherwise. */
  readonly defaults: Readonly<Record<string, string | number | boolean>>;
}

export interface AssociationSource {
  readonly property: string;
  readonly toObject: string;
}

export interface CrossIdSource {
  readonly crm: string;
  readonly object: string;
  readonly field: string;
  readonly path: YamlPath;
}

/** One property written to the CRM. */
export interface WriteField {
  readonly property: WriteName;
  readonly field: string;
  readonly kind: WriteKind;
  /** Channel word to CRM word; words left out go as they are. */
  readonly values: ReadonlyMap<string, string>;
  /** Every value that may be written, in CRM words, where they are counted. */
  readonly words: readonly string[] | null;
  readonly create: FieldCreation | null;
  readonly path: YamlPath;
}

export interface NurtureField {
  readonly field: string;
  readonly set: string;
  /** The field moves forward only: it is cleared before it is set. */
  readonly clearFirst: boolean;
  readonly path: YamlPath;
}

export interface AnswerField {
  readonly field: string;
  /** CRM word (folded) to channel word. */
  readonly values: ReadonlyMap<string, string>;
  readonly create: FieldCreation | null;
  readonly path: YamlPath;
}

/** Where a partner's answer is read: one combined text, or the fields of an offer's own record. */
export type Answers =
  | { readonly combined: AnswerField }
  | { readonly response: AnswerField; readonly reason: AnswerField | null };

/** Those of `mappings` that apply where there are connections to these kinds of CRM, and these words are listed under `reads`. */
export function applicable(
  mappings: readonly Mapping[],
  kinds: readonly string[],
  reads: readonly string[] = [],
): Mapping[] {
  return mappings.filter(
    (mapping) =>
      (mapping.unless === null || !kinds.includes(mapping.unless)) &&
      (mapping.beside === null || kinds.includes(mapping.beside)) &&
      (mapping.with === null || reads.includes(mapping.with)),
  );
}

/** All answer fields of a mapping. */
export function answerFields(mapping: Mapping): AnswerField[] {
  if (mapping.answers === null) return [];
  if ('combined' in mapping.answers) return [mapping.answers.combined];
  return [mapping.answers.response, ...(mapping.answers.reason ? [mapping.answers.reason] : [])];
}

/** The property that names a record of an entity. */
export function keyName(entity: EntityName): WriteName {
  if (entity === 'offer') return 'offerId';
  if (entity === 'fundRequest' || entity === 'fundClaim') return 'fundId';
  return entity === 'registration' ? 'registrationId' : 'linkId';
}

/** The write field that is the unique key of the mapping's records; null where Sluice writes nothing to them. */
export function keyOf(mapping: Mapping): WriteField | null {
  const key = keyName(mapping.entity);
  return mapping.writes.find((write) => write.property === key) ?? null;
}

/** Every CRM field that the mapping reads, written ones included: our own writes and other people's edits of them are seen. */
export function fieldsOf(mapping: Mapping): string[] {
  const named = [
    ...mapping.sources.flatMap((source) => source.fields),
    ...(mapping.where ? [mapping.where.field] : []),
    ...mapping.crossIds.map((crossId) => crossId.field),
    ...Object.values(mapping.converted ?? {}),
    ...(mapping.worked ? [mapping.worked.field] : []),
    ...mapping.nurture.map(({ field }) => field),
    ...mapping.touches.flatMap((touch) => [touch.campaign, touch.at]),
    ...mapping.writes.map((write) => write.field),
    ...answerFields(mapping).map((answer) => answer.field),
  ];
  return [...new Set(named)];
}
