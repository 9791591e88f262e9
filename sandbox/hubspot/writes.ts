import type { AssociationType } from './association-types.ts';
import { derive } from './derive.ts';
import { HubSpotError, invalid } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import { objectType } from './object-types.ts';
import type { Portal } from './portal.ts';
import type { Row, Values } from './records.ts';
import { iso } from './times.ts';
import { type Claims, checkUnique, identities } from './unique.ts';
import { checkProperties } from './validate.ts';

/** An association asked for together with a create. */
export interface InlineAssociation {
  readonly toId: string;
  readonly typeIds: readonly number[];
}

/** A write that passed every check and is not yet done. */
export interface Prepared {
  readonly row: Row | null;
  readonly changes: ReadonlyMap<string, string | null>;
  readonly links: readonly { readonly type: AssociationType; readonly toId: string }[];
}

/**
 * Checks a write against the portal: values, unique values, the lifecycle rule, pipelines, associations.
 * Throws the vendor's refusal; changes nothing. `row` is null for a create.
 */
export function prepare(
  portal: Portal,
  type: ObjectType,
  row: Row | null,
  input: Readonly<Record<string, string | null>>,
  associations: readonly InlineAssociation[] = [],
  claims: Claims = new Map(),
): Prepared {
  if (row !== null) portal.conditions.checkLock(row.key);
  const changes = checkProperties(input, portal.context(type));
  appendLists(portal, type, row, changes);
  keepLifecycleForward(portal, type, row, changes);
  if (row === null && (type.name === 'contacts' || type.name === 'companies') && !changes.has('lifecyclestage')) {
    // A portal starts records that come without a stage as leads (its default setting, as recorded creates show).
    changes.set('lifecyclestage', 'lead');
  }
  checkPipeline(portal, type, row, changes);
  const links = associations.flatMap((association) => inlineLinks(portal, type, association));
  if (row === null && type.name === 'leads') checkLead(changes, links);
  const company = changes.get('associatedcompanyid');
  if (typeof company === 'string' && activeRow(portal, objectType('companies'), company) === undefined) {
    throw invalid(`COMPANY=${company} is not valid`, 'INVALID_OBJECT_IDS', {
      objectId: [company],
      objectType: ['COMPANY'],
    });
  }
  checkUnique(portal, type, row, changes, claims);
  return { row, changes, links };
}

/** Does a prepared write; the row as it is afterwards and whether any value really changed. */
export function commit(portal: Portal, type: ObjectType, prepared: Prepared): { row: Row; changed: boolean } {
  const store = portal.records(type);
  const now = portal.clock.now();
  const before: Readonly<Values> = prepared.row === null ? {} : { ...prepared.row.values };
  const values: Values = { ...before };
  for (const [name, value] of prepared.changes) {
    if (value === null) delete values[name];
    else values[name] = value;
  }
  derive(portal, type, values, before, new Set(prepared.changes.keys()), now);
  const row = prepared.row ?? store.add(sourced(type, values), now);
  store.lag.before(row, prepared.row === null);
  const differing = changedNames(before, row === prepared.row ? values : row.values);
  if (prepared.row !== null) recordHistory(row, before, values, differing, now);
  const changed = prepared.row === null || differing.length > 0;
  if (changed || portal.options.touchOnSameValue) {
    if (prepared.row !== null) row.values = values;
    row.modifiedAt = now;
    store.modified.touch(row, now);
    reindex(portal, type, row, before);
  }
  if (prepared.changes.has('associatedcompanyid'))
    linkCompany(portal, row, prepared.changes.get('associatedcompanyid') ?? null);
  for (const { type: association, toId } of prepared.links) portal.associations.link(association, row.key, toId);
  store.lag.after(row);
  if (portal.changes.heard) tellWrite(portal, type, row, prepared.row === null, differing);
  return { row, changed };
}

/** A new record is told of with each of its values, as the vendor does. */
function tellWrite(portal: Portal, type: ObjectType, row: Row, isNew: boolean, names: readonly string[]): void {
  if (isNew) portal.changes.tell({ what: 'creation', type, id: row.id });
  for (const name of names) {
    portal.changes.tell({ what: 'propertyChange', type, id: row.id, name, value: row.values[name] ?? '' });
  }
}

/** The record of an id, unless it is archived or absent. */
export function activeRow(portal: Portal, type: ObjectType, key: string): Row | undefined {
  const row = portal.records(type).get(key);
  return row === undefined || row.archivedAt !== null ? undefined : row;
}

function sourced(type: ObjectType, values: Values): Values {
  values.hs_object_source = 'INTEGRATION';
  values.hs_object_source_label = 'INTEGRATION';
  if (type.name === 'contacts') values.hs_is_contact = 'true';
  return values;
}

function appendLists(portal: Portal, type: ObjectType, row: Row | null, changes: Map<string, string | null>): void {
  for (const [name, value] of changes) {
    const checkbox = portal.properties(type).get(name)?.fieldType === 'checkbox';
    if (!checkbox || value === null || !value.startsWith(';')) continue;
    const present = row === null ? '' : (row.values[name] ?? '');
    changes.set(name, [...new Set(`${present}${value}`.split(';').filter((part) => part !== ''))].join(';'));
  }
}

/** A stage moves forward only; a backward value is ignored without a word unless the stage was cleared before (docs). */
function keepLifecycleForward(
  portal: Portal,
  type: ObjectType,
  row: Row | null,
  changes: Map<string, string | null>,
): void {
  const next = changes.get('lifecyclestage');
  const present = row?.values.lifecyclestage;
  if (typeof next !== 'string' || present === undefined) return;
  const order =
    portal
      .properties(type)
      .get('lifecyclestage')
      ?.options.map((option) => option.value) ?? [];
  if (order.indexOf(next) < order.indexOf(present)) changes.delete('lifecyclestage');
}

function checkPipeline(portal: Portal, type: ObjectType, row: Row | null, changes: Map<string, string | null>): void {
  if (type.name !== 'deals' && type.name !== 'leads') return;
  const [pipelineName, stageName] =
    type.name === 'deals' ? ['pipeline', 'dealstage'] : ['hs_pipeline', 'hs_pipeline_stage'];
  const pipelines = portal.pipelinesOf(type);
  if (row === null && typeof changes.get(pipelineName) !== 'string') {
    const first = pipelines[0];
    if (first === undefined) return;
    changes.set(pipelineName, first.id);
    if (type.name === 'leads' && !changes.has(stageName)) changes.set(stageName, first.stages[0]?.id ?? null);
  }
  const pipelineId = changes.get(pipelineName) ?? row?.values[pipelineName];
  const stageId = changes.get(stageName);
  const pipeline = pipelines.find((candidate) => candidate.id === pipelineId);
  if (typeof stageId !== 'string' || pipeline === undefined) return;
  if (!pipeline.stages.some((stage) => stage.id === stageId)) {
    throw invalid(`Pipeline stage ${stageId} is not a stage of pipeline ${pipeline.id}`, 'INVALID_PIPELINE_STAGE', {
      propertyName: [stageName],
    });
  }
}

function checkLead(changes: ReadonlyMap<string, string | null>, links: Prepared['links']): void {
  if (typeof changes.get('hs_lead_name') !== 'string') {
    throw invalid('Error creating LEAD. Some required properties were not set.', 'MISSING_REQUIRED_PROPERTY', {
      properties: ['hs_lead_name'],
    });
  }
  if (!links.some(({ type }) => type.typeId === 578)) {
    throw invalid(
      'A lead must be associated with a primary contact when it is created.',
      'MISSING_REQUIRED_ASSOCIATION',
      {
        associationTypeId: ['578'],
      },
    );
  }
}

function inlineLinks(
  portal: Portal,
  type: ObjectType,
  association: InlineAssociation,
): { type: AssociationType; toId: string }[] {
  return association.typeIds.map((typeId) => {
    const found = portal.associations.types.find(
      (candidate) => candidate.from === type.id && candidate.typeId === typeId,
    );
    if (found === undefined) {
      const other = portal.associations.types.find((candidate) => candidate.typeId === typeId);
      throw invalid(
        other === undefined
          ? `association type ${typeId} does not exist`
          : `invalid from object type ${type.id} for associations to be created. expected: ${other.from}`,
        'INVALID_ASSOCIATION_TYPE',
      );
    }
    const target = objectType(found.to);
    if (activeRow(portal, target, association.toId) === undefined) {
      throw new HubSpotError(400, 'One or more associations are invalid', {
        category: 'VALIDATION_ERROR',
        errors: [
          {
            message: `${target.singular.toUpperCase()}=${association.toId} is not valid`,
            code: 'INVALID_OBJECT_IDS',
            context: { objectId: [association.toId], objectType: [target.singular.toUpperCase()] },
          },
        ],
      });
    }
    return { type: found, toId: association.toId };
  });
}

/** The properties whose values differ. */
function changedNames(before: Readonly<Values>, after: Readonly<Values>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const own = (values: Readonly<Values>, name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  return [...names].filter((name) => own(before, name) !== own(after, name));
}

function recordHistory(
  row: Row,
  before: Readonly<Values>,
  after: Readonly<Values>,
  names: readonly string[],
  now: number,
): void {
  for (const name of names) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    const next = Object.hasOwn(after, name) ? after[name] : undefined;
    const known = row.history.some((change) => change.name === name);
    if (!known && old !== undefined) row.history.push({ name, value: old, at: row.createdAt });
    row.history.push({ name, value: next ?? '', at: now });
  }
}

function reindex(portal: Portal, type: ObjectType, row: Row, before: Readonly<Values>): void {
  const store = portal.records(type);
  for (const [property, value] of identities(portal, type, before)) store.release(property, value, row);
  for (const [property, value] of identities(portal, type, row.values)) store.claim(property, value, row);
}

/** Writing `associatedcompanyid` makes that company the primary one; clearing it takes the label away. */
function linkCompany(portal: Portal, row: Row, companyId: string | null): void {
  const contacts = objectType('contacts');
  const companies = objectType('companies');
  const primary = portal.associations.typeById(contacts, companies, 1);
  if (companyId !== null) portal.associations.link(primary, row.key, companyId);
  else {
    const present = portal.associations.primaryOf(primary, row.key);
    if (present !== null) portal.associations.unlink(contacts, row.key, companies, present, 1);
  }
}

/** The values that a property took, newest first, as `propertiesWithHistory` shows them. */
export function historyOf(
  type: ObjectType,
  row: Row,
  name: string,
): { value: string; timestamp: string; sourceType: string }[] {
  const changes = row.history.filter((change) => change.name === name);
  const known = name === type.modified || !Object.hasOwn(row.values, name) ? undefined : row.values[name];
  const first = known === undefined ? [] : [{ name, value: known, at: row.createdAt }];
  return (changes.length > 0 ? changes : first)
    .map(({ value, at }) => ({ value, timestamp: iso(at), sourceType: 'INTEGRATION' }))
    .reverse();
}
