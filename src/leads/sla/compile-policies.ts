import { suggestion, type YamlPath } from '../../mapping/yaml-file.ts';
import type { RuleFile } from '../rule-file.ts';
import {
  DURATION_FORM,
  type Duration,
  lengthFault,
  MOMENT_FORM,
  type Moment,
  momentFault,
  readDuration,
  readMoment,
} from './duration.ts';
import { inheritance } from './inheritance.ts';
import { type Consequence, DEADLINES, type DeadlineName, type LastResort, type SlaConfig } from './sla-schema.ts';

/** One deadline of a policy. */
export interface DeadlineRule {
  /** How long it leaves; null, of `accept` alone: as routing.yaml's `offer` says. */
  readonly within: Duration | null;
  readonly warnings: readonly Moment[];
  /** When the channel manager is told; null: never. */
  readonly escalate: Moment | null;
  readonly missed: Consequence;
  readonly extend: { readonly times: number; readonly by: Duration } | null;
}

export interface Policy {
  readonly name: string;
  /** A calendar's name; null: the partner's. */
  readonly calendar: string | null;
  readonly deadlines: Readonly<Partial<Record<DeadlineName, DeadlineRule>>>;
  /** How many partners are asked, and what then; null: as routing.yaml's `offer` says, then the pool. */
  readonly rounds: { readonly atMost: number; readonly after: LastResort } | null;
}

/** The word that stands for the partner's calendar. */
const PARTNER = 'partner';

type PolicyConfig = SlaConfig['policies'][string];
type DeadlineConfig = NonNullable<PolicyConfig['accept']>;

/** Compiles the policies of sla.yaml; what is wrong becomes problems of the file. */
export function compilePolicies(source: RuleFile<SlaConfig>): Map<string, Policy> {
  const { policies, calendars } = source.value;
  const compiled = new Map<string, Policy>();
  for (const [name, base] of inheritance(source, 'policies', policies)) {
    const own = policies[name];
    if (own === undefined) continue;
    const at = ['policies', name];
    const under = base === null ? undefined : compiled.get(base);
    const known = [PARTNER, ...Object.keys(calendars)];
    if (own.calendar !== undefined && !known.includes(own.calendar))
      source.problem([...at, 'calendar'], `there is no calendar "${own.calendar}"`, suggestion(own.calendar, known));
    const deadlines: Partial<Record<DeadlineName, DeadlineRule>> = { ...under?.deadlines };
    for (const deadline of DEADLINES) {
      const config = own[deadline];
      if (config) deadlines[deadline] = deadlineOf(source, [...at, deadline], config);
    }
    if (Object.keys(deadlines).length === 0)
      source.problem(at, `policy "${name}" sets no deadline`, `it can set ${DEADLINES.join(', ')}`);
    compiled.set(name, {
      name,
      calendar: own.calendar === undefined ? (under?.calendar ?? null) : own.calendar === PARTNER ? null : own.calendar,
      deadlines,
      rounds: own.rounds ?? under?.rounds ?? null,
    });
  }
  return compiled;
}

function deadlineOf(source: RuleFile<SlaConfig>, at: YamlPath, config: DeadlineConfig): DeadlineRule {
  const within = config.within === undefined ? null : durationOf(source, [...at, 'within'], config.within);
  // Of a deadline that is no time at all, nothing else can be said.
  const comparable = within !== null || config.within === undefined;
  const moment = (path: YamlPath, text: string): Moment | null => {
    const read = readMoment(text);
    if (read === null) source.problem([...at, ...path], `"${text}" is no time of a warning`, MOMENT_FORM);
    const fault = read && comparable ? momentFault(read, within, path[0] === 'escalate') : null;
    if (fault !== null) source.problem([...at, ...path], fault);
    return read;
  };
  const by = config.extend ? durationOf(source, [...at, 'extend', 'by'], config.extend.by) : null;
  // routing.yaml's times are time as it passes.
  const counting = within?.counting ?? 'elapsed';
  if (by && comparable && by.counting !== counting)
    source.problem(
      [...at, 'extend', 'by'],
      `"${by.text}" does not count the same time as the deadline it extends`,
      counting === 'working' ? 'as in 1 working day' : 'as in 24h',
    );
  const warnings = config.warn.map((text, n) => moment(['warn', n], text)).filter((read) => read !== null);
  for (const [n, warning] of warnings.entries())
    if (warnings.findIndex(({ text }) => text === warning.text) < n)
      source.problem([...at, 'warn'], `a second warning at "${warning.text}"`);
  return {
    within,
    warnings,
    escalate: config.escalate === undefined ? null : moment(['escalate'], config.escalate),
    missed: config.missed,
    extend: config.extend && by ? { times: config.extend.times, by } : null,
  };
}

/** Reads how long something may last; null, and a problem, where it cannot. */
export function durationOf(source: RuleFile<SlaConfig>, at: YamlPath, text: string): Duration | null {
  const read = readDuration(text);
  const fault = read === null ? `"${text}" is no time` : lengthFault(read);
  if (fault !== null) source.problem(at, fault, read === null ? DURATION_FORM : undefined);
  return fault === null ? read : null;
}
