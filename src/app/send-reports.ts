/**
 * Mails scheduled reports, each once a period: that one is due is written down before it is made, under the date on which it is due.
 * At least once: a process that dies between sending and keeping that it sent sends again, under the same Message-ID.
 */
import { coverageOf, type ScheduledReport } from '../insight/reports/schedule.ts';
import { ReportRefused } from '../insight/service/reports/run-report.ts';
import { claimSends, noteDues, type Send, settleSend } from '../insight/service/reports/sends.ts';
import { iso } from '../model/clock.ts';
import { idOf } from '../model/ids.ts';
import type { Database } from '../store/database.ts';
import { report, resolve } from '../store/errors.ts';
import { NotDelivered, type Post } from './post.ts';
import { type ReportMade, type Reports, writeReport } from './reports.ts';

export interface Mailing {
  readonly db: Database;
  readonly now: () => number;
  readonly vendor: string;
  readonly schedules: readonly ScheduledReport[];
  readonly reports: Pick<Reports, 'make'>;
  readonly post: Pick<Post, 'mail'>;
  readonly ending?: AbortSignal;
}

const MINUTE = 60_000;
/** Longer than the largest report and a slow server take. */
const HOLD_MS = 30 * MINUTE;
/** How long after each attempt the next one comes; after the last it is an error. */
const WAITS_MS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE, 720 * MINUTE];

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

/** Sends all that is due. @returns how many mails were sent */
export async function sendReports(mailing: Mailing): Promise<number> {
  await noteDues(mailing.db, mailing.schedules, mailing.now());
  let sent = 0;
  while (!mailing.ending?.aborted) {
    const due = await claimSends(mailing.db, mailing.now(), HOLD_MS);
    if (due.length === 0) return sent;
    for (const each of due) {
      if (mailing.ending?.aborted) return sent;
      if (await send(mailing, each)) sent++;
    }
  }
  return sent;
}

async function send(mailing: Mailing, due: Send): Promise<boolean> {
  const { db, now, post } = mailing;
  const schedule = mailing.schedules.find(({ name }) => name === due.schedule);
  const place = { connection: 'mail', object: 'report', recordId: `${due.schedule} ${due.due} ${due.recipient}` };
  if (schedule === undefined) {
    await settleSend(db, due, 'failed', 'reports.yaml no longer names this schedule', now());
    return false;
  }
  try {
    if (post.mail === null) throw new NotDelivered('sluice.yaml names no `mail`', false);
    const { entry, report: made } = await mailing.reports.make(schedule.report, {
      period: null,
      ...(coverageOf(schedule, due.due) ?? { from: null, to: null }),
      partner: schedule.partner ?? null,
      campaign: schedule.campaign ?? null,
      models: schedule.models ?? null,
      drill: schedule.drill,
    });
    const body = await writeReport(made, schedule.format);
    const filename = `${schedule.name}-${due.due}.${schedule.format}`;
    const attachment = { filename, content: Buffer.from(body), contentType: TYPES[schedule.format] };
    const letter = letterOf(mailing, schedule, due, { entry, report: made });
    await post.mail(due.recipient, letter, idOf('rs', schedule.name, due.due, due.recipient), [attachment]);
    await settleSend(db, due, 'sent', null, now());
    await resolve(db, 'notify', [place], iso(now()));
    return true;
  } catch (error) {
    if (!(error instanceof NotDelivered) && !(error instanceof ReportRefused)) throw error;
    const wait = error instanceof NotDelivered && !error.isFinal ? WAITS_MS[due.attempts - 1] : undefined;
    if (wait !== undefined) {
      await settleSend(db, due, 'waiting', error.message, now(), now() + wait);
      return false;
    }
    await settleSend(db, due, 'failed', error.message, now());
    const hint = 'Mend reports.yaml or the mail settings, then `sluice report schedule --retry`.';
    await report(db, [{ ...place, stage: 'notify', code: 'NOT_DELIVERED', message: error.message, hint }], iso(now()));
    return false;
  }
}

function letterOf({ vendor }: Mailing, schedule: ScheduledReport, due: Send, { entry, report: made }: ReportMade) {
  const dates = coverageOf(schedule, due.due);
  const period = dates === null ? '' : `, ${dates.from} to ${dates.to}`;
  const of = schedule.partner ?? schedule.campaign;
  const subject = `${entry.title}${of === undefined ? '' : `: ${of}`}${period}`;
  const lines = [
    `${subject}.`,
    '',
    entry.about,
    '',
    ...made.tables.map((table) => `- ${table.title}: ${table.rows.length} ${table.rows.length === 1 ? 'row' : 'rows'}`),
    '',
    `The figures are attached. ${vendor} sends this report every ${schedule.every}.`,
  ];
  const text = lines.join('\n');
  return { subject, text, html: `<pre style="font-family: inherit; white-space: pre-wrap">${escaped(text)}</pre>` };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
