const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The 18-character form of an id: three characters more that say which of the first fifteen are capitals. */
export function longId(id: string): string {
  if (id.length !== 15) return id;
  const suffix = [0, 5, 10].map((from) => {
    let bits = 0;
    for (let i = 0; i < 5; i += 1) if (/[A-Z]/.test(id[from + i] ?? '')) bits |= 1 << i;
    return SUFFIX[bits];
  });
  return id + suffix.join('');
}
