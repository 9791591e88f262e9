import { randomUUID } from 'node:crypto';

/** One entry of the `errors` list of an error body. */
export interface ErrorDetail {
  readonly message: string;
  readonly code?: string;
  readonly in?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

interface ErrorParts {
  readonly category?: string | undefined;
  readonly subCategory?: string | undefined;
  readonly errors?: readonly ErrorDetail[] | undefined;
  readonly context?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly links?: Readonly<Record<string, string>> | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * A refusal in the vendor's shape: {status: "error", message, correlationId, errors?, context?, category?}.
 * Every field but the message may be missing (HubSpot docs, error handling).
 */
export class HubSpotError extends Error {
  readonly status: number;
  readonly parts: ErrorParts;

  constructor(status: number, message: string, parts: ErrorParts = {}) {
    super(message);
    this.status = status;
    this.parts = parts;
  }

  get category(): string {
    return this.parts.category ?? (this.status === 404 ? 'OBJECT_NOT_FOUND' : 'VALIDATION_ERROR');
  }

  /** The body of the whole response. */
  body(correlationId: string = randomUUID()): Record<string, unknown> {
    const { category, subCategory, errors, context, links, extra } = this.parts;
    return {
      status: 'error',
      message: this.message,
      correlationId,
      ...(errors === undefined ? {} : { errors }),
      ...(context === undefined ? {} : { context }),
      ...(links === undefined ? {} : { links }),
      ...(category === undefined ? {} : { category }),
      ...(subCategory === undefined ? {} : { subCategory }),
      ...extra,
    };
  }

  /** The same refusal as one entry of a multi-status (207) body. */
  entry(context: Readonly<Record<string, readonly string[]>> = {}): BatchErrorEntry {
    const merged = { ...this.parts.context, ...context };
    return {
      status: 'error',
      category: this.category,
      ...(this.parts.subCategory === undefined ? {} : { subCategory: this.parts.subCategory }),
      message: this.message,
      context: merged,
      ...(this.parts.errors === undefined ? {} : { errors: this.parts.errors }),
    };
  }
}

export interface BatchErrorEntry {
  readonly status: 'error';
  readonly category: string;
  readonly subCategory?: string;
  readonly message: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly errors?: readonly ErrorDetail[];
}

/** 400 VALIDATION_ERROR with one detail of the same words. */
export function invalid(
  message: string,
  code?: string,
  context?: Readonly<Record<string, readonly string[]>>,
): HubSpotError {
  if (code === undefined && context === undefined)
    return new HubSpotError(400, message, { category: 'VALIDATION_ERROR' });
  const detail = { message, ...(code === undefined ? {} : { code }), ...(context === undefined ? {} : { context }) };
  return new HubSpotError(400, message, { category: 'VALIDATION_ERROR', errors: [detail] });
}

/** The answer to a body that is no JSON or lacks a required attribute (it carries no category). */
export function malformed(reason: string, line = 1, column = 1): HubSpotError {
  return new HubSpotError(400, `Invalid input JSON on line ${line}, column ${column}: ${reason}`);
}

/** The answer to a record, property or pipeline that does not exist. */
export function notFound(
  message = 'resource not found',
  context?: Readonly<Record<string, readonly string[]>>,
): HubSpotError {
  return new HubSpotError(404, message, context === undefined ? {} : { category: 'OBJECT_NOT_FOUND', context });
}
