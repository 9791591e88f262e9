import { createHash } from 'node:crypto';
import type { Config } from '../config/load.ts';
import { compileDeals } from '../deals/rules.ts';
import { compileFunds } from '../funds/rules.ts';
import { compileReports } from '../insight/reports/custom.ts';
import { compileScorecard } from '../insight/scorecard-config.ts';
import { compileFeedback } from '../leads/feedback/feedback-rules.ts';
import { compileIntake } from '../leads/intake.ts';
import { compileMatching } from '../leads/matching/match-config.ts';
import { compileProgrammes } from '../leads/partners/compile-programmes.ts';
import { compileRouting } from '../leads/routing.ts';
import { compileScoring } from '../leads/scoring.ts';
import { compileSlaVersion, type SlaVersion } from '../leads/service/terms.ts';
import { ConfigError } from '../model/config-error.ts';
import { compileAttribution } from '../revenue/config.ts';
import { compileLedger } from '../revenue/ledger-config.ts';
import { readRatesFile } from '../revenue/rates-file.ts';
import { compileReconcile } from '../revenue/reconcile-config.ts';
import { accountMatcher, dealSource } from './deal-rules.ts';
import type { Rules } from './environment.ts';
import { noticeRules } from './notice-rules.ts';

/** Compiles all rule files; throws one ConfigError with the problems of every file. */
export function compileRules(config: Config): Rules {
  const problems: ConfigError[] = [];
  const attempt = <T>(compile: () => T): T | undefined => {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error);
      return undefined;
    }
  };
  const connections = config.connections.map(({ name }) => name);
  const { intake, scoring, routing, feedback, programmes, attribution, funds, ledger, scorecard, reconcile, reports } =
    config.rules;
  const version = slaVersion(config);
  const routes = attempt(() => compileRouting(routing.file, routing.text));
  // Sluice's own programmes may speak of tiers that the vendor's own routing does not have: they then match nobody.
  const tiers = programmes.shipped && !routing.shipped ? null : (routes?.tiers ?? null);
  const compiled = {
    intake: attempt(() => compileIntake(intake.file, intake.text)),
    scoring: attempt(() => compileScoring(scoring.file, scoring.text)),
    routing: routes,
    feedback: attempt(() => compileFeedback(feedback.file, feedback.text)),
    programmes: attempt(() => compileProgrammes(programmes.file, programmes.text, tiers)),
    reports: attempt(() => compileReports(reports.file, reports.text, config.mail !== undefined)),
    attribution: attempt(() => compileAttribution(attribution.file, attribution.text)),
    funds: attempt(() => compileFunds(funds.file, funds.text)),
    ledger: attempt(() => compileLedger(ledger.file, ledger.text, { currency: config.vendor.currency, connections })),
    rates: attempt(() => (config.rates === null ? [] : readRatesFile(config.rates.file, config.rates.text))),
    scorecard: attempt(() => compileScorecard(scorecard.file, scorecard.text)),
    reconcile: attempt(() => compileReconcile(reconcile.file, reconcile.text, connections)),
    sla: attempt(() => compileSlaVersion(version)),
  };
  const { sla } = compiled;
  const { deals, matching } = config.rules;
  const matchRules = attempt(() => compileMatching(matching.file, matching.text));
  const dealRules = sla && attempt(() => compileDeals(dealSource(deals.file, deals.text, sla)));
  if (
    !compiled.intake ||
    !compiled.scoring ||
    !compiled.routing ||
    !compiled.feedback ||
    !compiled.programmes ||
    !compiled.attribution ||
    !compiled.reports ||
    !compiled.funds ||
    !compiled.ledger ||
    !compiled.rates ||
    !compiled.scorecard ||
    !compiled.reconcile ||
    !compiled.sla ||
    !matchRules ||
    !dealRules
  ) {
    throw new ConfigError(problems.flatMap((error) => error.problems));
  }
  const notices = noticeRules(config, compiled.sla);
  return {
    intake: compiled.intake,
    scoring: compiled.scoring,
    routing: compiled.routing,
    feedback: compiled.feedback,
    programmes: compiled.programmes,
    attribution: compiled.attribution,
    reports: compiled.reports,
    funds: compiled.funds,
    ledger: compiled.ledger,
    rates: compiled.rates,
    scorecard: compiled.scorecard,
    reconcile: compiled.reconcile,
    deals: { rules: dealRules, matcher: accountMatcher(matchRules) },
    routingHash: hashOf(routing.text),
    ...(notices ? { notices } : {}),
    sla: {
      sla: compiled.sla,
      hash: hashOf(JSON.stringify([version.text, version.holidays.map(({ name, text }) => [name, text])])),
    },
  };
}

/** All that sla.yaml means: its text, and the holidays that it names. */
export function slaVersion(config: Config): SlaVersion {
  const { file, text } = config.rules.sla;
  return { file, text, holidays: config.holidays };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
