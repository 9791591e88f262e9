import { createHash } from 'node:crypto';
import { readYamlFile, type YamlFile } from '../mapping/yaml-file.ts';
import { ConfigError, type ConfigProblem } from '../model/config-error.ts';
import type { Model } from '../model/revenue.ts';
import {
  type AttributionYaml,
  attributionSchema,
  type ModelYaml,
  type PartnerTouch,
} from './attribution/config-schema.ts';
import { compileWeight } from './attribution/custom.ts';
import { DEFAULTS, type Kind, type ModelSpec, POSITIONS, specOf, TITLES } from './attribution/spec.ts';
import type { Choice, TouchRules } from './attribution/touches.ts';

/** A model as it is used: under its name, and under a version that changes with whatever changes its credits. */
export interface NamedModel {
  readonly name: Model;
  /** As people read it. */
  readonly title: string;
  readonly spec: ModelSpec;
  /** A hash of its parameters and of the rules of which touches count. */
  readonly version: string;
}

/** What `config/attribution.yaml` says. */
export interface AttributionConfig {
  /** The names of the models to credit under; the first is the one shown first. */
  readonly models: readonly Model[];
  /** The same models, with what they are. */
  readonly named: readonly NamedModel[];
  readonly rules: TouchRules;
  /** Whose touches count: people named on the deal and the person of its lead; or everybody of the deal's account. */
  readonly people: 'named' | 'account';
  /** What partners did with the lead that counts as a touch. */
  readonly partners: readonly PartnerTouch[];
  /** How long a fit is used before models learn anew. */
  readonly refitDays: number;
}

/** Checks the text of `attribution.yaml`. Throws a ConfigError naming file, line, column and the wrong word. */
export function compileAttribution(file: string, text: string): AttributionConfig {
  const yaml = readYamlFile(file, text, attributionSchema);
  const problems: ConfigProblem[] = [];
  const specs = modelsOf(yaml, problems);
  const windowOfKind = windowsOf(yaml, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { window, touches, people, partners, refit } = yaml.value;
  const rules: TouchRules = {
    window,
    windowOfKind,
    kinds: choiceOf(touches.kinds),
    campaigns: choiceOf(touches.campaigns),
    statuses: choiceOf(touches.statuses),
  };
  const counted = JSON.stringify([window, [...windowOfKind], touches, people, [...partners].sort()]);
  const named = specs.map((model) => ({ ...model, version: hashOf(JSON.stringify(model.spec) + counted) }));
  return { models: named.map(({ name }) => name), named, rules, people, partners, refitDays: refit.days };
}

type Unversioned = Omit<NamedModel, 'version'>;

function modelsOf(yaml: YamlFile<AttributionYaml>, problems: ConfigProblem[]): Unversioned[] {
  const { models } = yaml.value;
  if (Array.isArray(models))
    return models.flatMap((kind, index) => {
      const path = ['models', index];
      if (models.indexOf(kind) < index) problems.push(yaml.problemAt(path, `"${kind}" is listed twice`));
      return bareModel(yaml, kind, kind, path, problems);
    });
  const entries = Object.entries(models);
  if (entries.length === 0) problems.push(yaml.problemAt(['models'], 'name at least one model'));
  return entries.flatMap(([name, model]) => {
    const path = ['models', name];
    if (typeof model === 'string') return bareModel(yaml, name, model, path, problems);
    const spec = specFrom(yaml, model, path, problems);
    return spec ? [{ name, title: model.title ?? titleOf(name), spec }] : [];
  });
}

function bareModel(
  yaml: YamlFile<AttributionYaml>,
  name: string,
  kind: Kind,
  path: readonly (string | number)[],
  problems: ConfigProblem[],
): Unversioned[] {
  const spec = specOf(kind);
  if (spec) return [{ name, title: titleOf(name), spec }];
  const hint =
    kind === 'custom'
      ? 'own: {kind: custom, weight: \'touch.kind == "webinar" ? 3 : 1\'}'
      : 'own: {kind: position, first: 50, last: 50}';
  problems.push(yaml.problemAt(path, `"${kind}" needs more than its name`, { hint: `such as ${hint}` }));
  return [];
}

/** Which keys a kind takes beside kind and title. */
const TAKES: Readonly<Partial<Record<Kind, readonly (keyof ModelYaml)[]>>> = {
  position: POSITIONS,
  'time-decay': ['halfLife'],
  markov: ['order', 'by'],
  shapley: ['by'],
  custom: ['weight'],
};

function specFrom(
  yaml: YamlFile<AttributionYaml>,
  model: ModelYaml,
  path: readonly string[],
  problems: ConfigProblem[],
): ModelSpec | null {
  const takes = TAKES[model.kind] ?? [];
  const before = problems.length;
  for (const key of Object.keys(model) as (keyof ModelYaml)[]) {
    if (key === 'kind' || key === 'title' || takes.includes(key)) continue;
    const hint = takes.length > 0 ? `it takes ${takes.join(', ')}` : 'it takes nothing beside';
    problems.push(yaml.problemAt([...path, key], `a ${model.kind} model has no "${key}"`, { key: true, hint }));
  }
  if (problems.length > before) return null;
  switch (model.kind) {
    case 'position': {
      const shares = Object.fromEntries(
        POSITIONS.flatMap((position) => (model[position] === undefined ? [] : [[position, model[position]]])),
      );
      if (Object.values(shares).some((share) => share > 0)) return { kind: 'position', shares };
      problems.push(
        yaml.problemAt(path, 'the shares add up to zero: nobody would be credited', {
          hint: `give one of ${POSITIONS.join(', ')} a share`,
        }),
      );
      return null;
    }
    case 'time-decay':
      return { kind: 'time-decay', halfLifeDays: model.halfLife ?? DEFAULTS.halfLifeDays };
    case 'markov':
      return { kind: 'markov', order: model.order ?? DEFAULTS.order, by: model.by ?? DEFAULTS.by };
    case 'shapley':
      return { kind: 'shapley', by: model.by ?? DEFAULTS.by };
    case 'custom': {
      if (model.weight === undefined) {
        problems.push(yaml.problemAt(path, 'a custom model needs its "weight"', { hint: 'such as weight: "1"' }));
        return null;
      }
      const compiled = compileWeight(model.weight);
      if (!Array.isArray(compiled)) return { kind: 'custom', weight: model.weight };
      for (const { offset, message, hint } of compiled)
        problems.push(
          yaml.problemAt([...path, 'weight'], `${message} (at character ${offset + 1})`, hint ? { hint } : {}),
        );
      return null;
    }
    default:
      return specOf(model.kind);
  }
}

/** Windows of kinds; a kind in two of them is refused, for which of them counts could not be told. */
function windowsOf(yaml: YamlFile<AttributionYaml>, problems: ConfigProblem[]): Map<string, { days: number | null }> {
  const found = new Map<string, { days: number | null }>();
  yaml.value.windows.forEach(({ kinds, days }, index) => {
    kinds.forEach((kind, place) => {
      const key = kind.toLowerCase();
      if (found.has(key))
        problems.push(
          yaml.problemAt(['windows', index, 'kinds', place], `two windows overlap: "${kind}" is in both`, {
            hint: 'name each kind once',
          }),
        );
      found.set(key, { days });
    });
  });
  return found;
}

function choiceOf(given: { only?: string[] | undefined; not?: string[] | undefined } | undefined): Choice {
  return { only: given?.only ?? null, not: given?.not ?? [] };
}

/** A model under the name of a kind is called as that; "by-hand" is called "By hand". */
function titleOf(name: string): string {
  if (Object.hasOwn(TITLES, name)) return TITLES[name as Kind];
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
