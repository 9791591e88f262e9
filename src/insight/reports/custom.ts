/** `config/reports.yaml`: reports of the vendor's own, and which reports are mailed to whom. Pure. */
import { z } from 'zod';
import { readYamlFile, suggestion, type YamlFile, type YamlPath } from '../../mapping/yaml-file.ts';
import { ConfigError, type ConfigProblem } from '../../model/config-error.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';
import { DATASETS, type Dataset } from './datasets.ts';
import { FACT_NAMES, type FactName } from './facts.ts';
import { datesOf, PERIOD_WORDS } from './period.ts';
import type { Filter, Sort } from './query.ts';
import { type ScheduledReport, scheduleProblems, scheduleSchema } from './schedule.ts';

const words = z.union([z.string(), z.array(z.string()).min(1, 'name at least one value')]);
const filter = z.union([words, z.strictObject({ not: words })]);

const customSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'a report is named in lower case letters, digits and hyphens')
    .describe('As it is asked for: `sluice report NAME`.'),
  title: z.string().min(1).max(100).optional(),
  about: z.string().max(300).default('').describe('What question it answers.'),
  dataset: z.string().describe(`What it is of: ${FACT_NAMES.join(', ')}.`),
  by: z
    .array(z.string())
    .max(4, 'at most four dimensions')
    .default([])
    .describe('The dimensions that it groups by, up to four.'),
  measures: z.array(z.string()).min(1, 'name at least one measure').max(20).describe('The figures it shows.'),
  where: z
    .record(z.string(), filter)
    .default({})
    .describe(
      'A dimension to the value, or values, that it must have; `not` for those it must not have. "" is what is not known.',
    ),
  sort: z.string().optional().describe('A measure or dimension; with a leading "-" the most first.'),
  limit: z.number().int().min(1).max(10_000).optional().describe('Rows shown; totals are of all.'),
  period: z.string().optional().describe(`Where nobody asks for another one: ${PERIOD_WORDS}.`),
});

export const reportsSchema = z.strictObject({
  reports: z.array(customSchema).default([]).describe('Reports of your own.'),
  schedule: z.array(scheduleSchema).default([]).describe('Reports that are mailed.'),
});

type Document = z.infer<typeof reportsSchema>;
type Custom = Document['reports'][number];

/** What `config/reports.yaml` says. */
export interface ReportsConfig {
  readonly custom: readonly CatalogueEntry[];
  readonly schedule: readonly ScheduledReport[];
}

/** Checks the text of `reports.yaml`. Throws a ConfigError naming file, line, column and the nearest word that there is. `hasMail`: whether reports can be mailed. */
export function compileReports(file: string, text: string, hasMail = true): ReportsConfig {
  const yaml = readYamlFile(file, text, reportsSchema);
  const taken = new Set(['check', 'feedback', 'schedule', ...CATALOGUE.map(({ name }) => name)]);
  const problems: ConfigProblem[] = [];
  const custom = yaml.value.reports.flatMap((report, place) => {
    const path: YamlPath = ['reports', place];
    if (taken.has(report.name))
      problems.push(yaml.problemAt([...path, 'name'], `there is a report "${report.name}" already`));
    taken.add(report.name);
    const compiled = compile(yaml, path, report);
    problems.push(...compiled.problems);
    return compiled.entry === null ? [] : [compiled.entry];
  });
  problems.push(
    ...scheduleProblems(
      yaml,
      yaml.value.schedule,
      [...taken].filter((name) => name !== 'check' && name !== 'schedule'),
    ),
  );
  if (!hasMail && yaml.value.schedule.length > 0)
    problems.push(
      yaml.problemAt(['schedule'], 'there is no way to mail reports', {
        key: true,
        hint: 'name `mail` in sluice.yaml',
      }),
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return { custom, schedule: yaml.value.schedule };
}

function compile(
  yaml: YamlFile<Document>,
  path: YamlPath,
  report: Custom,
): { readonly entry: CatalogueEntry | null; readonly problems: readonly ConfigProblem[] } {
  const name = FACT_NAMES.find((each) => each === report.dataset);
  if (name === undefined)
    return { entry: null, problems: [unknown(yaml, [...path, 'dataset'], 'dataset', report.dataset, FACT_NAMES)] };
  const dataset = DATASETS[name];
  const problems = [
    ...report.by.flatMap((each, n) => wrong(yaml, [...path, 'by', n], dataset, 'dimension', each)),
    ...twice(yaml, [...path, 'by'], report.by),
    ...report.measures.flatMap((each, n) => wrong(yaml, [...path, 'measures', n], dataset, 'measure', each)),
    ...twice(yaml, [...path, 'measures'], report.measures),
    ...Object.keys(report.where).flatMap((each) => wrongFilter(yaml, [...path, 'where', each], dataset, each)),
    ...wrongSort(yaml, [...path, 'sort'], report),
    ...(report.period === undefined || datesOf(report.period, '2026-01-01') !== null
      ? []
      : [yaml.problemAt([...path, 'period'], `"${report.period}" is no period`, { hint: PERIOD_WORDS })]),
  ];
  return { entry: problems.length > 0 ? null : entryOf(name, dataset, report), problems };
}

function entryOf(name: FactName, dataset: Dataset, report: Custom): CatalogueEntry {
  const title = report.title ?? report.name;
  const sort: Sort[] = report.sort
    ? [{ by: report.sort.replace(/^-/, ''), descending: report.sort.startsWith('-') }]
    : [];
  const options = (['partner', 'campaign', 'model'] as const).filter((each) => dataset.dimensions.has(each));
  return {
    name: report.name,
    title,
    about: report.about,
    options: ['period', ...options],
    ...(report.period === undefined ? {} : { period: report.period }),
    tables: [
      {
        name: 'rows',
        title,
        dataset: name,
        by: report.by,
        measures: report.measures,
        where: Object.entries(report.where).map(([dimension, value]) => filterOf(dimension, value)),
        sort,
        ...(report.limit === undefined ? {} : { limit: report.limit }),
      },
    ],
  };
}

function filterOf(dimension: string, value: z.infer<typeof filter>): Filter {
  const isNot = typeof value === 'object' && !Array.isArray(value);
  const given = isNot ? value.not : value;
  return { dimension, values: typeof given === 'string' ? [given] : given, not: isNot };
}

function wrong(
  yaml: YamlFile<Document>,
  path: YamlPath,
  dataset: Dataset,
  what: 'dimension' | 'measure',
  word: string,
): ConfigProblem[] {
  const known = what === 'dimension' ? dataset.dimensions : dataset.measures;
  return known.has(word) ? [] : [unknown(yaml, path, `${what} of ${dataset.name}`, word, [...known.keys()])];
}

function wrongFilter(yaml: YamlFile<Document>, path: YamlPath, dataset: Dataset, word: string): ConfigProblem[] {
  const known = [...dataset.dimensions.values()].filter(({ period }) => period === null).map(({ name }) => name);
  if (known.includes(word)) return [];
  if (dataset.dimensions.has(word))
    return [
      yaml.problemAt(path, `"${word}" is no filter`, {
        key: true,
        hint: 'give the report a `period`, or ask it with --from and --to',
      }),
    ];
  return [unknown(yaml, path, `dimension of ${dataset.name}`, word, known, true)];
}

function wrongSort(yaml: YamlFile<Document>, path: YamlPath, { sort, by, measures }: Custom): ConfigProblem[] {
  const known = [...measures, ...by];
  const word = sort?.replace(/^-/, '');
  return word === undefined || known.includes(word) ? [] : [unknown(yaml, path, 'column of the report', word, known)];
}

function twice(yaml: YamlFile<Document>, path: YamlPath, list: readonly string[]): ConfigProblem[] {
  return list.flatMap((each, n) =>
    list.indexOf(each) < n ? [yaml.problemAt([...path, n], `"${each}" is listed twice`)] : [],
  );
}

function unknown(
  yaml: YamlFile<Document>,
  path: YamlPath,
  what: string,
  word: string,
  known: readonly string[],
  key = false,
): ConfigProblem {
  const hint = suggestion(word, known) ?? `known: ${known.join(', ')}`;
  return yaml.problemAt(path, `there is no ${what} "${word}"`, { hint, key });
}
