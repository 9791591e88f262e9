/** `sluice fund roi`: what co-marketing money brought, by request, activity, budget or partner. */
import { type ActivityRoi, type RoiRow, roiRows } from '../funds/roi.ts';
import { loadActivityRoi } from '../funds/service/fund-roi.ts';
import { viewFunds } from '../funds/service/views.ts';
import { suggestion } from '../mapping/yaml-file.ts';
import { decimalOf } from '../model/money.ts';
import { answer, EXIT, type ExitCode } from './context.ts';
import { type FundCall, wrongUse } from './fund-call.ts';
import { roiText } from './fund-text.ts';

const BY: Readonly<Record<string, (activity: ActivityRoi) => string | null>> = {
  request: ({ requestId }) => requestId,
  activity: ({ activity }) => activity,
  budget: ({ budgetId }) => budgetId,
  partner: ({ partnerId }) => partnerId,
};

/** One row; amounts are decimals of `currency`. */
export interface RoiRowView extends Omit<RoiRow, 'key' | 'promised' | 'cost' | 'revenue' | 'otherCurrencies'> {
  readonly id: string | null;
  readonly name: string;
  readonly promised: string;
  readonly cost: string;
  readonly revenue: string;
  readonly otherCurrencies: readonly { readonly currency: string; readonly revenue: string }[];
  /** From where the revenue is known. */
  readonly from: readonly string[];
}

export interface RoiView {
  readonly by: string;
  readonly model: string;
  readonly windowDays: number;
  readonly margin: string | null;
  readonly rows: readonly RoiRowView[];
}

export async function fundRoi({ app, io, options, rules, now }: FundCall): Promise<ExitCode> {
  const by = String(options.group ?? 'request');
  const keyOf = Object.hasOwn(BY, by) ? BY[by] : undefined;
  if (keyOf === undefined)
    throw wrongUse(
      `funds are not grouped by "${by}"`,
      suggestion(by, Object.keys(BY)) ?? `There are ${Object.keys(BY).join(', ')}.`,
    );
  const { db } = app.store;
  const known = await db.selectFrom('credits').select('model').distinct().orderBy('model').execute();
  const model = typeof options.model === 'string' ? options.model : String(app.rules.attribution.models[0] ?? '');
  if (typeof options.model === 'string' && !known.some((each) => each.model === model))
    throw wrongUse(
      `nothing is credited under a model "${model}"`,
      suggestion(
        model,
        known.map((each) => each.model),
      ) ?? 'Models are listed in attribution.yaml.',
    );
  const read = await loadActivityRoi(db, {
    model,
    windowDays: rules.roiWindowDays,
    today: new Date(now).toISOString().slice(0, 10),
  });
  // The CRM's word and Sluice's for one activity are one.
  const activities = read.map((each) => ({
    ...each,
    activity: each.activity === null ? null : (rules.activityOf(each.activity)?.name ?? each.activity),
  }));
  const all = await viewFunds(db, { rules, now });
  const names = new Map<string, string>([
    ...all.budgets.map(({ id, name }) => [id, name] as const),
    ...all.requests.flatMap(({ id, name, partner }) => [
      [id, name] as const,
      ...(partner ? [[partner.id, partner.name] as const] : []),
    ]),
  ]);
  const from = Map.groupBy(activities, (each) => keyOf(each) ?? '');
  const rows = roiRows(activities, (each) => keyOf(each) ?? '', rules.margin)
    .filter(({ withoutResult }) => options.withoutResult !== true || withoutResult)
    .map(({ key, ...row }): RoiRowView => {
      const amount = (minor: bigint, currency = row.currency) => decimalOf({ minor, currency });
      return {
        ...row,
        id: key === '' ? null : key,
        name: key === '' ? 'none' : (names.get(key) ?? key),
        promised: amount(row.promised),
        cost: amount(row.cost),
        revenue: amount(row.revenue),
        otherCurrencies: row.otherCurrencies.map(({ currency, revenue }) => ({
          currency,
          revenue: amount(revenue, currency),
        })),
        from: [
          ...new Set(
            (from.get(key) ?? []).filter(({ currency }) => currency === row.currency).map((each) => each.from),
          ),
        ].sort(),
      };
    });
  const view: RoiView = { by, model, windowDays: rules.roiWindowDays, margin: rules.margin, rows };
  answer(io, options, view, () => roiText(view));
  return EXIT.done;
}
