/** What becomes of a question about who is who, once two of those it names have turned out to be one. Pure. */

/** As the store keeps it: `person` and `candidates` of an identity question, the two `people` of a merge question. */
export type IdentitySubject = Readonly<Record<string, unknown>>;

/**
 * The question with `into` in place of `from`. Null where nothing is left to ask: all that it named are one person now.
 * What it says besides (record, connection) stays.
 */
export function subjectAfterMerge(
  kind: 'identity' | 'merge',
  subject: IdentitySubject,
  into: string,
  from: string,
): IdentitySubject | null {
  const now = (id: string) => (id === from ? into : id);
  if (kind === 'merge') {
    const people = [...new Set(idsIn(subject.people).map(now))];
    return people.length < 2 ? null : { ...subject, people };
  }
  const person = now(String(subject.person));
  const candidates = [...new Set(idsIn(subject.candidates).map(now))].filter((id) => id !== person);
  return candidates.length === 0 ? null : { ...subject, person, candidates };
}

function idsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
