/**
 * Randomness keyed by (seed, record, event): a draw is a pure function of its key, so the same seed gives the same
 * market whatever the order in which records are met or requests are answered.
 */

/** A number in [0, 1) that depends on the key alone (53 bits, evenly spread). */
export function uniform(seed: number, record: string, event: string): number {
  return new Dice(seed, record).uniform(event);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Spreads every input bit over all 32 output bits. */
function avalanche(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** The draws of one record: each event has its own independent number. */
export class Dice {
  readonly #record: string;
  readonly #high: number;
  readonly #low: number;

  constructor(seed: number, record: string) {
    this.#record = record;
    let high = 0x9e3779b9;
    let low = 0x7f4a7c15;
    const text = `${seed}|${record}|`;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      high = rotate(Math.imul(high ^ code, 0x85ebca6b), 13);
      low = rotate(Math.imul(low ^ code, 0xc2b2ae35), 17);
    }
    this.#high = high;
    this.#low = low;
  }

  /** A number in [0, 1). */
  uniform(event: string): number {
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < event.length; i++) {
      const code = event.charCodeAt(i);
      high = rotate(Math.imul(high ^ code, 0x85ebca6b), 13);
      low = rotate(Math.imul(low ^ code, 0xc2b2ae35), 17);
    }
    high = avalanche(high ^ avalanche(low));
    low = avalanche(low ^ high);
    return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53;
  }

  chance(event: string, probability: number): boolean {
    return this.uniform(event) < probability;
  }

  between(event: string, low: number, high: number): number {
    return low + this.uniform(event) * (high - low);
  }

  /** A whole number from low to high, both included. */
  int(event: string, low: number, high: number): number {
    return low + Math.floor(this.uniform(event) * (high - low + 1));
  }

  /** One of the list; throws on an empty list. */
  pick<T>(event: string, list: readonly T[]): T {
    const index = Math.floor(this.uniform(event) * list.length);
    if (index >= list.length) throw new RangeError(`nothing to pick from for ${this.#record} ${event}`);
    return list[index] as T;
  }

  /** One of the values, each as likely as its weight says; throws on an empty list. */
  weighted<T>(event: string, choices: readonly (readonly [T, number])[]): T {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let rest = this.uniform(event) * total;
    for (const [value, weight] of choices) {
      rest -= weight;
      if (rest < 0) return value;
    }
    const last = choices.at(-1);
    if (last === undefined) throw new RangeError(`nothing to pick from for ${this.#record} ${event}`);
    return last[0];
  }

  /** A draw from the normal distribution with mean 0 and deviation 1. */
  normal(event: string): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform(`${event}/radius`)));
    return radius * Math.cos(2 * Math.PI * this.uniform(`${event}/angle`));
  }

  /** A waiting time with the given mean. */
  exponential(event: string, mean: number): number {
    return -mean * Math.log(1 - this.uniform(event));
  }
}
