/** The Metadata API's calls on components: create, read, update, upsert, delete, list, describe. */
import { badRequest, SalesforceError } from '../errors.ts';
import { showDatetime } from '../format.ts';
import { makeId } from '../ids.ts';
import { KINDS, kindOf, renameField } from '../metadata/components.ts';
import { items, type Meta } from '../metadata/custom-field.ts';
import type { Setup } from '../metadata/kind.ts';
import { type Element, textOf, toXml } from './xml.ts';

const MAX_COMPONENTS = 10;

/** Answers one call with the content of its response element. */
export function metadataCall(setup: Setup, method: string, args: Element): string {
  switch (method) {
    case 'createMetadata':
    case 'updateMetadata':
    case 'upsertMetadata':
      return limited(items(args.metadata))
        .map((one) => toXml('result', save(setup, method, one as Element)))
        .join('');
    case 'deleteMetadata': {
      const kind = kindOf(textOf(args.type) ?? '');
      return limited(items(args.fullNames))
        .map((raw) => {
          const fullName = textOf(raw) ?? '';
          return toXml(
            'result',
            outcome(fullName, () => kind.remove(setup, fullName)),
          );
        })
        .join('');
    }
    case 'readMetadata': {
      const type = textOf(args.type) ?? '';
      const kind = kindOf(type);
      const records = limited(items(args.fullNames)).map((raw) => {
        const fullName = textOf(raw) ?? '';
        const meta = read(setup, kind, fullName);
        return meta ? { '@xsi:type': type, fullName, ...meta } : null;
      });
      return toXml('result', { records });
    }
    case 'renameMetadata':
      return toXml('result', rename(setup, args));
    case 'listMetadata':
      return items(args.queries)
        .map((raw) => list(setup, textOf((raw as Element).type) ?? ''))
        .join('');
    case 'describeMetadata':
      return toXml('result', describe());
    default:
      throw badRequest(
        'INVALID_OPERATION',
        `No operation available for request {http://soap.sforce.com/2006/04/metadata}${method}`,
      );
  }
}

function limited(list: unknown[]): unknown[] {
  if (list.length > MAX_COMPONENTS) {
    throw badRequest(
      'LIMIT_EXCEEDED',
      `You can only modify ${MAX_COMPONENTS} metadata components in one call, not ${list.length}`,
    );
  }
  return list;
}

/** Components whose object is not there read as nothing, as on the platform. */
function read(setup: Setup, kind: ReturnType<typeof kindOf>, fullName: string): Meta | undefined {
  try {
    return kind.read(setup, fullName);
  } catch (error) {
    if (error instanceof SalesforceError) return undefined;
    throw error;
  }
}

function save(setup: Setup, method: string, component: Element): Meta {
  const type = (
    String(component['@type'] ?? '')
      .split(':')
      .pop() ?? ''
  ).trim();
  const fullName = textOf(component.fullName) ?? '';
  let created = false;
  const result = outcome(fullName, () => {
    const kind = kindOf(type);
    if (fullName === '') throw badRequest('REQUIRED_FIELD_MISSING', 'Required field is missing: fullName');
    const { fullName: _, ...meta } = component;
    created = method === 'createMetadata' || (method === 'upsertMetadata' && !kind.exists(setup, fullName));
    (created ? kind.create : kind.update)(setup, fullName, meta);
  });
  return method === 'upsertMetadata' ? { created: created && result.success === true, ...result } : result;
}

function outcome(fullName: string, work: () => void): Meta {
  try {
    work();
    return { fullName, success: true };
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    const { errorCode, message, fields } = error.entry;
    return {
      errors: { ...(fields?.length ? { fields } : {}), message, statusCode: errorCode },
      fullName,
      success: false,
    };
  }
}

/** Components that stand in the file of their object. */
const PARTS = ['CustomField', 'RecordType', 'ValidationRule'];

/** Only custom fields can be renamed here. */
function rename(setup: Setup, args: Element): Meta {
  const [type = '', from = '', to = ''] = [args.type, args.oldFullName, args.newFullName].map(textOf);
  return outcome(to, () => {
    if (type !== 'CustomField') throw badRequest('INVALID_TYPE', `${type} cannot be renamed in this sandbox`);
    renameField(setup, from, to);
  });
}

const FOLDERS: Readonly<Record<string, string>> = {
  AssignmentRules: 'assignmentRules',
  DuplicateRule: 'duplicateRules',
  MatchingRule: 'matchingRules',
  ConnectedApp: 'connectedApps',
  CustomObject: 'objects',
  LeadConvertSettings: 'LeadConvertSettings',
  PermissionSet: 'permissionsets',
};

function list(setup: Setup, type: string): string {
  const stamp = showDatetime(setup.org.now()).replace('+0000', 'Z');
  return kindOf(type)
    .list(setup)
    .map((fullName, i) =>
      toXml('result', {
        createdById: setup.userId,
        createdByName: 'Integration User',
        createdDate: stamp,
        fileName: `${FOLDERS[type] ?? 'objects'}/${PARTS.includes(type) ? `${fullName.split('.')[0]}.object` : fullName}`,
        fullName,
        id: makeId('000', i + 1),
        lastModifiedById: setup.userId,
        lastModifiedByName: 'Integration User',
        lastModifiedDate: stamp,
        manageableState: 'unmanaged',
        type,
      }),
    )
    .join('');
}

function describe(): Meta {
  return {
    metadataObjects: Object.keys(KINDS)
      .filter((name) => !PARTS.includes(name))
      .map((name) => ({
        ...(name === 'CustomObject' ? { childXmlNames: PARTS } : {}),
        directoryName: FOLDERS[name] ?? name,
        inFolder: false,
        metaFile: false,
        suffix: name === 'CustomObject' ? 'object' : name === 'PermissionSet' ? 'permissionset' : name,
        xmlName: name,
      })),
    organizationNamespace: '',
    partialSaveAllowed: true,
    testRequired: false,
  };
}
