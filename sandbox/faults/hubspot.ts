import { randomUUID } from 'node:crypto';
import { type Dialect, type Rows, retryAfter, type Words } from './dialect.ts';

const BATCH_WRITE = /^\/+crm\/.*\/batch\/(create|update|upsert)$/i;
/** What HubSpot's migrations are said to ask for at the least. */
const MIGRATION_SECONDS = 5;

const error = (status: number, message: string, more: Readonly<Record<string, unknown>> = {}): Words => ({
  status,
  body: { status: 'error', message, correlationId: randomUUID(), ...more },
});

/** HubSpot's words: {status: "error", message, correlationId, category?}. */
export const hubspot: Dialect = {
  fits: (kind, { method, path }) => kind !== 'partial' || (method === 'POST' && BATCH_WRITE.test(path)),

  answer(fault) {
    switch (fault.kind) {
      case 'unauthorized':
        return error(401, 'The OAuth token used to make this call expired 1 second(s) ago.', {
          category: 'EXPIRED_AUTHENTICATION',
        });
      case 'forbidden':
        return error(
          403,
          "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
          {
            category: 'MISSING_SCOPES',
            errors: [
              {
                message: 'One or more of the following scopes are required.',
                context: { requiredGranularScopes: ['crm.objects.contacts.read'] },
              },
            ],
            links: { scopes: 'https://developers.hubspot.com/scopes' },
          },
        );
      case 'limited': {
        const daily = fault.params.scope === 'daily';
        return {
          ...error(429, `You have reached your ${daily ? 'daily' : 'ten_secondly_rolling'} limit.`, {
            errorType: 'RATE_LIMIT',
            policyName: daily ? 'DAILY' : 'TEN_SECONDLY_ROLLING',
          }),
          headers: retryAfter(fault),
        };
      }
      case 'locked':
        return error(423, 'The resource is locked by another request. Wait at least 2 seconds.', {
          category: 'LOCKED',
        });
      case 'migrating':
        return {
          ...error(477, 'This account is being migrated between data hosting locations.'),
          headers: { 'retry-after': String(fault.params.retryAfterSeconds ?? MIGRATION_SECONDS) },
        };
      default:
        return {
          ...error(fault.params.status ?? 500, 'internal error', { category: 'INTERNAL_ERROR' }),
          headers: retryAfter(fault),
        };
    }
  },

  /** Only where each input has a trace id of its own does a batch fail by rows. */
  rows(_request, body, now): Rows | null {
    const inputs = (body as { inputs?: unknown } | null)?.inputs as { objectWriteTraceId?: unknown }[] | undefined;
    if (!Array.isArray(inputs) || inputs.length === 0) return null;
    const traces = inputs.map(({ objectWriteTraceId }) => objectWriteTraceId);
    if (traces.some((trace) => typeof trace !== 'string') || new Set(traces).size < traces.length) return null;
    return {
      length: inputs.length,
      only: (places) => ({ ...(body as object), inputs: places.map((place) => inputs[place]) }),
      join: (given, refused) => {
        const answer = given?.body as { results?: unknown[]; errors?: unknown[] } | undefined;
        if (given !== null && !Array.isArray(answer?.results)) return given;
        const errors = [...(answer?.errors ?? []), refusedRows(refused.map((place) => String(traces[place])))];
        const at = new Date(now).toISOString();
        const whole = { status: 'COMPLETE', results: [], startedAt: at, completedAt: at, ...answer };
        return { status: 207, headers: given?.headers ?? {}, body: { ...whole, numErrors: errors.length, errors } };
      },
    };
  },
};

/** One entry for all rows of one cause, as HubSpot makes it. */
function refusedRows(traces: readonly string[]) {
  return {
    status: 'error',
    category: 'RATE_LIMITS',
    message: 'Too many requests are changing these objects. Please try again.',
    context: { objectWriteTraceId: traces },
  };
}
