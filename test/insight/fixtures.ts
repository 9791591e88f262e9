import { ruleFiles } from '../../src/config/load.ts';
import type { Counted, PartnerCounts } from '../../src/insight/partner-counts.ts';
import { periodNamed } from '../../src/insight/period.ts';
import { compileScorecard, type ScorecardRules } from '../../src/insight/scorecard-config.ts';

const { file, text } = ruleFiles('config').scorecard;
export const RULES: ScorecardRules = compileScorecard(file, text);
const PERIOD = periodNamed('2026-H1', Date.parse('2026-07-15T00:00:00Z'));
export const ABOUT = { period: PERIOD, currency: 'USD', seed: 1 };

const none = { hits: 0, of: 0 };

/** A partner of the name, with these counts and no others. */
export function counted(
  name: string,
  counts: Partial<PartnerCounts> = {},
  partner: Partial<Counted['partner']> = {},
): Counted {
  return {
    partner: { id: `pa_${name.toLowerCase()}`, name, status: 'Active', tier: 'Gold', category: 'Reseller', ...partner },
    counts: {
      offered: 0,
      waiting: 0,
      accepted: 0,
      rejected: 0,
      expired: 0,
      recalled: 0,
      touchedInTime: none,
      reportedInTime: none,
      converted: none,
      won: 0,
      lost: 0,
      noDecision: 0,
      revenue: { minor: 0n, currency: 'USD' },
      perEnded: { leads: 0, sum: 0, squares: 0 },
      bookedInPeriod: { minor: 0n, currency: 'USD' },
      otherCurrency: 0,
      held: 0,
      rejectReasons: [],
      toAccept: null,
      toTouch: null,
      open: { leads: 0, stale: 0, lastWordAt: null },
      ...counts,
    },
  };
}

/** A partner that was offered `offered` leads, accepted them all and won so many. */
export function winner(name: string, offered: number, won: number, partner: Partial<Counted['partner']> = {}): Counted {
  return counted(name, { offered, accepted: offered, won, lost: offered - won }, partner);
}
