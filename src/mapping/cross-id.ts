/** A record id in the form in which ids are compared: of Salesforce's two forms the 18-character one. */
export function canonicalId(crm: string, id: string): string {
  const trimmed = id.trim();
  return crm === 'salesforce' && /^[a-zA-Z0-9]{15}$/.test(trimmed) ? trimmed + caseSuffix(trimmed) : trimmed;
}

/** The three characters that make an id safe where case is lost: each tells which of five characters are capitals. */
function caseSuffix(id: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
  return [0, 5, 10]
    .map((start) => {
      const capitals = [...id.slice(start, start + 5)].reduce(
        (bits, character, index) => (/[A-Z]/.test(character) ? bits | (1 << index) : bits),
        0,
      );
      return alphabet.charAt(capitals);
    })
    .join('');
}
