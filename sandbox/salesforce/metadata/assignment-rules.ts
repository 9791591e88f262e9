import { badRequest } from '../errors.ts';
import type { AssignmentEntry } from '../org/assignment.ts';
import type { ObjectDef } from '../schema/types.ts';
import { flag, items, type Meta, str } from './custom-field.ts';
import { type Kind, notThere, type Setup } from './kind.ts';

const OPERATIONS: Readonly<Record<string, (field: string, value: string) => string>> = {
  equals: (field, value) => `${field} = ${value}`,
  notEqual: (field, value) => `${field} <> ${value}`,
  contains: (field, value) => `CONTAINS(${field}, ${value})`,
};
const KEPT = new WeakMap<Setup['org'], readonly Meta[]>();

/** A criterion as a formula: `Lead.Country equals Austria` becomes Country = "Austria". */
function criterion(object: ObjectDef, item: Meta): string {
  const name = str(item.field).replace(/^\w+\./, '');
  const field = object.fields.get(name.toLowerCase());
  const operation = Object.hasOwn(OPERATIONS, str(item.operation)) ? OPERATIONS[str(item.operation)] : undefined;
  if (!field || !operation) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', `Invalid criterion: ${str(item.field)} ${str(item.operation)}`);
  }
  const text = field.type === 'picklist' ? `TEXT(${name})` : name;
  return operation(text, JSON.stringify(str(item.value)));
}

function ownerOf(setup: Setup, entry: Meta): string {
  const wanted = str(entry.assignedTo).toLowerCase();
  const isQueue = str(entry.assignedToType) === 'Queue';
  for (const row of setup.org.all(isQueue ? 'Group' : 'User')) {
    const name = isQueue ? (row.Type === 'Queue' ? row.DeveloperName : null) : row.Username;
    if (typeof name === 'string' && name.toLowerCase() === wanted) return row.Id;
  }
  throw notThere(isQueue ? 'Queue' : 'User', str(entry.assignedTo));
}

function entryFrom(setup: Setup, object: ObjectDef, entry: Meta): AssignmentEntry {
  const criteria = (items(entry.criteriaItems) as Meta[]).map((item) => criterion(object, item));
  const formula = str(entry.formula) || criteria.join(' && ');
  const holds = formula === '' ? null : setup.org.automation.condition(object, formula);
  return { holds, ownerId: ownerOf(setup, entry) };
}

/** The assignment rules of an object, all in one component: fullName Lead. */
export const assignmentRules: Kind = {
  exists: () => true,
  create: (setup, fullName, meta) => {
    const object = setup.org.schema.object(fullName);
    if (object?.name !== 'Lead') throw notThere('CustomObject', fullName);
    const metas = items(meta.assignmentRule) as Meta[];
    const rules = metas.map((rule) => ({
      name: str(rule.fullName),
      active: flag(rule.active),
      entries: (items(rule.ruleEntry) as Meta[]).map((entry) => entryFrom(setup, object, entry)),
    }));
    if (rules.filter(({ active }) => active).length > 1) {
      throw badRequest('FIELD_INTEGRITY_EXCEPTION', 'Only one assignment rule can be active');
    }
    setup.org.assignment.replace(object, rules, setup.userId);
    KEPT.set(setup.org, metas);
  },
  update: (setup, fullName, meta) => assignmentRules.create(setup, fullName, meta),
  remove: (setup, fullName) => assignmentRules.create(setup, fullName, {}),
  read: (setup, fullName) => (fullName === 'Lead' ? { assignmentRule: KEPT.get(setup.org) ?? [] } : undefined),
  list: () => ['Lead'],
};
