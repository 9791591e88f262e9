/** Where listening goes on, for all topics in one text: { org, replay: { Lead: base64 } }. Pure. */
import { z } from 'zod';

const saved = z.object({ org: z.string(), replay: z.record(z.string(), z.base64()) });

/**
 * The replay ids by object. Null where the text is none of this org's: then nobody knows what happened meanwhile.
 * @param org 15 characters at least
 */
export function readReplay(text: string | null, org: string): Map<string, string> | null {
  if (text === null) return new Map();
  const parsed = saved.safeParse(parse(text));
  if (!parsed.success || parsed.data.org !== org) return null;
  return new Map(Object.entries(parsed.data.replay));
}

export function writeReplay(ids: ReadonlyMap<string, string>, org: string): string {
  return JSON.stringify({ org, replay: Object.fromEntries([...ids].sort(([a], [b]) => (a < b ? -1 : 1))) });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
