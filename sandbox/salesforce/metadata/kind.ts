import { badRequest, type SalesforceError } from '../errors.ts';
import type { Authority } from '../oauth/authority.ts';
import type { Org } from '../org/org.ts';
import type { ObjectDef } from '../schema/types.ts';
import type { Meta } from './custom-field.ts';

/** What the components change. */
export interface Setup {
  readonly org: Org;
  readonly authority: Authority;
  /** The user who deploys. */
  readonly userId: string;
}

/** One kind of component. Methods throw SalesforceError where the deployment of the component fails. */
export interface Kind {
  readonly exists: (setup: Setup, fullName: string) => boolean;
  readonly create: (setup: Setup, fullName: string, meta: Meta) => void;
  readonly update: (setup: Setup, fullName: string, meta: Meta) => void;
  readonly remove: (setup: Setup, fullName: string) => void;
  /** Undefined where there is none. */
  readonly read: (setup: Setup, fullName: string) => Meta | undefined;
  readonly list: (setup: Setup) => string[];
}

/** The error of a component that is not there. */
export function notThere(kind: string, fullName: string): SalesforceError {
  return badRequest('INVALID_CROSS_REFERENCE_KEY', `In field: fullName - no ${kind} named ${fullName} found`);
}

/** The object and the last part of a name such as Lead.Rule.  @throws where there is no such object */
export function splitName(setup: Setup, fullName: string): { object: ObjectDef; name: string } {
  const dot = fullName.indexOf('.');
  const object = dot > 0 ? setup.org.schema.object(fullName.slice(0, dot)) : undefined;
  if (!object) {
    throw badRequest(
      'INVALID_CROSS_REFERENCE_KEY',
      `Entity of type CustomObject named ${fullName.slice(0, Math.max(0, dot))} cannot be found`,
    );
  }
  return { object, name: fullName.slice(dot + 1) };
}
