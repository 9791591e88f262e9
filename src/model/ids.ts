import { createHash } from 'node:crypto';

/** Crockford base 32: no letters that read as digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A stable id from what it stands for: the same parts always give the same id, so that a repeated run makes no second
 * entity. `prefix` says the kind (`ld`, `pe`, `pt`, `of` ...); 80 bits of SHA-256 follow.
 */
export function idOf(prefix: string, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\u0000')).digest();
  let text = '';
  for (let i = 0; i < 10; i += 5) {
    let bits = 0n;
    for (let j = 0; j < 5; j++) bits = (bits << 8n) | BigInt(digest[i + j] ?? 0);
    for (let k = 35n; k >= 0n; k -= 5n) text += ALPHABET[Number((bits >> k) & 31n)];
  }
  return `${prefix}_${text}`;
}
