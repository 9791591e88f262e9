import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openApp } from '../../src/app.ts';
import { startSandboxProcess } from '../../src/cli/demo/sandbox-process.ts';
import { writeConfig } from '../../src/cli/write-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { iso } from '../../src/model/clock.ts';
import { refit } from '../../src/revenue/service/fits.ts';
import { reconcileDeals } from '../../src/revenue/service/reconcile.ts';
import { rounded } from '../bench.ts';

export interface MarketPlan {
  readonly leads: number;
  readonly days: number;
  readonly seed: number;
  readonly runsADay: number;
}

/** How a model's credit stands to what campaigns truly brought. */
export interface ModelError {
  /** Money credited to campaigns against money that would be missing without them; 1 would be right. */
  readonly overstated: number;
  /** The part of the credit that stands at another campaign than it should, once both are brought to the same total: 0 to 1. */
  readonly misplaced: number;
}

export interface TruthFigures {
  readonly wonDeals: number;
  /** Won deals that would have been won without any campaign or partner. */
  readonly anyway: number;
  readonly campaigns: number;
  /** By model; `even`: every campaign the same, which looks at nothing. */
  readonly errors: Readonly<Record<string, ModelError>>;
  /** Models that could not be fitted, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

/**
 * Lets a market live with Sluice, which knows nothing of causes, and then asks the market what it alone knows: who would have
 * bought anyway, and what moved the others. A deal is shared equally by what moved its buyer, the partner among them; what
 * campaigns have of it is their incremental revenue.
 */
export async function againstTruth(
  plan: MarketPlan,
  models: Readonly<Record<string, unknown>>,
  tell: (line: string) => void,
): Promise<TruthFigures> {
  const { leads, days, seed, runsADay } = plan;
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  tell(`a market of ${leads} leads over ${days} days`);
  const baseTime = '2026-09-01T06:00:00.000Z';
  const sandbox = await startSandboxProcess({ leads, seed, days, baseTime, onProgress: () => {} });
  try {
    writeConfig(dir, sandbox, 'Benchmark');
    writeFileSync(join(dir, 'attribution.yaml'), JSON.stringify({ models }));
    const app = await openApp(loadConfig(dir), { command: 'bench', log: () => {} });
    try {
      await app.provision({ dryRun: false });
      await app.sync();
      for (let run = 0; run < days * runsADay; run++) {
        await sandbox.advance(24 / runsADay);
        await app.sync();
      }
      const env = await app.environment();
      const { attribution, ledger, reconcile } = env.rules;
      // As `sluice reconcile` does after a week: with a fit to all that happened.
      const later = iso(env.clock.now() + 8 * 86_400_000);
      const refits = await env.db.transaction().execute((tx) => refit(tx, attribution, later));
      const deals = await env.db.selectFrom('opportunities').select('id').execute();
      const ids = deals.map(({ id }) => id);
      await env.db.transaction().execute((tx) => reconcileDeals(tx, ids, attribution, later, ledger, reconcile));
      const { rows } = await sql<{ model: string; name: string; minor: string }>`
        select c.model, a.name, sum(c.reporting_minor)::text as minor from credits c join campaigns a on a.id = c.campaign_id
        group by 1, 2`.execute(env.db);
      const names = await env.db.selectFrom('campaigns').select('name').execute();
      const truth = (await sandbox.truth()) as unknown as Truth;
      return compare(
        truth,
        names.map(({ name }) => name),
        rows.map(({ model, name, minor }) => ({ model, name, amount: Number(minor) / 100 })),
        Object.fromEntries(refits.flatMap(({ model, problem }) => (problem === null ? [] : [[model, problem]]))),
      );
    } finally {
      await app.close();
    }
  } finally {
    await sandbox.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What the market tells of its deals (sandbox/market/truth.ts). */
interface Truth {
  readonly deals: readonly {
    readonly won: boolean;
    /** Decimal text. */
    readonly amount: string;
    readonly wouldHaveBoughtAnyway: boolean;
    readonly causes: readonly ({ readonly kind: 'partner' } | { readonly kind: 'campaign'; readonly name: string })[];
  }[];
}

function compare(
  truth: Truth,
  campaigns: readonly string[],
  credits: readonly { readonly model: string; readonly name: string; readonly amount: number }[],
  refused: Readonly<Record<string, string>>,
): TruthFigures {
  const won = truth.deals.filter((deal) => deal.won);
  const brought = new Map<string, number>();
  for (const { amount, causes, wouldHaveBoughtAnyway } of won) {
    if (wouldHaveBoughtAnyway) continue;
    for (const cause of causes)
      if (cause.kind === 'campaign')
        brought.set(cause.name, (brought.get(cause.name) ?? 0) + Number(amount) / causes.length);
  }
  const errors: Record<string, ModelError> = {};
  for (const [model, rows] of Map.groupBy(credits, (credit) => credit.model))
    if (!Object.hasOwn(refused, model))
      errors[model] = errorOf(new Map(rows.map(({ name, amount }) => [name, amount])), brought);
  const total = [...brought.values()].reduce((sum, amount) => sum + amount, 0);
  errors.even = errorOf(new Map(campaigns.map((name) => [name, total / campaigns.length])), brought);
  return {
    wonDeals: won.length,
    anyway: won.filter((deal) => deal.wouldHaveBoughtAnyway).length,
    campaigns: campaigns.length,
    errors,
    refused,
  };
}

function errorOf(credited: ReadonlyMap<string, number>, brought: ReadonlyMap<string, number>): ModelError {
  const sum = (amounts: ReadonlyMap<string, number>) => [...amounts.values()].reduce((all, amount) => all + amount, 0);
  const [given, due] = [sum(credited), sum(brought)];
  let apart = 0;
  for (const name of new Set([...credited.keys(), ...brought.keys()]))
    apart += Math.abs((credited.get(name) ?? 0) / given - (brought.get(name) ?? 0) / due);
  return { overstated: rounded(given / due, 3), misplaced: rounded(apart / 2, 3) };
}
