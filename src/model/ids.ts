import { hash } from 'node:crypto';

/** Crockford base 32: no letters that read as digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A stable id from what it stands for: the same parts always give the same id, so that a repeated run makes no second
 * entity. `prefix` says the kind (`ld`, `pe`, `pt`, `of` ...); 80 bits of SHA-256 follow.
 */
export function idOf(prefix: string, ...parts: readonly string[]): string {
  const digest = hash('sha256', parts.join('\u0000'), 'buffer');
  let text = '';
  // Eight letters of five bits from five bytes, which are too many bits for one whole number of 32.
  for (const at of [0, 5]) {
    const high = digest.readUIntBE(at, 3);
    const low = digest.readUIntBE(at + 2, 3) & 0xfffff;
    for (let shift = 19; shift >= 4; shift -= 5) text += ALPHABET[(high >> shift) & 31];
    for (let shift = 15; shift >= 0; shift -= 5) text += ALPHABET[(low >> shift) & 31];
  }
  return `${prefix}_${text}`;
}
