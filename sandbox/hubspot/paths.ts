/**
 * Where each family of endpoints stands. The vendor has every family on a numbered path (v1-v4, ends in 2027) and on
 * dated ones; here each dated release answers as the newest numbered one does.
 */
const DATES = '2025-09|2026-03|2026-09';

const FAMILIES: readonly (readonly [family: string, pattern: RegExp])[] = [
  ['objects', new RegExp(`^/crm/(?:(v3|v4)/objects|objects/(v3|v4|${DATES}))(?=/|$)`)],
  ['associations', new RegExp(`^/crm/(?:(v3|v4)/associations|associations/(v3|v4|${DATES}))(?=/|$)`)],
  ['properties', new RegExp(`^/crm/(?:(v3)/properties|properties/(v3|${DATES}))(?=/|$)`)],
  ['pipelines', new RegExp(`^/crm/(?:(v3)/pipelines|pipelines/(v3|${DATES}))(?=/|$)`)],
  ['owners', new RegExp(`^/crm/(?:(v3)/owners|owners/(v3|${DATES}))(?=/|$)`)],
  ['account', new RegExp(`^/account-info/(?:(v3)|(${DATES}))(?=/|$)`)],
  ['currencies', new RegExp(`^/settings/(?:(v3)/currencies|currencies/(v3|${DATES}))(?=/|$)`)],
  ['campaigns', new RegExp(`^/marketing/(?:(v3)/campaigns|campaigns/(v3|${DATES}))(?=/|$)`)],
  ['webhooks', new RegExp(`^/webhooks/(?:(v3)|(${DATES}))(?=/|$)`)],
  ['oauth', new RegExp(`^/oauth/(?:(v1|v2|v3)|(${DATES}))(?=/|$)`)],
  ['authorize', /^\/oauth(?=\/(?:\d+\/)?authorize$)/],
];

export interface Place {
  readonly family: string;
  readonly version: string;
  /** The decoded rest of the path. */
  readonly segments: readonly string[];
}

/** The family of a path and what follows it, or null where the vendor has nothing there. */
export function locate(path: string): Place | null {
  const clean = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  for (const [family, pattern] of FAMILIES) {
    const match = pattern.exec(clean);
    if (match === null) continue;
    const rest = clean
      .slice(match[0].length)
      .split('/')
      .filter((segment) => segment !== '');
    try {
      return { family, version: match[1] ?? match[2] ?? '', segments: rest.map(decodeURIComponent) };
    } catch {
      return null; // a path that is not percent-encoded text stands nowhere
    }
  }
  return null;
}
