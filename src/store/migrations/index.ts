import { initial } from './0001-initial.ts';
import { sweepsAndHints } from './0002-sweeps-and-hints.ts';
import { merging } from './0003-merging.ts';
import { budgets } from './0004-budgets.ts';
import { lean } from './0005-lean.ts';
import { readTo } from './0006-read-to.ts';
import { leadDesk } from './0007-lead-desk.ts';
import { ledger } from './0008-ledger.ts';
import { reconciliation } from './0009-reconciliation.ts';
import { attribution } from './0010-attribution.ts';
import { funds } from './0011-funds.ts';
import { deals } from './0012-deals.ts';
import { partnerScores } from './0013-partner-scores.ts';
import { reportFacts } from './0014-report-facts.ts';
import { mergesKept } from './0015-merges-kept.ts';

/** One step of the schema; steps are never edited once released, only followed by others. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [
  initial,
  sweepsAndHints,
  merging,
  budgets,
  lean,
  readTo,
  leadDesk,
  ledger,
  reconciliation,
  attribution,
  funds,
  deals,
  partnerScores,
  reportFacts,
  mergesKept,
];
