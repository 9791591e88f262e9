/** The partner API's calls merge, undelete and emptyRecycleBin. */
import { badRequest, SalesforceError } from '../errors.ts';
import { items } from '../metadata/custom-field.ts';
import { emptyFromBin, mergeRecords, undelete } from '../org/bin.ts';
import type { Caller, Org } from '../org/org.ts';
import { type Element, textOf, toXml } from './xml.ts';

const MAX_ROWS = 200;

/** Answers one of the three calls; undefined for another method. */
export function binCall(org: Org, caller: Caller, method: string, args: Element): string | undefined {
  switch (method) {
    case 'merge':
      return each(items(args.request) as Element[], (one) => merge(org, caller, one));
    case 'undelete':
      return each(items(args.ids ?? args.iDs), (raw) => ({ id: undelete(org, caller, textOf(raw)), success: true }));
    case 'emptyRecycleBin':
      return each(items(args.ids), (raw) => ({ id: emptyFromBin(org, textOf(raw)), success: true }));
    default:
      return undefined;
  }
}

function each<T>(list: readonly T[], work: (item: T) => Element): string {
  if (list.length > MAX_ROWS) {
    throw badRequest(
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${MAX_ROWS} records into this call`,
    );
  }
  return list
    .map((item) =>
      toXml(
        'result',
        attempt(() => work(item)),
      ),
    )
    .join('');
}

function attempt(work: () => Element): Element {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    const { errorCode, message, fields } = error.entry;
    return {
      errors: { ...(fields?.length ? { fields } : {}), message, statusCode: errorCode },
      id: null,
      success: false,
    };
  }
}

function merge(org: Org, caller: Caller, request: Element): Element {
  const master = (request.masterRecord ?? {}) as Element;
  const type = textOf(master.type) ?? '';
  const object = org.schema.object(type);
  if (!object) throw badRequest('INVALID_TYPE', `sObject type '${type}' is not supported.`);
  const losers = items(request.recordToMergeIds).map(textOf);
  const merged = mergeRecords(org, caller, object, textOf(master.Id ?? master.id), losers, fieldsOf(master));
  return {
    id: merged.id,
    mergedRecordIds: merged.mergedIds,
    success: true,
    updatedRelatedIds: merged.relatedIds,
  };
}

/** The fields of an sObject element; names in fieldsToNull are cleared. */
function fieldsOf(record: Element): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (!name.startsWith('@') && !['type', 'id', 'fieldstonull'].includes(name.toLowerCase())) {
      fields[name] = textOf(value) ?? null;
    }
  }
  for (const name of items(record.fieldsToNull)) fields[textOf(name) ?? ''] = null;
  return fields;
}
