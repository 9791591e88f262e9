import type { App } from '../app/app.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { iso } from '../model/clock.ts';
import { decimalOf } from '../model/money.ts';
import { checkLedger, type LedgerCheck } from '../revenue/service/check-ledger.ts';
import { type DealLedger, dealLedger, type LedgerRow, latestEntries } from '../revenue/service/ledger-view.ts';
import { CannotClose, type Closed, closePeriod, listPeriods, type Period } from '../revenue/service/periods.ts';
import { allRates } from '../revenue/service/rates.ts';
import { checkLease, takeLease } from '../store/lease.ts';
import { answer, EXIT, UserError } from './context.ts';
import type { AppCommand } from './with-app.ts';

const ACTIONS = ['list', 'show', 'periods', 'close', 'rates', 'check'];
/** Problems of a check that are named. */
const SHOWN = 20;

/**
 * `ledger list` shows the newest entries, `show DEAL` those of one deal; `periods` lists the months, `close MONTH` closes one for
 * ever; `rates` lists the exchange rates known now; `check` reckons all of it anew.
 */
export const ledger: AppCommand = async (app, io, options, [action = 'list', subject = '']) => {
  const { db } = app.store;
  // Asked of the configured clock, which in a sandbox runs ahead of this machine's.
  const now = iso((await app.environment()).clock.now());
  if (!ACTIONS.includes(action)) {
    const hint = suggestion(action, ACTIONS) ?? `There are ${ACTIONS.join(', ')}.`;
    throw new UserError(`there is no "ledger ${action}"`, { hint, exit: EXIT.usage });
  }
  if (action === 'list') {
    const rows = await latestEntries(db, Number(options.limit ?? 50));
    answer(io, options, { entries: rows }, () => (rows.length === 0 ? 'The ledger is empty.' : entriesText(rows)));
  } else if (action === 'show') {
    const shown = subject === '' ? null : await dealLedger(db, subject);
    if (shown === null)
      throw new UserError(subject === '' ? 'which deal?' : `there is no deal "${clean(subject)}"`, {
        hint: 'Name it by its id (op_...), that of its record in the CRM, or of an entry (en_...).',
        exit: subject === '' ? EXIT.usage : EXIT.failed,
      });
    answer(io, options, shown, () => dealText(shown));
  } else if (action === 'periods') {
    const periods = await listPeriods(db);
    answer(io, options, { periods }, () => periodsText(periods));
  } else if (action === 'close') {
    const by = typeof options.by === 'string' ? options.by : null;
    const closed = await close(app, subject, by, now);
    answer(io, options, closed, () => closedText(closed));
  } else if (action === 'rates') {
    const rates = (await allRates(db)).filter(
      ({ from, to }) => subject === '' || [from, to].includes(subject.toUpperCase()),
    );
    answer(io, options, { rates }, () =>
      rates.length === 0
        ? 'No rate is known.'
        : rates
            .map(
              ({ source, from, to, date, rate, isDated }) =>
                `${date}  1 ${from} = ${rate} ${to}  ${source}${isDated ? '' : ', and before'}`,
            )
            .join('\n'),
    );
  } else {
    const checked = await checkLedger(db, app.rules.ledger, now, SHOWN);
    answer(io, options, checked, () => checkText(checked));
    return checked.problemCount > 0 ? EXIT.failed : EXIT.done;
  }
  return EXIT.done;
};

/** One writer at a time: the journal is written under the lease of runs. */
async function close(app: App, month: string, by: string | null, now: string): Promise<Closed> {
  const { db } = app.store;
  if (month === '') throw new UserError('which month?', { hint: '`sluice ledger close 2026-03`', exit: EXIT.usage });
  const lease = await takeLease(db, 'sync', 'ledger close');
  if ('holder' in lease)
    throw new UserError(
      `another run (\`${lease.holder.command}\`, process ${lease.holder.pid}) is at work; nothing was closed`,
      { exit: EXIT.busy },
    );
  try {
    return await db.transaction().execute(async (tx) => {
      await checkLease(tx, lease);
      return closePeriod(tx, month, by, app.rules.ledger, now);
    });
  } catch (error) {
    if (!(error instanceof CannotClose)) throw error;
    throw new UserError(error.message, { hint: error.hint });
  } finally {
    await lease.release();
  }
}

/** Texts of a CRM may hold anything; a terminal is not to obey them. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}

function entriesText(rows: readonly LedgerRow[]): string {
  return rows.map((row) => `${clean(row.name)} (${row.deal})\n${entryText(row)}`).join('\n');
}

function entryText(row: LedgerRow): string {
  const worth =
    row.currency === row.reportingCurrency
      ? ''
      : ` = ${row.reporting} ${row.reportingCurrency} at ${row.rate} (${clean(row.rateSource)})`;
  return [
    `  ${row.period}  ${row.kind.padEnd(8)}  ${row.amount} ${row.currency}${worth}`,
    `    ${clean(row.reason)} Closed ${row.closeDate ?? 'on no stated day'}, booked ${row.at}, ${row.entry}.`,
  ].join('\n');
}

function dealText({ deal, name, entries, held }: DealLedger): string {
  return [
    `${clean(name)} (${deal})`,
    ...(entries.length === 0 ? ['  nothing was ever booked'] : entries.map(entryText)),
    ...(held ? [`  held since ${held.since}: ${clean(held.reason)}`] : []),
  ].join('\n');
}

function periodsText(periods: readonly Period[]): string {
  if (periods.length === 0) return 'The ledger is empty.';
  return periods
    .map(({ month, isOpen, closedAt, closedBy, sums }) => {
      const state = isOpen ? 'open' : `closed ${closedAt}${closedBy === null ? '' : ` by ${clean(closedBy)}`}`;
      const lines = sums.map(({ currency, entries, won, late }) => {
        const money = (minor: string) => `${decimalOf({ minor: BigInt(minor), currency })} ${currency}`;
        return `  ${entries} entries: ${money(won)} won${late === '0' ? '' : `, ${money(late)} of news about closed months`}`;
      });
      return [`${month}  ${state}`, ...lines].join('\n');
    })
    .join('\n');
}

function closedText({ month, seal, held }: Closed): string {
  return [
    `${month} and all before it are closed. What becomes known about them counts in the next open month.`,
    `Seal: ${seal}`,
    ...(held > 0 ? [`${held} won deals that closed by then are held: \`sluice reconcile\` says why.`] : []),
  ].join('\n');
}

function checkText({
  entries,
  deals,
  journalLines,
  seal,
  waiting,
  balances,
  problems,
  problemCount,
}: LedgerCheck): string {
  const more = problemCount - problems.length;
  return [
    `${entries} entries of ${deals} deals, made anew from ${journalLines} lines of the journal. Seal: ${seal || 'none yet'}`,
    `Postings: ${balances.map(({ currency, reporting, minor }) => `${currency}${reporting ? ' (reporting)' : ''} ${minor}`).join(', ') || 'none'}`,
    ...(waiting > 0 ? [`${waiting} deals have news that the next sync books.`] : []),
    ...problems.map((problem) => `  ${clean(problem)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    problemCount === 0
      ? 'All is as it must be.'
      : 'The ledger is not as it must be. Where a deal is worth something else by now, `sluice reconcile` books it; where a line of the ledger itself is wrong, restore it from a backup.',
  ].join('\n');
}
