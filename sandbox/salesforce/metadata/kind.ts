import { badRequest, type SalesforceError } from '../errors.ts';
import type { Authority } from '../oauth/authority.ts';
import type { Org } from '../org/org.ts';
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
