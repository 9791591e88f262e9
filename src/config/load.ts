/**
 * The configuration folder (`--config DIR`): sluice.yaml with the connections and the place of the data, beside it the
 * rules (intake, scoring, routing, sla, programmes, attribution, reconcile, funds, ledger), rates.csv and the mappings. What DIR does not hold comes from Sluice's own defaults.
 */
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { compileMappings } from '../mapping/compile.ts';
import { applicable, type Mapping } from '../mapping/mapping.ts';
import { nearest, readYamlFile, suggestion, type YamlFile, type YamlPath } from '../mapping/yaml-file.ts';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import { expandEnv } from './env.ts';
import { type ConfigText, isFolder, packageRoot, readText, yamlFilesUnder } from './files.ts';
import { type HolidayFile, holidayFiles } from './holidays.ts';
import { type SluiceDocument, sluiceSchema } from './schema.ts';

/** The files of rules; each is compiled by the part of Sluice that works by it. */
export const RULE_FILES = [
  'intake',
  'scoring',
  'routing',
  'sla',
  'feedback',
  'matching',
  'programmes',
  'deals',
  'attribution',
  'funds',
  'ledger',
  'scorecard',
  'reconcile',
  'reports',
] as const;
export type RuleFile = (typeof RULE_FILES)[number];

/** One CRM to connect to. */
export interface ConnectionConfig {
  readonly name: string;
  /** Which connector. */
  readonly kind: string;
  /** The share of the org's daily API calls that Sluice may make, of 1. */
  readonly budget: { readonly dailyShare: number };
  /** All other keys, references filled in; the connector's own schema checks them. They hold secrets: never log them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A problem at a path within `settings`, with its line and column in sluice.yaml. */
  readonly problemAt: (path: YamlPath, message: string, options?: { hint?: string; key?: boolean }) => ConfigProblem;
}

export interface Config {
  /** The folder as it was named. */
  readonly dir: string;
  readonly vendor: SluiceDocument['vendor'];
  /** In the order of the file: where two state the same fact, the first wins. */
  readonly connections: readonly ConnectionConfig[];
  /** The absolute path of the embedded database, or the URL of a server. */
  readonly database: { readonly embedded: string } | { readonly url: string };
  /** Where a sandbox's clock is asked; null: the wall clock. */
  readonly clock: { readonly url: string } | null;
  readonly server: SluiceDocument['server'];
  readonly mail: SluiceDocument['mail'];
  readonly webhooks: SluiceDocument['webhooks'];
  readonly links: SluiceDocument['links'];
  readonly schedule: SluiceDocument['schedule'];
  readonly sweep: SluiceDocument['sweep'];
  /** Those that apply with these connections. */
  readonly mappings: readonly Mapping[];
  readonly rules: Readonly<Record<RuleFile, ConfigText>>;
  /** Exchange rates, where the folder has a file of them. */
  readonly rates: ConfigText | null;
  /** What calendars of sla.yaml may name. */
  readonly holidays: readonly HolidayFile[];
  /** What an admin may want to know: which defaults stand in, which files are not read. */
  readonly notices: readonly string[];
}

/**
 * Loads the configuration folder `dir`. Throws a ConfigError with all problems found, each naming file, line and column;
 * the rule files are only read here, not yet checked.
 */
export function loadConfig(dir: string, env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const file = join(dir, 'sluice.yaml');
  if (!isFolder(dir)) {
    throw new ConfigError([{ file: dir, message: 'there is no such configuration folder', hint: HOW_TO_MAKE_ONE }]);
  }
  const yaml = readYamlFile(file, readText(file, HOW_TO_MAKE_ONE), sluiceSchema, (value, problemAt) =>
    expandEnv(value, env, problemAt),
  );
  const rules = ruleFiles(dir);
  const mappings = mappingFiles(dir, yaml);
  const compiled = compileMappings(mappings.files);
  const document = yaml.value;
  const connections = connectionsOf(yaml, compiled);
  return {
    dir,
    vendor: document.vendor,
    connections,
    database: databaseOf(dir, document, env),
    clock: document.clock ?? null,
    server: document.server,
    mail: document.mail,
    webhooks: document.webhooks,
    links: linksOf(yaml),
    schedule: document.schedule,
    sweep: document.sweep,
    mappings: applicable(
      compiled,
      connections.map(({ kind }) => kind),
      readsOf(yaml, compiled),
    ),
    rules,
    rates: existsSync(join(dir, 'rates.csv'))
      ? { file: join(dir, 'rates.csv'), text: readText(join(dir, 'rates.csv')), shipped: isShippedFolder(dir) }
      : null,
    holidays: holidayFiles(dir),
    notices: [
      ...RULE_FILES.filter((name) => rules[name].shipped && !isShippedFolder(dir)).map(
        (name) => `${join(dir, `${name}.yaml`)} is absent: Sluice's own ${name}.yaml applies`,
      ),
      ...(mappings.shipped && !isShippedFolder(dir)
        ? [`${join(dir, 'mappings')} is absent: Sluice's own mappings apply`]
        : []),
      ...strayFiles(dir),
    ],
  };
}

const HOW_TO_MAKE_ONE = '"sluice sandbox --write-config DIR" makes one that points to a sandbox';

/** The files of rules of a folder, each its own or Sluice's. */
export function ruleFiles(dir: string): Record<RuleFile, ConfigText> {
  const found = RULE_FILES.map((name): [RuleFile, ConfigText] => {
    const own = join(dir, `${name}.yaml`);
    const shipped = !existsSync(own) || isShippedFolder(dir);
    const file = existsSync(own) ? own : join(packageRoot(), 'config', `${name}.yaml`);
    return [name, { file, text: readText(file), shipped }];
  });
  return Object.fromEntries(found) as Record<RuleFile, ConfigText>;
}

function mappingFiles(dir: string, yaml: YamlFile<SluiceDocument>): { files: ConfigText[]; shipped: boolean } {
  const named = yaml.value.mappings;
  const beside = join(dir, 'mappings');
  const folder = named === undefined ? beside : isAbsolute(named) ? named : join(dir, named);
  const shipped = named === undefined && !isFolder(beside);
  if (!shipped && !isFolder(folder)) {
    throw new ConfigError([
      yaml.problemAt(['mappings'], `there is no folder ${folder}`, {
        hint: `leave "mappings" out to use Sluice's own, or copy ${join(packageRoot(), 'mappings')} there`,
      }),
    ]);
  }
  const files = yamlFilesUnder(shipped ? join(packageRoot(), 'mappings') : folder);
  if (files.length === 0) {
    throw new ConfigError([{ file: folder, message: 'holds no mapping file', hint: 'a mapping file ends in .yaml' }]);
  }
  return { files: files.map((file) => ({ file, text: readText(file), shipped })), shipped };
}

/** What is read beside the usual. Throws a ConfigError for a word that no mapping file knows. */
function readsOf(yaml: YamlFile<SluiceDocument>, mappings: readonly Mapping[]): readonly string[] {
  const known = [...new Set(mappings.flatMap((mapping) => mapping.with ?? []))].sort();
  const problems = yaml.value.reads.flatMap((word, place) => {
    if (known.includes(word)) return [];
    const hint = suggestion(word, known);
    const message = `no mapping file is read "with: ${word}"`;
    return [yaml.problemAt(['reads', place], message, hint ? { hint } : {})];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return yaml.value.reads;
}

function connectionsOf(yaml: YamlFile<SluiceDocument>, mappings: readonly Mapping[]): ConnectionConfig[] {
  const kinds = [...new Set(mappings.map((mapping) => mapping.crm))];
  const problems: ConfigProblem[] = [];
  const connections = Object.entries(yaml.value.connections).map(
    ([name, { kind, budget, ...settings }]): ConnectionConfig => {
      if (!kinds.includes(kind)) {
        const hint = suggestion(kind, kinds);
        problems.push(
          yaml.problemAt(['connections', name, 'kind'], `no mapping is for the CRM "${kind}"`, hint ? { hint } : {}),
        );
      }
      const problemAt: ConnectionConfig['problemAt'] = (path, message, options) =>
        yaml.problemAt(['connections', name, ...path], message, options);
      return { name, kind, budget, settings, problemAt };
    },
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return connections;
}

/** Links lead somewhere only where it is known under which address partners reach this server. */
function linksOf(yaml: YamlFile<SluiceDocument>): SluiceDocument['links'] {
  const { links, server } = yaml.value;
  if (links === undefined || server.publicUrl !== undefined) return links;
  const hint = 'give `server` a `publicUrl`, or take `links` out';
  throw new ConfigError([yaml.problemAt(['links'], 'it is not known where links should lead', { hint, key: true })]);
}

function databaseOf(
  dir: string,
  document: SluiceDocument,
  env: Readonly<Record<string, string | undefined>>,
): Config['database'] {
  if (env.DATABASE_URL) return { url: env.DATABASE_URL };
  return 'url' in document.database ? document.database : { embedded: resolve(dir, document.database.embedded) };
}

function isShippedFolder(dir: string): boolean {
  return resolve(dir) === join(packageRoot(), 'config');
}

/** Files that look like configuration but are read by nobody: most often a name with a slip of the pen. */
function strayFiles(dir: string): string[] {
  const known = ['sluice.yaml', ...RULE_FILES.map((name) => `${name}.yaml`)];
  return readdirSync(dir)
    .filter((name) => /\.ya?ml$/.test(name) && !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `${join(dir, name)} is not read${near ? `: did you mean ${near}?` : ''}`;
    });
}
