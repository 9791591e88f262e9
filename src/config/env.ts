import type { YamlFile, YamlPath } from '../mapping/yaml-file.ts';
import type { ConfigProblem } from '../model/config-error.ts';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces every `${NAME}` in the texts of a configuration by the environment's value, so that secrets need not stand in
 * files. A name that is unset, or blank, is a problem at its place.
 */
export function expandEnv(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  problemAt: YamlFile<unknown>['problemAt'],
): { value: unknown; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const expand = (at: unknown, path: YamlPath): unknown => {
    if (typeof at === 'string') {
      return at.replace(REFERENCE, (reference, name: string) => {
        const found = env[name];
        if (found) return found;
        problems.push(
          problemAt(path, `the environment variable ${name} is not set`, {
            hint: `set it, or write the value here in place of ${reference}`,
          }),
        );
        return '';
      });
    }
    if (Array.isArray(at)) return at.map((item, index) => expand(item, [...path, index]));
    if (at !== null && typeof at === 'object') {
      return Object.fromEntries(Object.entries(at).map(([key, item]) => [key, expand(item, [...path, key])]));
    }
    return at;
  };
  return { value: expand(value, []), problems };
}
