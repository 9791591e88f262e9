import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../model/config-error.ts';

/** A configuration file as text; the part of Sluice it belongs to compiles it. */
export interface ConfigText {
  /** As problems should name it. */
  readonly file: string;
  readonly text: string;
  /** True where it is Sluice's own default and not the vendor's. */
  readonly shipped: boolean;
}

/** The folder that Sluice is installed in: the checkout, or the package. */
export function packageRoot(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) throw new Error('Sluice is installed incompletely: its package.json is missing');
    at = dirname(at);
  }
  return at;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The text of a file; a ConfigError that says why where it cannot be read. */
export function readText(file: string, hint?: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code ?? String(error)}`;
    throw new ConfigError([{ file, message, ...(hint ? { hint } : {}) }]);
  }
}

/** All YAML files under a folder, at any depth, in a stable order. */
export function yamlFilesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
