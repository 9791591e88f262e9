/** Legal forms at the end of a name: they say nothing of which company it is. */
const FORMS = new Set(
  (
    'ab ag aktiengesellschaft as asa bhd bv co company corp corporation ek gbr gmbh group holding holdings inc incorporated kg kgaa lda ' +
    'limited llc llp lp ltd ltda mbh nv ohg oy oyj plc pte pty sa sarl sas se sl spa sprl srl ug'
  ).split(' '),
);

/**
 * By what companies are called the same: letters and digits alone, without accents, case and legal forms. Empty: no name.
 * Weak evidence by itself: two companies may well be called alike.
 */
export function companyKey(name: string | null): string {
  const words = (name ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/\./g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ');
  while (words.length > 1 && (FORMS.has(words.at(-1) ?? '') || words.at(-1) === 'and')) words.pop();
  return words.join(' ');
}
