/** What `sluice demo` says at the end, and what must hold for it to be true. */
import { sql } from 'kysely';
import type { App } from '../../app/app.ts';
import { counted } from '../../leads/text.ts';
import { decimalOf, type Money, moneyFrom, sum } from '../../model/money.ts';
import { revenueTotals } from '../../revenue/service/reports.ts';
import type { RunSummary } from '../../sync/run.ts';
import { matchQuality } from './match-quality.ts';
import type { RawCrm, rawSalesforce } from './raw-crm.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { verifyWriteBack, type WriteBack } from './write-back.ts';

export interface Summary {
  readonly seed: number;
  readonly days: number;
  readonly inCrm: { readonly salesforceLeads: number; readonly hubspotContacts: number; readonly people: number };
  readonly people: { readonly known: number; readonly matchPrecision: number; readonly matchRecall: number };
  readonly leads: { readonly total: number; readonly states: Readonly<Record<string, number>> };
  readonly offers: Readonly<Record<string, number>>;
  /** What deadlines came to: partners reminded, channel managers told, accepted leads recalled, and offered to the next partner. */
  readonly deadlines: Readonly<Record<'warnings' | 'escalations' | 'recalled' | 'reassigned', number>>;
  readonly writeBack: Readonly<Record<string, WriteBack>>;
  /** `made` and `floor` are summed over the runs; set-up (describing, provisioning, checking) and verification stand apart. */
  readonly calls: Readonly<
    Record<string, { made: number; floor: number; sweeps: number; setUp: number; verification: number }>
  >;
  readonly revenue: {
    readonly currency: string;
    readonly closedWon: string;
    readonly booked: string;
    readonly matched: string;
    readonly models: Readonly<Record<string, { credited: string; unattributed: string; roi: string | null }>>;
    readonly spend: string;
    /** (credited - spend) / spend under the linear model, on revenue; null where nothing was spent. */
    readonly roi: string | null;
  };
  readonly seconds: number;
}

/** Asks both CRMs and the market how things stand and sets it beside what Sluice holds. */
export async function summarise(
  app: App,
  sandbox: SandboxProcess,
  raw: { readonly salesforce: Awaited<ReturnType<typeof rawSalesforce>>; readonly hubspot: RawCrm },
  runs: readonly RunSummary[],
  about: { seed: number; days: number; startedAt: number },
): Promise<Summary> {
  const { db } = app.store;
  const truth = await sandbox.truth();
  const count = async (table: 'leads' | 'offers', column: 'state' | 'status') => {
    const rows = await sql<{
      key: string;
      count: string;
    }>`select ${sql.ref(column)} as key, count(*) as count from ${sql.table(table)} group by 1 order by 1`.execute(db);
    return Object.fromEntries(rows.rows.map((row) => [row.key, Number(row.count)]));
  };
  const states = await count('leads', 'state');
  const [total] = (await sql<{ count: string }>`select count(*) as count from leads`.execute(db)).rows;
  const inCrm = {
    salesforceLeads: await raw.salesforce.count('Lead'),
    hubspotContacts: await raw.hubspot.count('contacts'),
    people: truth.people.filter((person) => person.records.length > 0).length,
  };
  const writeBack = await verifyWriteBack(app, raw);
  const { currency } = app.config.vendor;
  const totals = await revenueTotals(db, currency, app.rules.attribution.models);
  const won = (await raw.salesforce.wonAmounts()).flatMap((amount): Money[] => {
    const money = amount === null ? null : moneyFrom(amount, currency);
    return money === null ? [] : [money];
  });
  const calls = Object.fromEntries(
    app.config.connections.map(({ name }) => {
      const mine = runs.flatMap((run) => run.connections[name] ?? []);
      const verification = raw[name as keyof typeof raw]?.requests ?? 0;
      return [
        name,
        {
          made: mine.reduce((made, run) => made + run.calls - run.swept, 0),
          sweeps: mine.reduce((pages, run) => pages + run.swept, 0),
          floor: mine.reduce((floor, run) => floor + run.floor, 0),
          setUp: app.calls(name).setUp,
          verification,
        },
      ];
    }),
  );
  return {
    seed: about.seed,
    days: about.days,
    inCrm,
    people: await matchQuality(db, truth),
    leads: { total: Number(total?.count ?? 0), states },
    offers: await count('offers', 'status'),
    deadlines: await deadlinesOf(app),
    writeBack,
    calls,
    revenue: {
      currency,
      closedWon: decimalOf(sum(won, currency)),
      booked: decimalOf(totals.booked),
      matched: decimalOf(totals.matched),
      models: Object.fromEntries(
        Object.entries(totals.models).map(([model, figures]) => [
          model,
          {
            credited: decimalOf(figures.credited),
            unattributed: decimalOf(figures.unattributed),
            roi: totals.roi[model] ?? null,
          },
        ]),
      ),
      spend: decimalOf(totals.spend),
      roi: totals.roi.linear ?? null,
    },
    seconds: Math.round((performance.now() - about.startedAt) / 100) / 10,
  };
}

async function deadlinesOf({ store }: App): Promise<Summary['deadlines']> {
  const { rows } = await sql<Summary['deadlines']>`select
      (count(*) filter (where t.kind = 'warn' and t.outcome = 'sent'))::int as warnings,
      (count(*) filter (where t.kind = 'escalate' and t.outcome = 'sent'))::int as escalations,
      (count(*) filter (where r.recalled))::int as recalled, (count(*) filter (where r.recalled and r.again))::int as reassigned
    from timers t join offers o on o.id = t.offer_id cross join lateral (select
      t.kind = 'miss' and t.deadline <> 'accept' and t.outcome = 'done' and o.status = 'Recalled' as recalled,
      exists (select from offers n where n.lead_id = o.lead_id and n.round > o.round) as again) r`.execute(store.db);
  return rows[0] ?? { warnings: 0, escalations: 0, recalled: 0, reassigned: 0 };
}

/** Everything that must hold of a summary and does not, in words; empty: all is well. */
export function brokenPromises(summary: Summary): string[] {
  const broken: string[] = [];
  const states = Object.values(summary.leads.states).reduce((all, count) => all + count, 0);
  if (states !== summary.leads.total)
    broken.push(
      `the lead states add up to ${states}, but there ${summary.leads.total === 1 ? 'is 1 lead' : `are ${summary.leads.total} leads`}`,
    );
  for (const [crm, back] of Object.entries(summary.writeBack)) {
    if (back.verified + back.rejected === back.records) continue;
    const wrong = back.records - back.verified - back.rejected;
    broken.push(
      `${crm}: ${wrong} of ${back.records} written records are not what Sluice holds; ${back.differences.join('; ')}`,
    );
  }
  const { revenue, people, calls } = summary;
  if (revenue.booked !== revenue.closedWon)
    broken.push(`${revenue.booked} ${revenue.currency} is booked, but ${revenue.closedWon} was closed won in the CRM`);
  for (const [model, figures] of Object.entries(revenue.models)) {
    const parts = [figures.credited, figures.unattributed].map(
      (text) => moneyFrom(text, revenue.currency) ?? { minor: 0n, currency: revenue.currency },
    );
    if (decimalOf(sum(parts, revenue.currency)) !== revenue.booked) {
      broken.push(
        `under ${model}, ${figures.credited} credited and ${figures.unattributed} unattributed do not add up to ${revenue.booked}`,
      );
    }
  }
  if (people.matchPrecision < 0.995)
    broken.push(`${percent(people.matchPrecision)} of the matched record pairs are right, less than 99.5 %`);
  if (people.matchRecall < 0.98)
    broken.push(`${percent(people.matchRecall)} of the record pairs of one person were found, less than 98 %`);
  for (const [crm, { made, floor }] of Object.entries(calls)) {
    if (made > 1.5 * floor)
      broken.push(
        `${crm}: ${counted(made, 'call was', 'calls were')} made where ${floor} would do, more than 1.5 times as many`,
      );
  }
  return broken;
}

export function summaryLines(summary: Summary): string[] {
  const { inCrm, people, leads, revenue, deadlines } = summary;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return [
    `In the CRMs   ${counted(inCrm.salesforceLeads, 'Salesforce Lead', 'Salesforce Leads')} and ${counted(inCrm.hubspotContacts, 'HubSpot contact', 'HubSpot contacts')} of ${counted(inCrm.people, 'person', 'people')}`,
    `People        ${people.known} known; matching is right in ${percent(people.matchPrecision)} of pairs and finds ${percent(people.matchRecall)}`,
    `Leads         ${leads.total}: ${list(leads.states)}`,
    `Offers        ${list(summary.offers)}`,
    `Deadlines     ${counted(deadlines.warnings, 'warning', 'warnings')}, ${counted(deadlines.escalations, 'escalation', 'escalations')}, ${deadlines.recalled} recalled, ${deadlines.reassigned} of them offered to the next partner`,
    ...Object.entries(summary.writeBack).map(
      ([crm, back]) =>
        `Written back  ${crm}: ${counted(back.records, 'record', 'records')}, ${back.verified} read back equal, ${back.rejected} rejected`,
    ),
    ...Object.entries(summary.calls).map(
      ([crm, calls]) =>
        `Calls         ${crm}: ${calls.made}, ${(calls.made / Math.max(1, calls.floor)).toFixed(2)} times the least possible; ${calls.sweeps} for complete passes, ${calls.setUp} for set-up, ${calls.verification} to verify`,
    ),
    `Revenue       ${revenue.closedWon} ${revenue.currency} closed won, ${revenue.booked} booked, ${revenue.matched} of it tied to leads`,
    ...Object.entries(revenue.models).map(
      ([model, figures]) =>
        `  ${model.padEnd(12)}${figures.credited} credited to campaigns, ${figures.unattributed} unattributed`,
    ),
    `ROI           ${revenue.roi === null ? 'undefined: nothing was spent' : `${percent(Number(revenue.roi))} on ${revenue.spend} ${revenue.currency} of campaign cost`}`,
    `Took          ${summary.seconds} s`,
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0.99 && share < 1 ? 2 : 1)} %`;
}
