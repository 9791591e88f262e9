import type { FieldDescription, ProvisionField, ProvisionSpec, ProvisionStep } from '../connector.ts';
import type { HubSpotClient } from './client.ts';
import type { Descriptions } from './describe.ts';
import { RefusedRequest, toProblem } from './failure.ts';
import { paths } from './paths.ts';

const GROUP = 'sluice';
const BATCH = 100;

/** Creates the property group and the properties that are missing. */
export async function provision(
  client: HubSpotClient,
  descriptions: Descriptions,
  spec: ProvisionSpec,
  { dryRun }: { readonly dryRun: boolean },
): Promise<ProvisionStep[]> {
  const steps: ProvisionStep[] = spec.objects.map(({ name }) => ({
    what: 'object',
    name,
    status: 'failed',
    message: 'custom objects are not created in HubSpot; map a standard object instead',
  }));
  for (const object of new Set(spec.fields.map((field) => field.object))) {
    const fields = spec.fields.filter((field) => field.object === object);
    steps.push(...(await provisionObject(client, descriptions, object, fields, dryRun)));
  }
  if (!dryRun) descriptions.forget();
  return steps;
}

async function provisionObject(
  client: HubSpotClient,
  descriptions: Descriptions,
  object: string,
  fields: readonly ProvisionField[],
  dryRun: boolean,
): Promise<ProvisionStep[]> {
  const description = await descriptions.fetch(object, 'provision');
  if (description === null) {
    return [{ what: 'object', name: object, status: 'failed', message: `the portal has no object "${object}"` }];
  }
  const found = new Map(description.fields.map((field) => [field.name, field]));
  const group = await ensureGroup(client, object, dryRun);
  const missing = fields.filter(({ name }) => !found.has(name));
  const created = new Map<string, ProvisionStep>();
  for (let from = 0; from < missing.length; from += BATCH) {
    const part = missing.slice(from, from + BATCH);
    const steps = dryRun ? part.map((field) => step(field, 'create')) : await createProperties(client, object, part);
    for (const made of steps) created.set(made.name, made);
  }
  return [
    group,
    ...fields.map((field) => {
      const there = found.get(field.name);
      if (there === undefined) return created.get(fullName(field)) ?? step(field, 'failed', 'HubSpot gave no result');
      const message = difference(field, there);
      return message === null
        ? step(field, 'exists')
        : step(field, 'different', `${fullName(field)} exists, but ${message}`);
    }),
  ];
}

async function ensureGroup(client: HubSpotClient, object: string, dryRun: boolean): Promise<ProvisionStep> {
  const name = `${object}: ${GROUP}`;
  const groups = await client.call({
    kind: 'provision',
    method: 'GET',
    path: paths.groups(object),
    repeatable: true,
    accept: isNamedList,
  });
  if (groups.results.some((group) => group.name === GROUP)) return { what: 'group', name, status: 'exists' };
  if (dryRun) return { what: 'group', name, status: 'create' };
  try {
    await client.call({
      kind: 'provision',
      method: 'POST',
      path: paths.groups(object),
      body: { name: GROUP, label: 'Sluice', displayOrder: -1 },
      repeatable: true,
      accept: (body): body is object => typeof body === 'object' && body !== null,
    });
    return { what: 'group', name, status: 'created' };
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    // A repeated request, or another process, has made it meanwhile.
    if (/already exists/i.test(error.message)) return { what: 'group', name, status: 'exists' };
    return { what: 'group', name, status: 'failed', message: error.problem.message };
  }
}

/** One batch; where HubSpot refuses it as a whole the properties are created one by one. */
async function createProperties(
  client: HubSpotClient,
  object: string,
  fields: readonly ProvisionField[],
): Promise<ProvisionStep[]> {
  try {
    const answer = await client.call({
      kind: 'provision',
      method: 'POST',
      path: paths.createProperties(object),
      body: { inputs: fields.map(toProperty) },
      repeatable: true,
      accept: isNamedList,
    });
    const made = new Set(answer.results.map(({ name }) => name));
    const left = fields.filter(({ name }) => !made.has(name));
    const done = fields.filter(({ name }) => made.has(name)).map((field) => step(field, 'created'));
    if (left.length === 0) return done;
    if (fields.length > 1) return [...done, ...(await oneByOne(client, object, left))];
    const problem = toProblem(answer.errors?.[0], 'UNKNOWN_ERROR');
    return left.map((field) => refused(field, problem.code, problem.message));
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    if (fields.length > 1) return oneByOne(client, object, fields);
    return fields.map((field) => refused(field, error.problem.code, error.problem.message));
  }
}

async function oneByOne(
  client: HubSpotClient,
  object: string,
  fields: readonly ProvisionField[],
): Promise<ProvisionStep[]> {
  const steps: ProvisionStep[] = [];
  for (const field of fields) steps.push(...(await createProperties(client, object, [field])));
  return steps;
}

function refused(field: ProvisionField, code: string, message: string): ProvisionStep {
  return /already exists/i.test(message) ? step(field, 'exists') : step(field, 'failed', `${code}: ${message}`);
}

const fullName = (field: ProvisionField): string => `${field.object}.${field.name}`;

function step(field: ProvisionField, status: ProvisionStep['status'], message?: string): ProvisionStep {
  return { what: 'field', name: fullName(field), status, ...(message === undefined ? {} : { message }) };
}

const TYPES: Readonly<Record<ProvisionField['kind'], { type: string; fieldType: string }>> = {
  text: { type: 'string', fieldType: 'text' },
  number: { type: 'number', fieldType: 'number' },
  datetime: { type: 'datetime', fieldType: 'date' },
  picklist: { type: 'enumeration', fieldType: 'select' },
  // HubSpot ties objects by associations; a reference is kept as the text of its id.
  reference: { type: 'string', fieldType: 'text' },
};

function toProperty(field: ProvisionField) {
  const options = (field.values ?? []).map((value, displayOrder) => ({
    label: value,
    value,
    displayOrder,
    hidden: false,
  }));
  return {
    name: field.name,
    label: field.label,
    groupName: GROUP,
    ...TYPES[field.kind],
    ...(field.help === undefined ? {} : { description: field.help }),
    ...(field.unique === true ? { hasUniqueValue: true } : {}),
    ...(field.kind === 'picklist' ? { options } : {}),
  };
}

/** How a property that is there already differs from the one we need, in words; null where it will do. */
export function difference(wanted: ProvisionField, found: FieldDescription): string | null {
  const kind = wanted.kind === 'reference' ? 'text' : wanted.kind;
  if (found.kind !== kind) return `it is a ${found.kind} property, not a ${kind} property`;
  if (wanted.unique === true && !found.unique) return 'its values are not unique';
  const missing = (wanted.values ?? []).filter((value) => kind === 'picklist' && !found.values?.includes(value));
  return missing.length > 0 ? `it lacks the options ${missing.join(', ')}` : null;
}

function isNamedList(body: unknown): body is { results: { name: string }[]; errors?: unknown[] } {
  return Array.isArray((body as { results?: unknown } | null)?.results);
}
