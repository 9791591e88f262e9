import type { ConnectorPorts, Tokens } from '../connector.ts';

/** Tokens that can be used: an access token is there. */
export type LiveTokens = Tokens & { readonly accessToken: string };

/** A token within this many milliseconds of its end is replaced before it is used, so that no call is wasted on it. */
const MARGIN_MS = 30_000;

function isLive(tokens: Tokens | null, now: number): tokens is LiveTokens {
  if (tokens?.accessToken === undefined) return false;
  return tokens.expiresAt === undefined || Date.parse(tokens.expiresAt) - MARGIN_MS > now;
}

/**
 * The access token of one portal. There is one refresh at a time among all callers here (one promise) and among all
 * processes (the token store's lock); whoever waited takes what the other got, and what is granted is saved before
 * it is used.
 */
export class Session {
  readonly #ports: ConnectorPorts;
  readonly #initial: Tokens | null;
  readonly #grant: (stored: Tokens | null) => Promise<LiveTokens>;
  #current: Tokens | null = null;
  #loaded = false;
  #renewal: Promise<LiveTokens> | null = null;

  /**
   * @param initial tokens that the settings name, used where the store has none
   * @param grant asks HubSpot for new tokens, given what the store holds
   */
  constructor(ports: ConnectorPorts, initial: Tokens | null, grant: (stored: Tokens | null) => Promise<LiveTokens>) {
    this.#ports = ports;
    this.#initial = initial;
    this.#grant = grant;
  }

  /** Tokens that should work now, renewed first where their time has passed. */
  async live(): Promise<LiveTokens> {
    if (!this.#loaded) {
      this.#current = (await this.#ports.tokens.load()) ?? this.#initial;
      this.#loaded = true;
    }
    const current = this.#current;
    return isLive(current, this.#ports.now()) ? current : this.renew(current?.accessToken);
  }

  /** New tokens in place of the access token `rejected`. */
  renew(rejected: string | undefined): Promise<LiveTokens> {
    const current = this.#current;
    if (isLive(current, this.#ports.now()) && current.accessToken !== rejected) return Promise.resolve(current);
    this.#renewal ??= this.#renew(rejected).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(rejected: string | undefined): Promise<LiveTokens> {
    const tokens = await this.#ports.tokens.exclusively(async () => {
      const stored = await this.#ports.tokens.load();
      if (isLive(stored, this.#ports.now()) && stored.accessToken !== rejected) return stored;
      const granted = await this.#grant(stored);
      await this.#ports.tokens.save(granted);
      return granted;
    });
    this.#current = tokens;
    return tokens;
  }
}
