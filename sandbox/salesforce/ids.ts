/**
 * Salesforce record ids: 15 case-sensitive characters (key prefix, instance, counter in base 62) and their
 * 18-character form, whose last three characters say which of the first fifteen are capitals.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const INSTANCE = '5g0';

/** The three check characters of a 15-character id. */
function checkSuffix(id15: string): string {
  let suffix = '';
  for (let block = 0; block < 3; block++) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const code = id15.charCodeAt(block * 5 + i);
      if (code >= 65 && code <= 90) bits |= 1 << i;
    }
    suffix += SUFFIX[bits];
  }
  return suffix;
}

/** The 18-character id number `counter` of the objects with this key prefix. */
export function makeId(prefix: string, counter: number): string {
  let rest = counter;
  const digits: string[] = [];
  for (let i = 8; i >= 0; i--) {
    digits[i] = DIGITS[rest % 62] ?? '';
    rest = Math.floor(rest / 62);
  }
  const id15 = [prefix, INSTANCE, ...digits].join('');
  // Joined rather than added up: a string in one piece takes a third of the memory.
  return [id15, checkSuffix(id15)].join('');
}

/**
 * The canonical 18-character form of a 15- or 18-character id, or undefined where the text is no id.
 * An 18-character id whose letters lost their case is repaired from its suffix, as the platform does.
 */
export function canonicalId(text: unknown): string | undefined {
  if (typeof text !== 'string' || (text.length !== 15 && text.length !== 18)) return undefined;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const alphanumeric = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    if (!alphanumeric) return undefined;
  }
  if (text.length === 15) return text + checkSuffix(text);
  const suffix = text.slice(15).toUpperCase();
  if (checkSuffix(text) === suffix) return text.slice(0, 15) + suffix;
  let repaired = '';
  for (let block = 0; block < 3; block++) {
    const bits = SUFFIX.indexOf(suffix[block] ?? '');
    if (bits < 0) return undefined;
    for (let i = 0; i < 5; i++) {
      const letter = text[block * 5 + i] ?? '';
      repaired += (bits >> i) & 1 ? letter.toUpperCase() : letter.toLowerCase();
    }
  }
  return checkSuffix(repaired) === suffix ? repaired + suffix : undefined;
}

/** The 15-character form that error messages show. */
export function shortId(id: string): string {
  return id.slice(0, 15);
}
