import { badRequest } from '../errors.ts';
import type { Choice } from '../org/record-types.ts';
import type { ObjectDef } from '../schema/types.ts';
import { flag, items, type Meta, str } from './custom-field.ts';
import { type Kind, notThere, type Setup, splitName } from './kind.ts';

/** Objects that can have record types, besides custom ones. */
const OBJECTS = new Set(['Account', 'Contact', 'Lead', 'Opportunity', 'Campaign', 'CampaignMember', 'Task']);

function choicesFrom(object: ObjectDef, meta: Meta): Map<string, Choice> {
  const choices = new Map<string, Choice>();
  for (const one of items(meta.picklistValues) as Meta[]) {
    const field = object.fields.get(str(one.picklist).toLowerCase());
    if (field?.type !== 'picklist' && field?.type !== 'multipicklist') {
      throw badRequest('FIELD_INTEGRITY_EXCEPTION', `Picklist ${str(one.picklist)} in ${object.name} is not valid`);
    }
    // Names are written with percent signs, as the Metadata API does.
    const values = (items(one.values) as Meta[]).map((value) => ({
      value: decodeURIComponent(str(value.fullName)),
      isDefault: flag(value.default),
    }));
    for (const { value } of values) {
      if (!field.picklist.some((entry) => entry.value === value)) {
        throw badRequest('FIELD_INTEGRITY_EXCEPTION', `Picklist value: ${value} in picklist: ${field.name} not found`);
      }
    }
    const defaultValue = values.find(({ isDefault }) => isDefault)?.value ?? null;
    choices.set(field.name, { values: new Set(values.map(({ value }) => value)), defaultValue });
  }
  return choices;
}

function save(setup: Setup, fullName: string, meta: Meta): void {
  const { object, name } = splitName(setup, fullName);
  if (!object.custom && !OBJECTS.has(object.name)) {
    throw badRequest('INVALID_TYPE', `${object.name} cannot have record types`);
  }
  const label = str(meta.label);
  if (label === '') throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [Name]', ['Name']);
  const about = { label, active: flag(meta.active), description: str(meta.description) || null };
  setup.org.recordTypes.set(object, name, about, choicesFrom(object, meta), setup.userId);
}

function find(setup: Setup, fullName: string) {
  const { object, name } = splitName(setup, fullName);
  return setup.org.recordTypes.byName(object, name);
}

/** Kinds of one object: fullName Object.Type. */
export const recordType: Kind = {
  exists: (setup, fullName) => find(setup, fullName) !== undefined,
  create: (setup, fullName, meta) => {
    if (find(setup, fullName)) {
      throw badRequest('DUPLICATE_DEVELOPER_NAME', `There is already a record type named ${fullName}.`);
    }
    save(setup, fullName, meta);
  },
  update: (setup, fullName, meta) => {
    if (!find(setup, fullName)) throw notThere('RecordType', fullName);
    save(setup, fullName, meta);
  },
  remove: (setup, fullName) => {
    const type = find(setup, fullName);
    if (!type) throw notThere('RecordType', fullName);
    setup.org.recordTypes.remove(type);
  },
  read: (setup, fullName) => {
    const type = find(setup, fullName);
    const row = type && setup.org.row(type.id)?.row;
    if (!type || !row) return undefined;
    return {
      active: row.IsActive === true,
      label: row.Name,
      picklistValues: [...type.choices].map(([picklist, choice]) => ({
        picklist,
        values: [...choice.values].map((value) => ({
          fullName: encodeURIComponent(value),
          default: value === choice.defaultValue,
        })),
      })),
    };
  },
  list: (setup) =>
    [...setup.org.schema.objects].flatMap((object) =>
      setup.org.recordTypes.of(object).map(({ type }) => `${object.name}.${type.name}`),
    ),
};
