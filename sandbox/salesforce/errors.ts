/** One entry of a Salesforce error answer. `fields` is present only where the vendor names fields. */
interface ErrorEntry {
  readonly errorCode: string;
  readonly message: string;
  readonly fields?: readonly string[];
  /** What a duplicate rule found; the vendor really spells it so. */
  readonly duplicateResut?: unknown;
}

/** An answer of the API that is an error: HTTP status and the array body of the vendor. */
export class SalesforceError extends Error {
  readonly status: number;
  readonly entry: ErrorEntry;

  /** @param detail more members of the entry, beside code, message and fields */
  constructor(
    status: number,
    errorCode: string,
    message: string,
    fields?: readonly string[],
    detail: Partial<ErrorEntry> = {},
  ) {
    super(message);
    this.name = errorCode;
    this.status = status;
    this.entry = { ...detail, errorCode, message, ...(fields === undefined ? {} : { fields }) };
  }
}

/** 404 for a path or a record that is not there. */
export function notFound(message = 'The requested resource does not exist'): SalesforceError {
  return new SalesforceError(404, 'NOT_FOUND', message);
}

/** 400 with the given code. */
export function badRequest(errorCode: string, message: string, fields?: readonly string[]): SalesforceError {
  return new SalesforceError(400, errorCode, message, fields);
}

/** 405: the resource exists and does not answer this method. */
export function methodNotAllowed(method: string, allowed: string): SalesforceError {
  return new SalesforceError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allowed}`);
}
