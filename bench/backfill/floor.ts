/** A request that moved records, as it was sent. */
export interface Sent {
  readonly origin: string;
  readonly url: string;
  readonly init: { readonly method?: string; readonly headers: Headers; readonly body?: string };
}

/** Requests that move no records: signing in and describing. */
const SET_UP = /\/(oauth2?|describe|properties|userinfo|tooling|Soap)\b/;

/** Does `work` and notes every request that moves records. Both CRM clients send with the global fetch. */
export async function recording<T>(into: Sent[], work: () => Promise<T>): Promise<T> {
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const { origin, pathname } = new URL(url);
    if (/\/(services|crm|marketing)\//.test(pathname) && !SET_UP.test(pathname)) {
      const { method, body } = init ?? {};
      const headers = new Headers(init?.headers);
      const sent = { ...(method ? { method } : {}), headers, ...(typeof body === 'string' ? { body } : {}) };
      into.push({ origin, url, init: sent });
    }
    return real(input, init);
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = real;
  }
}

/** Sends them once more, reads the answers and keeps nothing. @returns seconds. @throws where one is refused */
export async function replay(sent: readonly Sent[]): Promise<number> {
  const startedAt = performance.now();
  const origins = Map.groupBy(sent, ({ origin }) => origin);
  await Promise.all(
    [...origins.values()].map(async (requests) => {
      for (const { url, init } of requests) {
        const response = await fetch(url, init);
        const text = await response.text();
        if (!response.ok) throw new Error(`the floor was answered ${response.status} to ${url}: ${text.slice(0, 200)}`);
        if (text !== '') JSON.parse(text);
      }
    }),
  );
  return (performance.now() - startedAt) / 1000;
}
