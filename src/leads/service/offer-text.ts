import type { OfferView } from './offer-clock.ts';

/** The clock of an offer as lines of text: under which policy, what is due, what was done, and what stopped or moved it. */
export function clockLines({ policy, calendar, pausedFor, deadlines, marks }: OfferClockView): string[] {
  if (policy === null && marks.length === 0) return [];
  const under = policy === null ? 'no policy' : `policy ${policy}`;
  const by = calendar === null ? '' : `, calendar ${calendar.name} (${calendar.zone})`;
  return [
    `${under}${by}`,
    ...(pausedFor === null ? [] : [`the clock stands still: ${pausedFor}`]),
    ...deadlines.map(deadlineLine),
    ...marks.map((mark) => `${mark.at} ${markWords(mark)}`),
  ];
}

export type OfferClockView = Pick<OfferView, 'policy' | 'calendar' | 'pausedFor' | 'deadlines' | 'marks'>;

function deadlineLine({
  name,
  period,
  state,
  dueAt,
  metAt,
  extensionsLeft,
  missed,
}: OfferView['deadlines'][number]): string {
  const which = period === 1 ? name : `${name} ${period}`;
  const due = dueAt === null ? '' : `  due ${dueAt}`;
  const met = metAt === null ? '' : `  done ${metAt}`;
  const more =
    extensionsLeft > 0 ? `  may be extended ${extensionsLeft === 1 ? 'once' : `${extensionsLeft} times`}` : '';
  const then = state === 'running' || state === 'paused' ? `  if missed: ${missed}` : '';
  return `${which.padEnd(14)} ${state.padEnd(8)}${due}${met}${then}${more}`;
}

/** What happened to an offer, in words. */
export function markWords({ kind, about }: OfferView['marks'][number]): string {
  switch (kind) {
    case 'touch':
      return 'the partner was at work with the lead';
    case 'report':
      return 'the partner reported';
    case 'pause':
      return `the clock was stopped: ${about}`;
    case 'resume':
      return `the clock went on: ${about}`;
    case 'extend':
      return `${about} was extended`;
    case 'close':
      return 'the lead was closed';
    case 'reopen':
      return 'the lead was opened again';
  }
}
