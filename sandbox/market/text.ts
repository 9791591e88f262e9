/** How names are written in addresses. */

const germanic: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };
const plain: Record<string, string> = { ß: 'ss', ł: 'l', ø: 'o', æ: 'ae', đ: 'd' };

/** Lower-case letters and digits only; accents fall, German umlauts become two letters where asked for. */
export function slug(text: string, umlauts = false): string {
  const lower = text.toLowerCase();
  const spelt = umlauts ? lower.replace(/[äöüß]/g, (letter) => germanic[letter] ?? letter) : lower;
  return spelt
    .replace(/[ßłøæđ]/g, (letter) => plain[letter] ?? letter)
    .normalize('NFD')
    .replace(/[^a-z0-9]/g, '');
}

/** `base`, or `base` followed by the first number from 2 that makes it new; notes the result as taken. */
export function distinct(taken: Set<string>, base: string, compose: (base: string) => string): string {
  for (let n = 1; ; n++) {
    const candidate = compose(n === 1 ? base : `${base}${n}`);
    if (!taken.has(candidate)) {
      taken.add(candidate);
      return candidate;
    }
  }
}
