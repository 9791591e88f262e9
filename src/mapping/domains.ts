import { createRequire } from 'node:module';
import { parse } from 'tldts';

let freeMail: ReadonlySet<string> | undefined;

/**
 * The registrable domain ("acme.co.uk") of a website, host or e-mail address. Null where there is none (an IP address, a
 * bare word) and for free-mail providers, whose domain says nothing of the company.
 */
export function companyDomain(text: string): string | null {
  const parsed = parse(text.trim());
  if (parsed.domain === null || parsed.isIp) return null;
  return isFreeMail(parsed.domain) ? null : parsed.domain;
}

/** Whether the domain belongs to a provider of mailboxes for everybody. */
export function isFreeMail(domain: string): boolean {
  freeMail ??= new Set(createRequire(import.meta.url)('email-providers/all.json') as string[]);
  return freeMail.has(domain.toLowerCase());
}
