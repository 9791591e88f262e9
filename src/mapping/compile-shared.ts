/** What is to be said against the parts of a mapping that write into fields that people also write, or that make records. */
import type { ConfigProblem } from '../model/config-error.ts';
import { whyNotInvertible } from './invert.ts';
import { keyOf, type Mapping, type SourceField } from './mapping.ts';
import type { MappingDocument } from './schema.ts';

/** The sources of a mapping whose field Sluice may write, too. */
export function sharedSources(mapping: Mapping): SourceField[] {
  return mapping.sources.filter((source) => source.policy !== 'crm');
}

/** A policy on what cannot be written back, or on one field under two names. */
export function sharedProblems(mapping: Mapping): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const sharedAs = new Map<string, string>();
  for (const source of sharedSources(mapping)) {
    const at = [...source.path, 'policy'];
    const why = whyNotInvertible(source);
    if (why !== null) {
      problems.push(mapping.problemAt(at, why.message, { hint: why.hint }));
      continue;
    }
    const [field = ''] = source.fields;
    const other = sharedAs.get(field);
    if (other !== undefined) {
      problems.push(
        mapping.problemAt(at, `${field} is shared twice, as ${other} and as ${source.property}`, {
          hint: 'give one of them no policy: it is then only read',
        }),
      );
    }
    sharedAs.set(field, source.property);
  }
  return problems;
}

/** `match` and `onCreate` without `creates`, keys that cannot be asked by, a record without a key to write it by. */
export function createProblems(mapping: Mapping, document: MappingDocument): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (document.creates === undefined) {
    for (const key of ['match', 'onCreate'] as const) {
      if (document[key] !== undefined) {
        problems.push(mapping.problemAt([key], `"${key}" goes with "creates: leads"`, { key: true }));
      }
    }
    return problems;
  }
  if (keyOf(mapping) === null) {
    problems.push(
      mapping.problemAt(['creates'], 'a record is made by its unique key, and "writes" names no linkId', {
        hint: 'without the unique key a repeated write could make a second record',
      }),
    );
  }
  for (const [place, property] of (document.match ?? []).entries()) {
    const source = mapping.sources.find((each) => each.property === property);
    const why = source === undefined ? `"fields" does not name ${property}` : whyNotInvertible(source)?.message;
    if (why !== undefined) {
      problems.push(
        mapping.problemAt(['match', place], `records cannot be asked for by ${property}: ${why}`, {
          hint: 'match by a property that is read from one field as it is, such as email',
        }),
      );
    }
  }
  if (document.match === undefined) {
    problems.push(
      mapping.problemAt(['creates'], '"creates" needs "match": by what is a record found that is there already?', {
        hint: 'match: [email]',
      }),
    );
  }
  return problems;
}
