/** Randomness by key: a draw depends on the seed and the key alone, whatever was drawn before. */
export class Draws {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Draws of their own for a part. */
  of(part: string): Draws {
    return new Draws(`${this.#prefix}/${part}`);
  }

  /** A number in [0, 1). */
  uniform(key: string): number {
    let hash = 0x811c9dc5;
    for (const character of `${this.#prefix}:${key}`) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
  }

  chance(key: string, probability: number): boolean {
    return this.uniform(key) < probability;
  }

  /** A whole number from low to high, both included. */
  int(key: string, low: number, high: number): number {
    return low + Math.floor(this.uniform(key) * (high - low + 1));
  }

  /** One of the list; undefined of an empty one. */
  pick<T>(key: string, list: readonly T[]): T | undefined {
    return list[Math.floor(this.uniform(key) * list.length)];
  }

  /** One of the names, each as likely as its weight. */
  weighted<Name extends string>(key: string, weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let rest = this.uniform(key) * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    throw new RangeError(`nothing to choose from for ${key}`);
  }
}
