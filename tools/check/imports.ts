/** The import rules of .dependency-cruiser.cjs, asked of a folder. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runPackage } from './run.ts';

/** Folders that hold sources of ours. */
const FOLDERS = ['src', 'connectors', 'sandbox', 'console', 'bench', 'test', 'tools'];

interface Violation {
  readonly rule: string;
  readonly comment: string;
  readonly from: string;
  /** The imported file; of a circle all its files in turn. */
  readonly to: string;
}

export interface Cruise {
  readonly violations: readonly Violation[];
  /** Sources that the cruise did not look at: a cruise that sees nothing finds nothing. */
  readonly unseen: readonly string[];
  readonly files: number;
  /** Names of all rules. */
  readonly rules: readonly string[];
}

interface CruiseResult {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
      readonly cycle?: readonly { readonly name: string }[];
    }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string; readonly comment: string }[] };
  };
}

/** Cruises the sources under `folder`. @throws with the tool's own words where it cannot */
export async function cruise(folder: string): Promise<Cruise> {
  const folders = FOLDERS.filter((name) => existsSync(join(folder, name)));
  const sources = folders.flatMap((name) => sourcesIn(folder, name));
  const ran = await runPackage(
    'dependency-cruiser',
    'depcruise',
    ['--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...folders],
    { cwd: folder },
  );
  if (!ran.stdout.startsWith('{')) throw new Error(`dependency-cruiser does not run: ${ran.stderr || ran.stdout}`);
  const { modules, summary } = JSON.parse(ran.stdout) as CruiseResult;
  const comments = new Map(summary.ruleSetUsed.forbidden.map((rule) => [rule.name, rule.comment]));
  const seen = new Set(modules.map((module) => module.source));
  return {
    violations: summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      comment: comments.get(rule.name) ?? '',
      from,
      to: cycle?.map((step) => step.name).join(' -> ') ?? to,
    })),
    unseen: sources.filter((source) => !seen.has(source)),
    files: sources.length,
    rules: [...comments.keys()],
  };
}

function sourcesIn(folder: string, name: string): string[] {
  return readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => `${name}/${file.replaceAll('\\', '/')}`);
}
