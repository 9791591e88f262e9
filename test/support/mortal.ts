import type { KyselyPlugin, PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely';

class Killed extends Error {}

/** A process that dies at one of the boundaries between it and the world: every statement and every call, before and after. */
export class Mortal implements KyselyPlugin {
  readonly #diesAt: (where: string, place: number) => boolean;
  #isDead = false;
  /** The boundaries passed. */
  readonly passed: string[] = [];

  /** @param diesAt whether it dies at this boundary, `place` being its number */
  constructor(diesAt: (where: string, place: number) => boolean) {
    this.#diesAt = diesAt;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Once dead it does nothing more: no statement, no call, no clearing up. */
  pass(where: string): void {
    if (this.#isDead || this.#diesAt(where, this.passed.length)) {
      this.#isDead = true;
      throw new Killed(`killed at ${where}`);
    }
    this.passed.push(where);
  }

  transformQuery({ node }: PluginTransformQueryArgs): PluginTransformQueryArgs['node'] {
    const text = 'sqlFragments' in node ? node.sqlFragments.join('?') : '';
    this.pass(/from leases/.test(text) ? 'between transactions' : 'before a statement');
    return node;
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<PluginTransformResultArgs['result']> {
    this.pass('after a statement');
    return result;
  }
}
