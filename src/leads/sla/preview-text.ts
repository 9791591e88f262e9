import type { Preview, PreviewDay, PreviewDeadline, PreviewTime } from './preview.ts';

/** Days that are listed one by one; of more, the rest is counted. */
const DAYS_LISTED = 31;

/** A preview for people to read. */
export function previewText(preview: Preview): string {
  const { policy, calendar, zone, from, deadlines, rounds } = preview;
  return [
    `Policy ${policy} by calendar ${calendar} (${zone})`,
    `From ${both(from)}; each deadline as if it started then`,
    ...deadlines.flatMap((deadline) => ['', ...deadlineLines(deadline)]),
    ...(rounds ? ['', `After ${rounds.atMost} partners: ${rounds.after}`] : []),
  ].join('\n');
}

function deadlineLines(deadline: PreviewDeadline): string[] {
  const { name, within, counts, due, warnings, escalation, missed, workingMinutes, days, skipped } = deadline;
  const listed = days.filter(({ because, minutes }) => because !== null || minutes > 0);
  return [
    `${name}: ${both(due)}`,
    `  within ${within} (${counts}); working hours counted: ${hoursAndMinutes(workingMinutes)}; if missed: ${missed}`,
    ...warnings.map((warning) => `  warning at ${warning.at}: ${both(warning)}`),
    ...(escalation ? [`  escalation: ${both(escalation)}`] : []),
    ...listed.slice(0, DAYS_LISTED).map(dayLine),
    ...(listed.length > DAYS_LISTED ? [`    and ${listed.length - DAYS_LISTED} more days (--json lists all)`] : []),
    ...(skipped.length > 0
      ? [`  not worked: ${skipped.map(({ date, name: why }) => `${why} (${date})`).join(', ')}`]
      : []),
  ];
}

function dayLine({ date, weekday, hours, because, minutes }: PreviewDay): string {
  const open = hours.length === 0 ? 'closed' : hours.join(', ');
  return `    ${date} ${weekday.slice(0, 3)}  ${hoursAndMinutes(minutes).padStart(9)}  ${open}${because ? `  ${because}` : ''}`;
}

function both({ local, utc }: PreviewTime): string {
  return `${local} (${utc.replace(/:\d\d\.\d{3}Z$/, 'Z')})`;
}

/** "6 h 30 min". */
function hoursAndMinutes(minutes: number): string {
  const whole = Math.round(minutes);
  const [hours, rest] = [Math.floor(whole / 60), whole % 60];
  return rest === 0 ? `${hours} h` : hours === 0 ? `${rest} min` : `${hours} h ${rest} min`;
}
