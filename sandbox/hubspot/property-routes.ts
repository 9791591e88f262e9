import { batchInputs, batchReply } from './batch-routes.ts';
import { type BatchErrorEntry, HubSpotError, invalid } from './errors.ts';
import { typeOf } from './object-routes.ts';
import type { ObjectType } from './object-types.ts';
import { BOOLEANS } from './options.ts';
import type { Portal } from './portal.ts';
import { type PropertyDefinition, type PropertyOption, showProperty } from './property-definition.ts';
import { flagParam } from './query.ts';
import { type Body, flag, objectList, optionalNumber, optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';

/** Field types that each type of property can have (docs, properties API). */
const FIELD_TYPES: Readonly<Record<string, readonly string[]>> = {
  bool: ['booleancheckbox', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  enumeration: ['booleancheckbox', 'checkbox', 'radio', 'select', 'calculation_equation'],
  number: ['number', 'calculation_equation'],
  phone_number: ['phonenumber'],
  string: ['file', 'text', 'textarea', 'html', 'phonenumber', 'calculation_equation'],
};

const MOST_UNIQUE = 10;

function readOptions(body: Body): PropertyOption[] {
  if (body.options === undefined || body.options === null) return [];
  const options = objectList(body, 'options').map((option, at) => ({
    value: text(option, 'value'),
    label: text(option, 'label'),
    description: optionalText(option, 'description') ?? '',
    displayOrder: optionalNumber(option, 'displayOrder') ?? at,
    hidden: flag(option, 'hidden'),
  }));
  const values = options.map((option) => option.value);
  if (new Set(values).size < values.length)
    throw invalid('Property options must have unique values', 'DUPLICATE_OPTION');
  return options;
}

function checkKind(kind: string, fieldType: string): void {
  const allowed = FIELD_TYPES[kind];
  if (allowed === undefined)
    throw invalid(`type must be one of: [${Object.keys(FIELD_TYPES).join(', ')}], it is ${kind}`, 'INVALID_TYPE', {
      type: [kind],
    });
  if (!allowed.includes(fieldType)) {
    throw invalid(
      `fieldType of a ${kind} must be one of: [${allowed.join(', ')}], it is ${fieldType}`,
      'INVALID_FIELD_TYPE',
      { fieldType: [fieldType] },
    );
  }
}

/** A new definition out of a request. Throws 400 or 409; changes nothing. */
function readDefinition(portal: Portal, type: ObjectType, body: Body): PropertyDefinition {
  const store = portal.properties(type);
  const name = text(body, 'name');
  if (!/^[a-z][a-z0-9_]{0,99}$/.test(name)) {
    throw invalid(
      `Property name ${name} is not valid: lower-case letters, numbers and underscores, starting with a letter`,
      'INVALID_NAME',
      { name: [name] },
    );
  }
  const present = store.find(name);
  if (present !== undefined && !present.archived) {
    throw new HubSpotError(409, `A property named '${name}' already exists.`, {
      category: 'OBJECT_ALREADY_EXISTS',
      subCategory: 'Properties.PROPERTY_EXISTS',
      context: { name: [name] },
    });
  }
  const kind = text(body, 'type');
  const fieldType = text(body, 'fieldType');
  checkKind(kind, fieldType);
  const groupName = text(body, 'groupName');
  if (store.group(groupName) === undefined)
    throw invalid(`Property group ${groupName} does not exist`, 'GROUP_NOT_FOUND', { groupName: [groupName] });
  const hasUniqueValue = flag(body, 'hasUniqueValue');
  if (hasUniqueValue) checkUniqueAllowed(portal, type, kind);
  const now = portal.clock.now();
  const given = readOptions(body);
  const booleans = BOOLEANS.map((choice, displayOrder) => ({
    ...choice,
    description: '',
    displayOrder,
    hidden: false,
  }));
  return {
    name,
    label: optionalText(body, 'label') ?? name,
    type: kind,
    fieldType,
    groupName,
    description: optionalText(body, 'description') ?? '',
    options: kind === 'bool' && given.length === 0 ? booleans : given,
    displayOrder: optionalNumber(body, 'displayOrder') ?? -1,
    hidden: flag(body, 'hidden'),
    formField: flag(body, 'formField'),
    calculated: fieldType === 'calculation_equation',
    externalOptions: flag(body, 'externalOptions'),
    hasUniqueValue,
    hubspotDefined: false,
    archived: false,
    createdAt: now,
    updatedAt: now,
    readOnlyValue: fieldType === 'calculation_equation',
    writtenByTracking: false,
    openOptions: false,
    owner: optionalText(body, 'referencedObjectType') === 'OWNER',
  };
}

function checkUniqueAllowed(portal: Portal, type: ObjectType, kind: string): void {
  if (kind !== 'string' && kind !== 'number')
    throw invalid(`A property of type ${kind} cannot have unique values`, 'INVALID_UNIQUE_TYPE');
  const store = portal.properties(type);
  const own = store.uniqueNames.filter((name) => store.get(name)?.hubspotDefined === false);
  if (own.length >= MOST_UNIQUE) {
    throw invalid(
      `Object type ${type.id} has ${own.length} properties with unique values, at most ${MOST_UNIQUE} are allowed`,
      'TOO_MANY_UNIQUE_PROPERTIES',
    );
  }
}

function known(context: Context, type: ObjectType, name: string, archived = false): PropertyDefinition {
  const definition = context.portal.properties(type).find(name);
  if (definition === undefined || definition.archived !== archived) {
    throw new HubSpotError(404, `Property ${name} does not exist`, {
      category: 'OBJECT_NOT_FOUND',
      subCategory: 'Properties.PROPERTY_NOT_FOUND',
      context: { propertyName: [name] },
    });
  }
  return definition;
}

function update(context: Context): Reply {
  const type = typeOf(context);
  const { portal, body } = context;
  const present = known(context, type, context.params.name ?? '');
  if (body.hasUniqueValue !== undefined && body.hasUniqueValue !== present.hasUniqueValue) {
    throw invalid('hasUniqueValue cannot be changed after the property is created', 'IMMUTABLE', {
      propertyName: [present.name],
    });
  }
  const kind = optionalText(body, 'type') ?? present.type;
  const fieldType = optionalText(body, 'fieldType') ?? present.fieldType;
  if (kind !== present.type || fieldType !== present.fieldType) checkKind(kind, fieldType);
  const groupName = optionalText(body, 'groupName') ?? present.groupName;
  if (portal.properties(type).group(groupName) === undefined)
    throw invalid(`Property group ${groupName} does not exist`, 'GROUP_NOT_FOUND', { groupName: [groupName] });
  const next: PropertyDefinition = {
    ...present,
    label: optionalText(body, 'label') ?? present.label,
    type: kind,
    fieldType,
    groupName,
    description: optionalText(body, 'description') ?? present.description,
    options: body.options === undefined ? present.options : readOptions(body),
    displayOrder: optionalNumber(body, 'displayOrder') ?? present.displayOrder,
    hidden: flag(body, 'hidden', present.hidden),
    formField: flag(body, 'formField', present.formField),
    updatedAt: portal.clock.now(),
  };
  portal.properties(type).set(next);
  return { status: 200, body: showProperty(next) };
}

function archiveProperty(context: Context, type: ObjectType, name: string): void {
  const present = known(context, type, name);
  if (present.hubspotDefined)
    throw invalid(`Property ${name} is defined by HubSpot and cannot be archived`, 'NOT_ARCHIVABLE', {
      propertyName: [name],
    });
  const now = context.portal.clock.now();
  context.portal.properties(type).set({ ...present, archived: true, archivedAt: now, updatedAt: now });
}

function batchRead(context: Context): Reply {
  const type = typeOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const errors: BatchErrorEntry[] = [];
  const results: unknown[] = [];
  for (const input of batchInputs(context.body, 100)) {
    try {
      results.push(showProperty(known(context, type, text(input, 'name'), flag(context.body, 'archived'))));
    } catch (error) {
      if (!(error instanceof HubSpotError) || error.status !== 404) throw error;
      errors.push(error.entry());
    }
  }
  return batchReply(portal, startedAt, results, errors);
}

/** All or nothing: the first bad input fails the batch. */
function batchCreate(context: Context): Reply {
  const type = typeOf(context);
  const { portal } = context;
  const startedAt = portal.clock.now();
  const made = batchInputs(context.body, 100).map((input) => readDefinition(portal, type, input));
  const names = made.map((definition) => definition.name);
  if (new Set(names).size < names.length)
    throw invalid('Property names must be unique within a batch', 'DUPLICATE_NAME');
  for (const definition of made) portal.properties(type).set(definition);
  return batchReply(portal, startedAt, made.map(showProperty), [], 201);
}

const READ = { scopes: ['crm.schemas.{type}.read', 'crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.schemas.{type}.write'] };

export const propertyRoutes: readonly Route[] = [
  route('GET properties/:type', { kind: 'properties.list', ...READ }, (context) => {
    const type = typeOf(context);
    const list = context.portal.properties(type).list(flagParam(context.query, 'archived'));
    return { status: 200, body: { results: list.map(showProperty) } };
  }),
  route('POST properties/:type', { kind: 'properties.create', ...WRITE }, (context) => {
    const type = typeOf(context);
    const definition = readDefinition(context.portal, type, context.body);
    context.portal.properties(type).set(definition);
    return { status: 201, body: showProperty(definition) };
  }),
  route('POST properties/:type/batch/read', { kind: 'properties.batchRead', ...READ }, batchRead),
  route('POST properties/:type/batch/create', { kind: 'properties.batchCreate', ...WRITE }, batchCreate),
  route('POST properties/:type/batch/archive', { kind: 'properties.batchArchive', ...WRITE }, (context) => {
    const type = typeOf(context);
    for (const input of batchInputs(context.body, 100)) archiveProperty(context, type, text(input, 'name'));
    return { status: 204 };
  }),
  route('GET properties/:type/:name', { kind: 'properties.read', ...READ }, (context) => ({
    status: 200,
    body: showProperty(
      known(context, typeOf(context), context.params.name ?? '', flagParam(context.query, 'archived')),
    ),
  })),
  route('PATCH properties/:type/:name', { kind: 'properties.update', ...WRITE }, update),
  route('DELETE properties/:type/:name', { kind: 'properties.archive', ...WRITE }, (context) => {
    archiveProperty(context, typeOf(context), context.params.name ?? '');
    return { status: 204 };
  }),
];
