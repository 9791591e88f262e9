import { expect } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { compileMapping } from '../../src/mapping/compile.ts';
import type { FieldDescription, FieldKind, ObjectDescription } from '../../src/mapping/described.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { fieldsOf } from '../../src/mapping/mapping.ts';
import { ConfigError, describeProblem } from '../../src/model/config-error.ts';

let shipped: readonly Mapping[] | undefined;

/** The mappings that Sluice ships. */
export function shippedMappings(): readonly Mapping[] {
  shipped ??= loadConfig('config', {}).mappings;
  return shipped;
}

/** The shipped mapping in the file of that name, such as `salesforce/lead`. */
export function shippedMapping(name: string): Mapping {
  const found = shippedMappings().find((mapping) => mapping.file.endsWith(`${name}.yaml`));
  if (!found) throw new Error(`no mapping ${name}`);
  return found;
}

export function compile(...lines: string[]): Mapping {
  return compileMapping('test.yaml', lines.join('\n'));
}

/** The problems that `run` throws, as people read them. */
export function problemsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof ConfigError ? error.problems.map(describeProblem) : [];
  }
  return [];
}

export function field(name: string, kind: FieldKind, about: Partial<FieldDescription> = {}): FieldDescription {
  return { name, label: name, kind, writable: true, unique: false, ...about };
}

/** A description in which every field the mapping uses is of the right kind, but for what `change` says. */
export function fittingDescription(
  mapping: Mapping,
  kinds: Readonly<Record<string, FieldKind>>,
  change: Readonly<Record<string, Partial<FieldDescription> | null>> = {},
): ObjectDescription {
  const fields = fieldsOf(mapping).flatMap((name) => {
    const write = mapping.writes.find((candidate) => candidate.field === name);
    const about = change[name];
    if (about === null) return [];
    const kind = kinds[name] ?? write?.create?.kind ?? 'text';
    const unique = write?.create?.unique ?? false;
    return [field(name, kind, { unique, ...about })];
  });
  return { object: mapping.object, label: mapping.object, fields };
}
