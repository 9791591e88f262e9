import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document } from 'yaml';
import { packageRoot } from '../config/files.ts';
import { RULE_FILES } from '../config/load.ts';

/** What a ready sandbox says of itself: the line that `sluice sandbox` prints. */
export interface SandboxAddress {
  /** `pubSub`: host:port of its change events, empty where it tells none. */
  readonly salesforce: Credentials & { readonly pubSub?: string };
  /** `appId`: the app that its events are signed for; `serviceKey`: what somebody else than the app changes records with. */
  readonly hubspot: Credentials & { readonly appId?: number; readonly serviceKey?: string };
  readonly control: { readonly url: string };
}
export interface Credentials {
  readonly url: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Makes a configuration folder for a sandbox that every command accepts: Sluice's own rules and mappings, ready to be edited.
 * `reads`: what is read beside the usual.
 */
export function writeConfig(dir: string, sandbox: SandboxAddress, vendor: string, reads: readonly string[] = []): void {
  mkdirSync(dir, { recursive: true });
  const shipped = packageRoot();
  for (const file of [...RULE_FILES.map((name) => `${name}.yaml`), 'holidays', 'schemas']) {
    cpSync(join(shipped, 'config', file), join(dir, file), { recursive: true });
  }
  cpSync(join(shipped, 'mappings'), join(dir, 'mappings'), { recursive: true });
  const connection = (kind: string, type: string, given: Credentials) => ({
    kind,
    url: given.url,
    sandbox: true,
    auth: {
      type,
      clientId: given.clientId,
      clientSecret: given.clientSecret,
      refreshToken: given.refreshToken,
      accessToken: given.accessToken,
    },
  });
  const document = new Document({
    vendor: { name: vendor, currency: 'USD' },
    connections: {
      salesforce: {
        ...connection('salesforce', 'refresh_token', sandbox.salesforce),
        ...(sandbox.salesforce.pubSub ? { events: { url: sandbox.salesforce.pubSub } } : {}),
      },
      hubspot: {
        ...connection('hubspot', 'oauth', sandbox.hubspot),
        ...(sandbox.hubspot.appId === undefined
          ? {}
          : { webhooks: { clientSecret: sandbox.hubspot.clientSecret, appId: sandbox.hubspot.appId } }),
      },
    },
    ...(reads.length > 0 ? { reads } : {}),
    database: { embedded: 'database' },
    clock: { url: `${sandbox.control.url}/time` },
  });
  document.commentBefore = ' Written by `sluice sandbox`: the credentials belong to an emulated CRM and die with it.';
  // Readable by this user alone, as a file with real credentials would have to be.
  writeFileSync(join(dir, 'sluice.yaml'), document.toString(), { mode: 0o600 });
}
