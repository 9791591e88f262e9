import type { OfferResponse } from '../model/offer.ts';
import { canonicalId } from './cross-id.ts';
import type { FieldValue, ReadableRecord } from './described.ts';
import {
  ENTITIES,
  type EntityName,
  type EntityValue,
  type PropertyKind,
  RESPONSES,
  type WriteName,
} from './entities.ts';
import { type AnswerField, keyOf, type Mapping, type SourceField } from './mapping.ts';
import type { Condition } from './schema.ts';
import { quoted, type Reading, transformed } from './transforms.ts';

/** One CRM field that could not be read; the record's other fields stand. Its message quotes the value: show it, do not log it. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** Where else the same person is known. */
export interface CrossId {
  readonly crm: string;
  readonly object: string;
  readonly id: string;
}

/** A campaign interaction kept on a person's record. */
export interface TouchValue {
  /** Record id of the campaign in the same CRM. */
  readonly campaign: string;
  /** ISO instant or calendar date. */
  readonly at: string;
  readonly kind: string;
}

/** What a lead became; ids of records in the same CRM. */
export interface Conversion {
  readonly contact: string | null;
  readonly account: string | null;
  readonly opportunity: string | null;
}

/** A partner's answer as it stands on a record. */
export interface AnswerValue {
  readonly offerId: string;
  readonly response: OfferResponse;
  readonly reason: string | null;
}

interface Read<E extends EntityName> {
  readonly entity: E;
  readonly value: EntityValue<E>;
  readonly crossIds: readonly CrossId[];
  readonly touches: readonly TouchValue[];
  /** Null while not converted. */
  readonly converted: Conversion | null;
  /** The record shows that whoever has the lead is at work with it. */
  readonly worked: boolean;
  /** Null where nothing is answered. */
  readonly answer: AnswerValue | null;
  /** What Sluice's own fields hold in the CRM now. */
  readonly written: Readonly<Partial<Record<WriteName, FieldValue>>>;
  readonly problems: readonly FieldProblem[];
}

/** All that a mapping reads from one record; `entity` tells what `value` is. */
export type EntityRead = { [E in EntityName]: Read<E> }[EntityName];

const LISTS: readonly PropertyKind[] = ['list', 'emails', 'countries', 'languages', 'certifications', 'periods'];

/** Whether the record is the mapping's entity (its `where`). */
export function appliesTo(mapping: Mapping, record: ReadableRecord): boolean {
  if (record.object !== mapping.object) return false;
  return mapping.where === null || meets(mapping.where, record);
}

function meets({ field, equals, oneOf, not }: Condition, record: ReadableRecord): boolean {
  const value = String(record.fields[field] ?? '').trim();
  if (equals !== undefined) return value === equals;
  return oneOf === undefined ? value !== not : oneOf.includes(value);
}

/**
 * Reads a record by a mapping. `record.fields` must hold all the mapping's fields as known by now (absent reads as blank);
 * `associated` gives, for each object of the mapping's associations, the associated ids, primary first.
 * Bad values become problems and null, never exceptions.
 */
export function readEntity(
  mapping: Mapping,
  record: ReadableRecord,
  associated: Readonly<Record<string, readonly string[]>> = {},
): EntityRead {
  const problems: FieldProblem[] = [];
  const value: Record<string, FieldValue | string[]> = {};
  for (const [property, kind] of Object.entries(ENTITIES[mapping.entity] as Record<string, PropertyKind>)) {
    value[property] = LISTS.includes(kind) ? [] : null;
  }
  for (const source of mapping.sources) value[source.property] = readSource(source, record, problems);
  for (const { property, toObject } of mapping.associations) {
    value[property] = associated[toObject]?.[0] ?? value[property] ?? null;
  }
  const read = {
    entity: mapping.entity,
    value,
    crossIds: readCrossIds(mapping, record),
    touches: readTouches(mapping, record, problems),
    converted: readConversion(mapping, record),
    worked: mapping.worked !== null && meets(mapping.worked, record),
    answer: readAnswer(mapping, record, problems),
    written: Object.fromEntries(mapping.writes.map((write) => [write.property, record.fields[write.field] ?? null])),
    problems,
  };
  // The properties and their kinds come from the table that EntityValue is made of; TypeScript cannot follow that.
  return read as unknown as EntityRead;
}

/** Whether a stored value says nothing. */
function isBlank(value: FieldValue | undefined): value is null | undefined | '' {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** Reads one property of a record; what could not be read is added to `problems`. */
export function readSource(
  source: SourceField,
  record: Pick<ReadableRecord, 'fields'>,
  problems: FieldProblem[],
): FieldValue | string[] {
  const nothing = LISTS.includes(source.kind) ? [] : null;
  if (source.constant !== null) {
    return transformed(source.constant, source.transform, source.kind).value;
  }
  let seen = false;
  for (const field of source.fields) {
    const raw = record.fields[field];
    if (isBlank(raw)) continue;
    seen = true;
    const reading = readValue(source, raw);
    if (reading.problem !== undefined) problems.push({ field, message: reading.problem });
    // With firstOf a field that gives nothing leaves the word to the next.
    if (reading.value !== null && !(Array.isArray(reading.value) && reading.value.length === 0)) return reading.value;
  }
  // An unticked box may come as null; a box that could not be read is not unticked.
  return source.kind === 'boolean' && !seen ? false : nothing;
}

function readValue(source: SourceField, raw: string | number | boolean): Reading {
  const { values } = source;
  if (values === null) return transformed(raw, source.transform, source.kind);
  const word = values.get(String(raw).trim().toLowerCase()) ?? source.otherwise;
  if (word === null) {
    return { value: null, problem: `${quoted(String(raw).trim())} is not listed under "values" of ${source.property}` };
  }
  return transformed(word, source.transform, source.kind);
}

function readCrossIds(mapping: Mapping, record: ReadableRecord): CrossId[] {
  return mapping.crossIds.flatMap(({ crm, object, field }) => {
    const raw = record.fields[field];
    return isBlank(raw) ? [] : [{ crm, object, id: canonicalId(crm, String(raw)) }];
  });
}

function readTouches(mapping: Mapping, record: ReadableRecord, problems: FieldProblem[]): TouchValue[] {
  return mapping.touches.flatMap((touch) => {
    const campaign = record.fields[touch.campaign];
    const at = record.fields[touch.at];
    // A time without a campaign is the first visit of anybody: no touch.
    if (isBlank(campaign)) return [];
    if (isBlank(at)) {
      problems.push({
        field: touch.at,
        message: `is blank although ${touch.campaign} names a campaign: when was the touch?`,
      });
      return [];
    }
    const reading = transformed(at, 'moment', 'moment');
    if (reading.problem !== undefined) {
      problems.push({ field: touch.at, message: reading.problem });
      return [];
    }
    return [{ campaign: String(campaign).trim(), at: String(reading.value), kind: touch.kind }];
  });
}

function readConversion(mapping: Mapping, record: ReadableRecord): Conversion | null {
  if (mapping.converted === null) return null;
  const { when, contact, account, opportunity } = mapping.converted;
  if (record.fields[when] !== true && String(record.fields[when]).toLowerCase() !== 'true') return null;
  const id = (field: string | undefined) => {
    const raw = field === undefined ? null : record.fields[field];
    return isBlank(raw) ? null : String(raw);
  };
  return { contact: id(contact), account: id(account), opportunity: id(opportunity) };
}

function readAnswer(mapping: Mapping, record: ReadableRecord, problems: FieldProblem[]): AnswerValue | null {
  if (mapping.answers === null) return null;
  if ('combined' in mapping.answers) return readCombined(mapping.answers.combined, record, problems);
  const { response, reason } = mapping.answers;
  const offerId = record.fields[keyOf(mapping)?.field ?? ''];
  const raw = record.fields[response.field];
  if (isBlank(raw) || isBlank(offerId)) return null;
  const said = responseOf(response, String(raw));
  if (said === null) {
    problems.push({ field: response.field, message: `${quoted(String(raw))} is neither ${RESPONSES.join(' nor ')}` });
    return null;
  }
  const why = reason === null ? null : record.fields[reason.field];
  return { offerId: String(offerId), response: said, reason: isBlank(why) ? null : String(why).trim() };
}

/** `<offer id>:accepted` or `<offer id>:rejected:<reason>`; the reason may hold colons. */
function readCombined(answer: AnswerField, record: ReadableRecord, problems: FieldProblem[]): AnswerValue | null {
  const raw = record.fields[answer.field];
  if (isBlank(raw)) return null;
  const [offerId = '', word = '', ...rest] = String(raw).split(':');
  const response = responseOf(answer, word);
  if (offerId.trim() === '' || response === null) {
    problems.push({
      field: answer.field,
      message: `${quoted(String(raw))} is no answer: write "<offer id>:accepted" or "<offer id>:rejected:<reason>"`,
    });
    return null;
  }
  return { offerId: offerId.trim(), response, reason: rest.join(':').trim() || null };
}

function responseOf(answer: AnswerField, text: string): OfferResponse | null {
  const word = answer.values.get(text.trim().toLowerCase()) ?? text.trim();
  return RESPONSES.find((response) => response.toLowerCase() === word.toLowerCase()) ?? null;
}
