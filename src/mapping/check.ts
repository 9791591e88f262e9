import type { ConfigProblem } from '../model/config-error.ts';
import { sharedUses } from './check-shared.ts';
import type { FieldDescription, FieldKind, ObjectDescription } from './described.ts';
import type { WriteKind } from './entities.ts';
import { answerFields, keyOf, type Mapping, type NurtureField, type WriteField } from './mapping.ts';
import type { FieldCreation } from './schema.ts';
import { READABLE } from './transforms.ts';
import { suggestion, type YamlPath } from './yaml-file.ts';

/** A place where a mapping and the CRM do not fit. */
export interface MappingProblem extends ConfigProblem {
  /** Set where `sluice provision` mends it: the field or object is Sluice's own and not there yet. */
  readonly needs?: 'provision';
}

/** The kinds of CRM field that take what Sluice writes. */
const WRITABLE: Record<WriteKind, readonly FieldKind[]> = {
  text: ['text', 'picklist'],
  number: ['number'],
  datetime: ['datetime'],
  reference: ['reference'],
};

/** Characters of the ids that Sluice makes (a prefix, an underscore, 16 of base 32), with room to grow. */
const ID_LENGTH = 24;

/** One use of a CRM field by a mapping. */
interface Use {
  readonly field: string;
  readonly path: YamlPath;
  readonly create: FieldCreation | null;
  /** What does not fit about a field that exists. */
  readonly misfit: (described: FieldDescription) => { message: string; hint?: string } | null;
}

/**
 * Checks a mapping against the CRM's own description of its object and returns all
 * that does not fit: unknown fields and objects with the nearest name that exists, kinds that cannot be read or written,
 * fields too short or not writable, picklists that lack a word. `objects` are the names of all objects of the CRM. A
 * null description of an object among them (HubSpot's campaigns) leaves its fields unchecked; else the object is unknown.
 */
export function checkAgainst(
  mapping: Mapping,
  description: ObjectDescription | null,
  objects: readonly string[],
): MappingProblem[] {
  if (description === null) return objects.includes(mapping.object) ? [] : [unknownObject(mapping, objects)];
  const described = new Map(description.fields.map((field) => [field.name, field]));
  const problems: MappingProblem[] = [];
  for (const use of usesOf(mapping)) {
    const field = described.get(use.field);
    if (field === undefined) {
      problems.push(unknownField(mapping, use, description));
      continue;
    }
    const misfit = use.misfit(field);
    if (misfit) problems.push(mapping.problemAt(use.path, misfit.message, misfit.hint ? { hint: misfit.hint } : {}));
  }
  return problems;
}

function unknownObject(mapping: Mapping, objects: readonly string[]): MappingProblem {
  if (mapping.create) {
    const problem = mapping.problemAt(['object'], `${mapping.crm} has no object ${mapping.object} yet`, {
      hint: 'run "sluice provision", which creates it',
    });
    return { ...problem, needs: 'provision' };
  }
  const hint = suggestion(mapping.object, objects) ?? 'check its API name and that the connected user may see it';
  return mapping.problemAt(['object'], `${mapping.crm} has no object "${mapping.object}"`, { hint });
}

function unknownField(mapping: Mapping, use: Use, description: ObjectDescription): MappingProblem {
  if (use.create) {
    const problem = mapping.problemAt(use.path, `${mapping.object} has no field ${use.field} yet`, {
      hint: 'run "sluice provision", which creates it',
    });
    return { ...problem, needs: 'provision' };
  }
  const names = description.fields.map((field) => field.name);
  const byLabel = description.fields.find((field) => field.label.toLowerCase() === use.field.toLowerCase());
  const hint = byLabel
    ? `"${byLabel.label}" is a label; its API name is "${byLabel.name}"`
    : (suggestion(use.field, names) ?? 'check its API name and that the connected user may see it');
  return mapping.problemAt(use.path, `${mapping.object} has no field "${use.field}"`, { hint });
}

function usesOf(mapping: Mapping): Use[] {
  const reads = (field: string, path: YamlPath, kinds: readonly FieldKind[], as: string): Use => ({
    field,
    path,
    create: null,
    misfit: (described) =>
      kinds.includes(described.kind)
        ? null
        : {
            message: `${field} is a ${described.kind} field, which cannot be read as ${as}`,
            hint: `${as} is read from ${kinds.join(', ')}`,
          },
  });
  const { converted } = mapping;
  return [
    ...mapping.sources.flatMap((source) =>
      source.fields.map((field, index) => {
        const path = source.fields.length > 1 ? [...source.path, 'firstOf', index] : [...source.path, 'field'];
        // With a table of words any field that holds words will do, whatever comes out.
        const kinds: readonly FieldKind[] = source.values
          ? [...READABLE.word, 'boolean', 'number']
          : READABLE[source.transform];
        return { ...reads(field, path, kinds, source.values ? 'a word' : source.transform), create: source.create };
      }),
    ),
    ...(mapping.where
      ? [
          {
            ...reads(mapping.where.field, ['where', 'field'], [...READABLE.text, 'boolean'], 'a condition'),
            // A field that is made because it is read is there for the condition, too.
            create: mapping.sources.find(({ fields }) => fields[0] === mapping.where?.field)?.create ?? null,
          },
        ]
      : []),
    ...(mapping.worked
      ? [reads(mapping.worked.field, ['worked', 'field'], [...READABLE.text, 'boolean'], 'a condition')]
      : []),
    ...mapping.nurture.map((field) => nurtureUse(mapping, field)),
    ...mapping.crossIds.map(({ field, path }) => reads(field, path, READABLE.reference, 'a record id')),
    ...(converted ? [reads(converted.when, ['converted', 'when'], READABLE.boolean, 'a yes or no')] : []),
    ...(['contact', 'account', 'opportunity'] as const).flatMap((property) => {
      const field = converted?.[property];
      return field === undefined ? [] : [reads(field, ['converted', property], READABLE.reference, 'a record id')];
    }),
    ...mapping.touches.flatMap((touch, index) => [
      reads(touch.campaign, ['touches', index, 'campaign'], READABLE.reference, 'a record id'),
      reads(touch.at, ['touches', index, 'at'], READABLE.moment, 'a time'),
    ]),
    ...mapping.writes.map((write) => writeUse(mapping, write)),
    ...sharedUses(mapping),
    ...answerFields(mapping).map((answer) => ({
      ...reads(answer.field, [...answer.path, 'field'], ['text', 'picklist'], 'an answer'),
      create: answer.create,
    })),
  ];
}

function nurtureUse({ entity }: Mapping, { field, set, path }: NurtureField): Use {
  // A member that is made names its campaign by its id.
  const kinds: readonly FieldKind[] = [
    'text',
    'picklist',
    ...(entity === 'membership' ? (['reference'] as const) : []),
  ];
  return {
    field,
    path,
    create: null,
    misfit: (described) => {
      if (!kinds.includes(described.kind))
        return { message: `${field} is a ${described.kind} field, which cannot be set to a word` };
      if (!described.writable)
        return {
          message: `${field} cannot be written`,
          hint: 'give the connected user edit access to the field, or name another',
        };
      if (described.values === undefined || described.values.includes(set)) return null;
      return {
        message: `${field} has no value "${set}"`,
        hint: suggestion(set, described.values) ?? `it has ${described.values.join(', ')}`,
      };
    },
  };
}

function writeUse(mapping: Mapping, write: WriteField): Use {
  return {
    field: write.field,
    path: [...write.path, 'field'],
    create: write.create,
    misfit: (described) => {
      const kinds = WRITABLE[write.kind];
      if (!kinds.includes(described.kind)) {
        return {
          message: `${write.field} is a ${described.kind} field, which cannot take the ${write.property}`,
          hint: `it needs a field of kind ${kinds.join(' or ')}`,
        };
      }
      if (!described.writable) {
        return {
          message: `${write.field} cannot be written`,
          hint: 'give the connected user edit access to the field, or name another',
        };
      }
      if (write === keyOf(mapping) && !described.unique) {
        return {
          message: `${write.field} is not unique`,
          hint: 'it names one record: only a unique external id can be written by',
        };
      }
      return lengthMisfit(write, described) ?? valuesMisfit(write, described) ?? referenceMisfit(write, described);
    },
  };
}

function lengthMisfit(write: WriteField, described: FieldDescription): { message: string; hint?: string } | null {
  if (described.kind !== 'text' || described.length === undefined) return null;
  const isId = ['linkId', 'leadId', 'offerId', 'registrationId'].includes(write.property);
  // Names and reasons are cut to fit; ids and words that are cut would mean something else.
  const needed = Math.max(isId ? ID_LENGTH : 0, ...(write.words ?? []).map((word) => word.length));
  if (described.length >= needed) return null;
  return { message: `${write.field} takes ${described.length} characters, the ${write.property} needs ${needed}` };
}

function valuesMisfit(write: WriteField, described: FieldDescription): { message: string; hint?: string } | null {
  if (described.values === undefined || write.words === null) return null;
  const allowed = new Set(described.values.map((value) => value.toLowerCase()));
  const missing = write.words.filter((word) => !allowed.has(word.toLowerCase()));
  if (missing.length === 0) return null;
  return {
    message: `${write.field} does not allow ${missing.map((word) => `"${word}"`).join(', ')}`,
    hint: 'add the values in the CRM, or translate them under "values"',
  };
}

function referenceMisfit(write: WriteField, described: FieldDescription): { message: string; hint?: string } | null {
  const wanted = write.create?.referenceTo;
  if (wanted === undefined || described.referenceTo === undefined || described.referenceTo.includes(wanted))
    return null;
  return { message: `${write.field} points to ${described.referenceTo.join(', ')}, not to ${wanted}` };
}
