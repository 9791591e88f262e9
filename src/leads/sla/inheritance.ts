import { suggestion } from '../../mapping/yaml-file.ts';
import type { RuleFile } from '../rule-file.ts';

/**
 * The entries of a section with the entry that each is `like`, bases first. An entry that is like an unknown one, or in
 * the end like itself, is a problem of the file, and stands on nothing.
 */
export function inheritance(
  source: RuleFile<unknown>,
  section: string,
  entries: Readonly<Record<string, { readonly like?: string | undefined }>>,
): Map<string, string | null> {
  const ordered = new Map<string, string | null>();
  const visit = (name: string, below: readonly string[]): void => {
    if (ordered.has(name)) return;
    const like = entries[name]?.like;
    const path = [section, name, 'like'];
    if (like === undefined) ordered.set(name, null);
    else if (!Object.hasOwn(entries, like)) {
      source.problem(path, `there is nothing called "${like}" in ${section}`, suggestion(like, Object.keys(entries)));
      ordered.set(name, null);
    } else if ([...below, name].includes(like)) {
      const circle = [...below, name].slice([...below, name].indexOf(like));
      source.problem(
        path,
        `circular fall-back: ${[...circle, like].join(' is like ')}`,
        'one of them must say all by itself',
      );
      ordered.set(name, null);
    } else {
      visit(like, [...below, name]);
      ordered.set(name, like);
    }
  };
  for (const name of Object.keys(entries)) visit(name, []);
  return ordered;
}
