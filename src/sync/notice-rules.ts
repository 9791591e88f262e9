import type { Config } from '../config/load.ts';
import type { NoticeKind, NoticeRules } from '../leads/notify/notice.ts';
import type { Sla } from '../leads/sla/sla.ts';
import type { WorkingTime } from '../leads/sla/working-time.ts';

const DAY = 86_400_000;
/** When partners are told that wish to be told once a day, where no digest says when. */
const MORNING = '08:00';

/** Who is told of what; undefined, and nothing is written down to be told, where there is no way to tell it. */
export function noticeRules({ mail, webhooks }: Pick<Config, 'mail' | 'webhooks'>, sla: Sla): NoticeRules | undefined {
  if (mail === undefined && Object.keys(webhooks).length === 0) return undefined;
  const calendar = sla.calendar(sla.calendarOf.otherwise);
  const digest = mail?.digest;
  return {
    mail: mail !== undefined,
    digest: digest
      ? { of: new Set<NoticeKind>(digest.of), next: (after) => nextTimeOfDay(calendar, after, digest.at) }
      : null,
    ...(mail === undefined ? {} : { wished: (after) => nextTimeOfDay(calendar, after, digest?.at ?? MORNING) }),
    webhooks: Object.entries(webhooks).map(([name, { of }]) => ({ name, of: new Set<NoticeKind>(of) })),
  };
}

/** The first instant after another at which the clock of a calendar shows a time such as "08:00". */
export function nextTimeOfDay(calendar: WorkingTime, after: number, time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const today = Math.floor(calendar.localAt(after) / DAY) * DAY + (hours * 60 + minutes) * 60_000;
  const next = calendar.instantOf(today);
  return next > after ? next : calendar.instantOf(today + DAY);
}
