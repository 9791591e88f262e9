import { sharedSources } from './compile-shared.ts';
import type { FieldDescription } from './described.ts';
import { writableKinds } from './invert.ts';
import type { Mapping } from './mapping.ts';
import type { YamlPath } from './yaml-file.ts';

/** A field that Sluice may have to write beside its own, and what would keep it from doing so. */
export interface SharedUse {
  readonly field: string;
  readonly path: YamlPath;
  readonly create: null;
  readonly misfit: (described: FieldDescription) => { message: string; hint?: string } | null;
}

/** The fields that the mapping shares with the CRM, and those that it fills where it makes a record. */
export function sharedUses(mapping: Mapping): SharedUse[] {
  const shared = sharedSources(mapping).map((source): SharedUse => {
    const [field = ''] = source.fields;
    return {
      field,
      path: [...source.path, 'policy'],
      create: null,
      misfit: (described) => {
        const kinds = writableKinds(source);
        if (!kinds.includes(described.kind)) {
          return {
            message: `${field} is a ${described.kind} field, into which ${source.property} cannot be written back`,
            hint: `leave "policy" out, or name a field of kind ${kinds.join(' or ')}`,
          };
        }
        return readOnly(field, described);
      },
    };
  });
  const filled = Object.keys(mapping.creates?.defaults ?? {}).map(
    (field): SharedUse => ({
      field,
      path: ['onCreate', field],
      create: null,
      misfit: (described) => readOnly(field, described),
    }),
  );
  return [...shared, ...filled];
}

function readOnly(field: string, described: FieldDescription): { message: string; hint: string } | null {
  if (described.writable && described.calculated !== true) return null;
  return {
    message: `${field} cannot be written`,
    hint: 'give the connected user edit access to the field, or leave it to the CRM',
  };
}
