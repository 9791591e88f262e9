/** Which model `sluice attribute` is asked for, by kind, by a name of attribution.yaml or by what people call it. */
import { existsSync } from 'node:fs';
import { packageRoot } from '../config/files.ts';
import { ruleFiles } from '../config/load.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { compileWeight } from '../revenue/attribution/custom.ts';
import {
  HIGHEST_ORDER,
  KINDS,
  type Kind,
  type ModelSpec,
  POSITIONS,
  type Position,
  type PositionShares,
  specOf,
} from '../revenue/attribution/spec.ts';
import { compileAttribution, type NamedModel } from '../revenue/config.ts';
import { EXIT, UserError } from './context.ts';

export interface ModelOptions {
  readonly config?: string;
  readonly model: string;
  readonly order?: string;
  readonly halfLife?: string;
  readonly positions?: string;
  readonly weight?: string;
}

/** Other words for kinds, without spaces and hyphens. */
const ALSO: Readonly<Record<string, Kind>> = {
  firsttouch: 'first',
  lasttouch: 'last',
  lineartouch: 'linear',
  u: 'u-shaped',
  ushape: 'u-shaped',
  w: 'w-shaped',
  wshape: 'w-shaped',
  full: 'full-path',
  positionbased: 'position',
  decay: 'time-decay',
  markovchain: 'markov',
};

/** The model with its parameters; options of other models are refused. */
export function modelAsked(options: ModelOptions): { readonly name: string; readonly spec: ModelSpec } {
  const name = options.model.trim();
  const word = name.toLowerCase();
  const kind = KINDS.find((each) => each === word);
  if (kind) return { name: kind, spec: withOptions(bareSpec(kind), options) };
  const named = namedModels(options.config);
  const own = named.find((model) => model.name === word);
  if (own) return { name: own.name, spec: withOptions(own.spec, options) };
  const plain = word.replace(/[\s_-]/g, '');
  const meant = ALSO[plain] ?? KINDS.find((each) => each.replace('-', '') === plain);
  if (meant) return { name: meant, spec: withOptions(bareSpec(meant), options) };
  const known = [...new Set([...KINDS, ...named.map((model) => model.name)])];
  throw usage(`there is no model "${name}"`, suggestion(name, known) ?? `Known: ${known.join(', ')}.`);
}

function namedModels(config: string | undefined): readonly NamedModel[] {
  const { attribution } = ruleFiles(config ?? (existsSync('config') ? 'config' : `${packageRoot()}/config`));
  return compileAttribution(attribution.file, attribution.text).named;
}

/** What needs more than its kind gets it from the options. */
function bareSpec(kind: Kind): ModelSpec {
  const spec = specOf(kind);
  if (spec) return spec;
  return kind === 'custom' ? { kind: 'custom', weight: '' } : { kind: 'position', shares: {} };
}

function withOptions(spec: ModelSpec, options: ModelOptions): ModelSpec {
  const { order, halfLife, positions, weight } = options;
  refuse(order !== undefined && spec.kind !== 'markov', '--order', 'markov');
  refuse(halfLife !== undefined && spec.kind !== 'time-decay', '--half-life', 'time-decay');
  refuse(positions !== undefined && spec.kind !== 'position', '--positions', 'position');
  refuse(weight !== undefined && spec.kind !== 'custom', '--weight', 'custom');
  if (spec.kind === 'markov') return order === undefined ? spec : { ...spec, order: orderOf(order) };
  if (spec.kind === 'time-decay') return halfLife === undefined ? spec : { ...spec, halfLifeDays: daysOf(halfLife) };
  if (spec.kind === 'position') {
    const shares = positions === undefined ? spec.shares : sharesOf(positions);
    if (Object.values(shares).some((share) => share > 0)) return { kind: 'position', shares };
    throw usage(
      positions === undefined ? 'which positions?' : `--positions ${positions}: the shares add up to zero`,
      'Such as --positions first=40,middle=20,last=40.',
    );
  }
  if (spec.kind === 'custom') return { kind: 'custom', weight: weightOf(weight ?? spec.weight) };
  return spec;
}

function orderOf(text: string): number {
  const order = /^\d+$/.test(text) ? Number(text) : 0;
  if (order >= 1 && order <= HIGHEST_ORDER) return order;
  throw usage(`--order ${text} is no order`, `It is a whole number from 1 to ${HIGHEST_ORDER}.`);
}

function daysOf(text: string): number {
  const days = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : 0;
  if (days > 0) return days;
  throw usage(`--half-life ${text} is no number of days`, 'It is above zero, such as 7.');
}

function sharesOf(text: string): PositionShares {
  const shares: Partial<Record<Position, number>> = {};
  for (const part of text.split(',')) {
    const [key = '', given = ''] = part.split('=').map((each) => each.trim());
    const position = POSITIONS.find((each) => each === key);
    if (position === undefined)
      throw usage(
        `--positions ${text}: there is no position "${key}"`,
        suggestion(key, POSITIONS) ?? `Known: ${POSITIONS.join(', ')}.`,
      );
    const share = /^(\d+\.?\d*|\.\d+)$/.test(given) ? Number(given) : Number.NaN;
    if (Number.isNaN(share))
      throw usage(`--positions ${text}: "${given}" is no share`, 'Shares are numbers that are not negative.');
    shares[position] = share;
  }
  return shares;
}

function weightOf(text: string): string {
  const compiled = compileWeight(text);
  if (!Array.isArray(compiled)) return text;
  const [first] = compiled;
  throw usage(
    `--weight: ${first?.message ?? 'it is wrong'} (at character ${(first?.offset ?? 0) + 1})`,
    first?.hint ?? "Such as --weight 'touch.isFirst ? 2 : 1'.",
  );
}

function refuse(is: boolean, option: string, kind: string): void {
  if (is) throw usage(`${option} is for --model ${kind}`, 'Leave it out, or choose that model.');
}

function usage(message: string, hint: string): UserError {
  return new UserError(message, { exit: EXIT.usage, hint });
}
