/** `sluice fund ...`: co-marketing money, from the budget to the payment. What it may do stands in src/funds. */
import { readFileSync } from 'node:fs';
import { readAmount } from '../funds/amounts.ts';
import { proofIn, readFundFile } from '../funds/read-import.ts';
import { accrueAll } from '../funds/service/accrue.ts';
import { campaignFinder, fundFinder, partnerFinder } from '../funds/service/find.ts';
import { askFor, claimFor, type Done, type FundMove, FundRefused, moveFund } from '../funds/service/fund-desk.ts';
import { currencyOf } from '../funds/service/fund-store.ts';
import { importFunds } from '../funds/service/import.ts';
import { checkFunds, viewFund, viewFunds } from '../funds/service/views.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { textOf, UnusableFile } from '../model/read-csv.ts';
import type { Queryable } from '../store/database.ts';
import { answer, EXIT, type ExitCode, UserError } from './context.ts';
import { type FundCall, wrongUse } from './fund-call.ts';
import { fundRoi } from './fund-roi.ts';
import { accrualText, checkText, doneText, importText, listText, showText } from './fund-text.ts';
import type { AppCommand } from './with-app.ts';

type Options = Readonly<Record<string, unknown>>;

const ACTIONS: Readonly<Record<string, (call: FundCall) => Promise<ExitCode>>> = {
  list: async ({ app, io, options, rules, now }) => {
    const all = await viewFunds(app.store.db, { rules, now });
    answer(io, options, all, () => listText(all));
    return EXIT.done;
  },
  show: async ({ app, io, options, rules, now, args: [id = ''] }) => {
    const item = await viewFund(app.store.db, id, { rules, now });
    if (item === null)
      throw new UserError(`there is no fund item "${id}"`, { hint: '`sluice fund list` shows what there is.' });
    answer(io, options, item, () => showText(item));
    return EXIT.done;
  },
  request: async (call) => done(call, await ask(call)),
  claim: async (call) => done(call, await claim(call)),
  submit: async (call) => done(call, await move(call, { kind: 'submit', proof: proofOf(call.options) })),
  approve: async (call) =>
    done(call, await move(call, { kind: 'approve', amount: await amountOf(call, false) }, decider(call))),
  reject: async (call) => done(call, await move(call, { kind: 'reject' }, decider(call))),
  return: async (call) => done(call, await move(call, { kind: 'return' }, decider(call))),
  withdraw: async (call) => done(call, await move(call, { kind: 'withdraw' })),
  pay: async (call) => {
    const reference = needed(call.options, 'reference', 'what names the payment in your books');
    const on = typeof call.options.on === 'string' ? call.options.on : new Date(call.now).toISOString().slice(0, 10);
    return done(call, await move(call, { kind: 'pay', reference, on, amount: await amountOf(call, false) }));
  },
  accrue: async (call) => {
    const runs = await accrueAll(call.app.store.db, deskOf(call));
    answer(call.io, call.options, { runs }, () => accrualText(runs));
    return runs.some(({ rows }) => rows.some(({ unfunded, owed }) => unfunded > 0n || owed > 0n))
      ? EXIT.rejected
      : EXIT.done;
  },
  check: async ({ app, io, options, rules, now }) => {
    const found = await checkFunds(app.store.db, { rules, now });
    answer(io, options, found, () => checkText(found));
    return found.problems.length > 0 ? EXIT.rejected : EXIT.done;
  },
  roi: fundRoi,
  import: importFile,
};

export const fund: AppCommand = async (app, io, options, [action = '', ...args]) => {
  const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (act === undefined) {
    const known = Object.keys(ACTIONS);
    throw wrongUse(`there is no "fund ${action}"`, suggestion(action, known) ?? `There are ${known.join(', ')}.`);
  }
  const env = await app.environment();
  const { funds: rules } = app.rules;
  if (rules === undefined) throw new UserError('there is no funds.yaml, so nothing can be done with funds');
  try {
    return await act({ app, io, options, rules, now: env.clock.now(), args });
  } catch (error) {
    if (!(error instanceof FundRefused)) throw error;
    throw new UserError(error.message, { hint: error.hint });
  }
};

async function ask(call: FundCall): Promise<Done> {
  const { app, options } = call;
  const { db } = app.store;
  const partner = (await partnerFinder(db))(needed(options, 'partner', 'the name of a partner'));
  const allocation = await named(db, 'allocation', options.allocation);
  const budget = await named(db, 'budget', options.budget);
  const budgetId = budget ?? (allocation === null ? null : await budgetOf(db, allocation));
  if (budgetId === null) throw wrongUse('of which fund?', '--budget or --allocation, by name or id');
  const campaign = typeof options.campaign === 'string' ? (await campaignFinder(db))(options.campaign) : null;
  const currency = text(options.currency) ?? (await currencyOf(db, budgetId)) ?? app.config.vendor.currency;
  return askFor(
    db,
    {
      budgetId,
      allocationId: allocation,
      partnerId: partner.id,
      campaign:
        campaign?.connection && campaign.record
          ? { id: campaign.id, connection: campaign.connection, record: campaign.record }
          : null,
      title: needed(options, 'title', 'what it is for, in words'),
      activity: needed(options, 'activity', 'an activity of funds.yaml'),
      amount: readAmountOr(needed(options, 'amount', 'how much is asked for'), currency.toUpperCase()),
      currency: currency.toUpperCase(),
      startsOn: text(options.from),
      endsOn: text(options.to),
      claimBy: text(options.claimBy),
      key: text(options.key),
      draft: options.draft === true,
    },
    deskOf(call),
  );
}

async function claim(call: FundCall): Promise<Done> {
  const [requestId = ''] = call.args;
  return claimFor(
    call.app.store.db,
    {
      requestId,
      title: text(call.options.title),
      amount: (await amountOf(call, true)) ?? 0n,
      proof: proofOf(call.options),
      key: text(call.options.key),
    },
    deskOf(call),
  );
}

function move(call: FundCall, what: FundMove, who = deskOf(call)): Promise<Done> {
  return moveFund(call.app.store.db, call.args[0] ?? '', what, who);
}

async function done({ app, io, options, rules, now }: FundCall, { id, type }: Done): Promise<ExitCode> {
  const item = await viewFund(app.store.db, id, { rules, now });
  if (item === null) throw new Error(`${id} was not kept`);
  answer(io, options, { done: type, ...item }, () => `${doneText(type)}\n${showText(item)}`);
  return EXIT.done;
}

async function importFile(call: FundCall): Promise<ExitCode> {
  const { app, io, options, args } = call;
  const [path] = args;
  if (path === undefined) throw wrongUse('which file?', '`sluice fund import FILE.csv`');
  let file: ReturnType<typeof readFundFile>;
  try {
    file = readFundFile(textOf(readFileSync(path)));
  } catch (error) {
    if (error instanceof UnusableFile) throw new UserError(`${path}: ${error.message}`, { hint: error.hint });
    throw error;
  }
  const dryRun = options.dryRun === true;
  const taken = await importFunds(app.store.db, file.rows, { ...deskOf(call), dryRun });
  const bad = file.badRows.map(({ line, problem }) => ({ line, result: 'refused' as const, id: null, problem }));
  const rows = [...taken, ...bad].sort((a, b) => a.line - b.line);
  const document = { file: path, dryRun, rows, notes: file.notes };
  answer(io, options, document, () => importText(document));
  return rows.some(({ result }) => result === 'refused') ? EXIT.rejected : EXIT.done;
}

function deskOf({ rules, now, options }: FundCall) {
  return { rules, now, who: text(options.by) ?? 'command line', why: text(options.why) };
}

/** Who decides must be said: it is held against the limits of funds.yaml. */
function decider(call: FundCall) {
  return { ...deskOf(call), who: needed(call.options, 'by', 'the address of the approver') };
}

/** The amount of `--amount` in the currency of the item that is named. */
async function amountOf({ app, args, options }: FundCall, must: boolean): Promise<bigint | undefined> {
  const written = text(options.amount);
  if (written === null) {
    if (must) throw wrongUse('how much?', '--amount 1234.50');
    return undefined;
  }
  const currency = await currencyOf(app.store.db, args[0] ?? '');
  if (currency === null)
    throw new UserError(`there is no fund item "${args[0] ?? ''}"`, {
      hint: '`sluice fund list` shows what there is.',
    });
  return readAmountOr(written, currency);
}

function readAmountOr(written: string, currency: string): bigint {
  const read = readAmount(written, currency);
  if (typeof read === 'bigint') return read;
  throw new UserError(read.problem, { hint: 'Nothing was changed.' });
}

function proofOf(options: Options) {
  const given = Array.isArray(options.proof) ? options.proof.map(String).join(';') : '';
  const proof = proofIn(given);
  if (proof === null)
    throw wrongUse('proof is written as kind=reference', '--proof invoice=INV-7 --proof attendees=list.pdf');
  return proof;
}

async function named(db: Queryable, kind: 'budget' | 'allocation', written: unknown): Promise<string | null> {
  return typeof written === 'string' ? (await fundFinder(db, kind))(written).id : null;
}

async function budgetOf(db: Queryable, allocationId: string): Promise<string | null> {
  const row = await db
    .selectFrom('fund_allocations')
    .select('budget_id')
    .where('id', '=', allocationId)
    .executeTakeFirst();
  return row?.budget_id ?? null;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function needed(options: Options, name: string, what: string): string {
  const value = text(options[name]);
  if (value === null) throw wrongUse(`--${name} is missing`, `Give ${what}.`);
  return value;
}
