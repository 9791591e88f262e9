import type { CallClass, OrgIdentity } from '../connector.ts';
import type { HubSpotClient } from './client.ts';
import { paths } from './paths.ts';

interface AccountDetails {
  readonly portalId: number | string;
  readonly companyCurrency?: string;
  readonly uiDomain?: string;
  readonly timeZone?: string;
}

/** Which portal the token leads to. */
export class Account {
  readonly #client: HubSpotClient;
  #details: Promise<AccountDetails> | null = null;
  #portal: string | null = null;

  constructor(client: HubSpotClient) {
    this.#client = client;
  }

  /** Asks anew each time, as it proves that the credentials work. */
  async check(): Promise<OrgIdentity> {
    this.#details = null;
    const { portalId, companyCurrency, uiDomain } = await this.#ask('check');
    return {
      orgId: String(portalId),
      name: uiDomain === undefined ? `HubSpot portal ${portalId}` : `HubSpot portal ${portalId} (${uiDomain})`,
      ...(companyCurrency ? { currency: companyCurrency } : {}),
    };
  }

  async portalId(): Promise<string> {
    return String((await this.#ask('check')).portalId);
  }

  /** The portal's id where an earlier answer told it, else null. */
  get knownPortal(): string | null {
    return this.#portal;
  }

  #ask(kind: CallClass): Promise<AccountDetails> {
    if (this.#details !== null) return this.#details;
    const asked = this.#client.call({ kind, method: 'GET', path: paths.account, repeatable: true, accept: isDetails });
    this.#details = asked;
    asked.then(
      ({ portalId, timeZone }) => {
        this.#portal = String(portalId);
        this.#client.timeZone = timeZone ?? null;
      },
      () => {
        this.#details = null;
      },
    );
    return asked;
  }
}

function isDetails(body: unknown): body is AccountDetails {
  const { portalId } = (body ?? {}) as { portalId?: unknown };
  return typeof portalId === 'number' || typeof portalId === 'string';
}
