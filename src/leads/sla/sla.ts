/**
 * The SLA of offers (`config/sla.yaml`): by when a partner accepts, touches first, reports back and refreshes what it
 * said, in which calendar, and what follows where it does not.
 *
 * duration.ts reads times, holiday-rule.ts holidays; calendar.ts says when a team works and working-time.ts counts it;
 * clock.ts gives the deadlines of an offer from what happened to it. All of it is pure: time comes in as an argument.
 */
import { suggestion } from '../../mapping/yaml-file.ts';
import { readRuleFile } from '../rule-file.ts';
import type { RuleContext } from '../rule-scope.ts';
import type { Condition } from '../rules.ts';
import { compileCalendars } from './compile-calendars.ts';
import { compilePolicies, durationOf, type Policy } from './compile-policies.ts';
import type { Duration } from './duration.ts';
import type { HolidaySets } from './holiday-sets.ts';
import { slaSchema } from './sla-schema.ts';
import { type WorkingTime, workingTime } from './working-time.ts';
import { isZone } from './zone.ts';

/** Why a clock may stand still, and for how long at most. */
export interface PauseReason {
  readonly name: string;
  readonly text: string;
  readonly atMost: Duration | null;
}

export interface Sla {
  readonly policies: ReadonlyMap<string, Policy>;
  /** In order; the last has no condition, so that every offer is under a policy. */
  readonly use: readonly { readonly policy: Policy; readonly when: Condition | null }[];
  readonly pauses: ReadonlyMap<string, PauseReason>;
  readonly calendarOf: {
    readonly country: Readonly<Record<string, string>>;
    readonly otherwise: string;
    readonly partnerZone: boolean;
  };
  /** The working time of a calendar, in its own zone or in another; laid out once. */
  calendar(name: string, zone?: string): WorkingTime;
}

/** Where a partner is: ISO 3166-1 alpha-2 country and IANA time zone, null where not known. */
export interface Place {
  readonly country: string | null;
  readonly zone: string | null;
}

/** Reads config/sla.yaml; throws a ConfigError with every problem and its place. */
export function compileSla(file: string, text: string, holidays: HolidaySets): Sla {
  const source = readRuleFile(file, text, slaSchema);
  const config = source.value;
  const calendars = compileCalendars(source, holidays);
  const policies = compilePolicies(source);
  const known = Object.keys(config.calendars);
  const checkCalendar = (name: string, path: (string | number)[]) => {
    if (!known.includes(name)) source.problem(path, `there is no calendar "${name}"`, suggestion(name, known));
  };
  checkCalendar(config.calendarOf.otherwise, ['calendarOf', 'otherwise']);
  for (const [country, name] of Object.entries(config.calendarOf.country))
    checkCalendar(name, ['calendarOf', 'country', country]);
  const use = config.use.flatMap(({ policy: name, when }, n) => {
    const policy = policies.get(name);
    if (policy === undefined)
      source.problem(['use', n, 'policy'], `there is no policy "${name}"`, suggestion(name, [...policies.keys()]));
    const last = n === config.use.length - 1;
    if (when === undefined && !last)
      source.problem(['use', n, 'policy'], `no offer ever gets past "${name}"`, 'give it a `when` or put it last');
    if (when !== undefined && last)
      source.problem(['use', n, 'when'], 'the last policy must hold for every offer', 'leave its `when` out');
    const condition = when === undefined ? null : source.condition(['use', n, 'when'], when, 'eligibility');
    return policy ? [{ policy, when: condition }] : [];
  });
  const pauses = new Map<string, PauseReason>();
  for (const [n, { name, text: words, atMost }] of config.pauses.entries()) {
    if (pauses.has(name)) source.problem(['pauses', n, 'name'], `a second reason is called "${name}"`);
    const limit = atMost === undefined ? null : durationOf(source, ['pauses', n, 'atMost'], atMost);
    pauses.set(name, { name, text: words, atMost: limit });
  }
  source.done();
  const laidOut = new Map<string, WorkingTime>();
  return {
    ...{ policies, use, pauses, calendarOf: config.calendarOf },
    calendar(name, zone) {
      const calendar = calendars.get(name);
      if (calendar === undefined) throw new RangeError(`there is no calendar "${name}"`);
      const key = JSON.stringify([name, zone ?? calendar.zone]);
      const ready = laidOut.get(key) ?? workingTime({ ...calendar, zone: zone ?? calendar.zone });
      laidOut.set(key, ready);
      return ready;
    },
  };
}

/** The policy that an offer is under: the first whose condition its lead and partner meet. */
export function policyFor(sla: Sla, context: RuleContext): Policy {
  const found = sla.use.find(({ when }) => when === null || when.test(context));
  if (found === undefined) throw new RangeError('no policy holds for every offer');
  return found.policy;
}

/**
 * The calendar that a policy counts by for a partner: the one it names, else the one of the partner's country, else the
 * vendor's; except where the policy names it, read in the partner's own time zone where that is known.
 */
export function calendarFor(sla: Sla, policy: Pick<Policy, 'calendar'>, { country, zone }: Place): WorkingTime {
  if (policy.calendar !== null) return sla.calendar(policy.calendar);
  const { country: byCountry, otherwise, partnerZone } = sla.calendarOf;
  const name = (country === null ? undefined : byCountry[country]) ?? otherwise;
  return partnerZone && zone !== null && isZone(zone) ? sla.calendar(name, zone) : sla.calendar(name);
}

/**
 * A policy with what it leaves to routing.yaml's `offer` filled in. What sla.yaml says goes before it.
 * @param offer of the route that the decision took
 */
export function withOffer(policy: Policy, offer: { readonly acceptWithinMs: number; readonly rounds: number }): Policy {
  const rounds = policy.rounds ?? { atMost: offer.rounds, after: 'pool' as const };
  const accept = policy.deadlines.accept ?? { warnings: [], escalate: null, missed: 'reassign' as const, extend: null };
  const ms = offer.acceptWithinMs;
  const text = ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${ms / 60_000}m`;
  const within = policy.deadlines.accept?.within ?? { unit: 'time', counting: 'elapsed', ms, text };
  return { ...policy, rounds, deadlines: { ...policy.deadlines, accept: { ...accept, within } } };
}

/** For people who still state `offer` in routing.yaml: what of it sla.yaml overrules. Null: nothing. */
export function overruledOffer(sla: Sla): string | null {
  const [within, rounds] = [[], []] as [string[], string[]];
  for (const { policy } of sla.use) {
    if (policy.deadlines.accept?.within) within.push(policy.name);
    if (policy.rounds) rounds.push(policy.name);
  }
  const told = [
    ...(within.length > 0 ? [`offer.acceptWithin (by ${namesOf(within)})`] : []),
    ...(rounds.length > 0 ? [`offer.rounds (by ${namesOf(rounds)})`] : []),
  ];
  return told.length === 0 ? null : `sla.yaml overrules routing.yaml's ${told.join(' and ')}`;
}

function namesOf(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `policy "${name}"`).join(', ');
}
