import { existsSync } from 'node:fs';
import { packageRoot } from '../config/files.ts';
import { holidayFiles } from '../config/holidays.ts';
import { ruleFiles } from '../config/load.ts';
import { compileRouting } from '../leads/routing.ts';
import { compileHolidays } from '../leads/sla/holiday-sets.ts';
import { type Preview, previewPolicy } from '../leads/sla/preview.ts';
import { previewText } from '../leads/sla/preview-text.ts';
import { calendarFor, compileSla, overruledOffer, type Sla, withOffer } from '../leads/sla/sla.ts';
import type { WorkingTime } from '../leads/sla/working-time.ts';
import { isZone, YEARS } from '../leads/sla/zone.ts';
import { countryCode } from '../mapping/countries.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { answer, type CommonOptions, EXIT, type ExitCode, type Io, UserError } from './context.ts';

interface SlaOptions extends CommonOptions {
  readonly policy: string;
  readonly from: string;
  readonly country?: string;
  readonly zone?: string;
}

/** `sluice sla preview`: reads the rules of the configuration folder and nothing else; no CRM need be connected. */
export async function sla(io: Io, given: Record<string, unknown>, [action = '']: readonly string[]): Promise<ExitCode> {
  const options = given as unknown as SlaOptions;
  if (action !== 'preview') throw wrongUse(`"sla ${action}" is no command`, 'There is `sluice sla preview`.');
  const preview = previewOf(io, options);
  answer(io, options, preview, () => previewText(preview));
  return EXIT.done;
}

function previewOf(io: Io, options: SlaOptions): Preview {
  const rules = rulesOf(options.config);
  const compiled = compileSla(rules.sla.file, rules.sla.text, rules.holidays);
  const routing = compileRouting(rules.routing.file, rules.routing.text);
  const overruled = overruledOffer(compiled);
  if (overruled !== null && !rules.routing.shipped)
    io.err(`sluice: ${overruled}; take it out of ${rules.routing.file}\n`);
  const named = compiled.policies.get(options.policy);
  if (named === undefined)
    throw wrongUse(
      `${rules.sla.file} has no policy "${options.policy}"`,
      suggestion(options.policy, [...compiled.policies.keys()]) ??
        `It has ${[...compiled.policies.keys()].join(', ')}.`,
    );
  const [route] = routing.routes.filter(({ method }) => method === 'best-fit');
  const policy = withOffer(named, route ?? { acceptWithinMs: 48 * 3_600_000, rounds: 1 });
  const calendar = calendarFor(compiled, policy, placeOf(compiled, options));
  return previewPolicy(policy, calendar, instantOf(options.from, calendar));
}

function rulesOf(named: string | undefined) {
  const dir = named ?? (existsSync('config') ? 'config' : `${packageRoot()}/config`);
  const { sla: own, routing } = ruleFiles(dir);
  return { sla: own, routing, holidays: compileHolidays(holidayFiles(dir)) };
}

function placeOf(compiled: Sla, { country, zone }: SlaOptions) {
  if (zone !== undefined && !isZone(zone)) {
    const near = suggestion(zone, Intl.supportedValuesOf('timeZone'));
    throw wrongUse(`there is no time zone "${zone}"`, near ?? 'As in Europe/Berlin.');
  }
  if (country !== undefined && !/^[A-Z]{2}$/.test(country))
    throw wrongUse(`"${country}" is no country code`, 'Countries are ISO codes of two capital letters, such as DE.');
  if (country !== undefined && countryCode(country) !== country)
    throw wrongUse(`there is no country "${country}"`, 'Countries are ISO codes of two capital letters, such as DE.');
  if (zone !== undefined && !compiled.calendarOf.partnerZone)
    throw wrongUse(
      'sla.yaml reads no hours in the zone of the partner',
      'Leave --zone out, or set `partnerZone: true`.',
    );
  return { country: country ?? null, zone: zone ?? null };
}

/** An instant with its offset ("2026-12-23T14:00:00Z"), or a wall time of the calendar ("2026-12-23T15:00"). */
function instantOf(text: string, calendar: WorkingTime): number {
  const [, wall, offset] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const instant = wall === undefined ? Number.NaN : Date.parse(`${wall}${offset ?? 'Z'}`);
  // Date.parse lets 31 February be 3 March.
  const exists =
    wall !== undefined &&
    !Number.isNaN(Date.parse(`${wall}Z`)) &&
    new Date(`${wall}Z`).toISOString().startsWith(wall.slice(0, 10));
  const year = new Date(instant).getUTCFullYear();
  if (!exists || Number.isNaN(instant) || year < YEARS.first + 1 || year > YEARS.last - 30)
    throw wrongUse(
      `"${text}" is no instant`,
      'Write it like 2026-12-23T15:00 (in the zone of the calendar) or 2026-12-23T14:00:00Z.',
    );
  return offset === undefined ? calendar.instantOf(instant) : instant;
}

function wrongUse(message: string, hint: string): UserError {
  return new UserError(message, { hint, exit: EXIT.usage });
}
