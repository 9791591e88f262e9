import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CompanyRecord } from '../src/leads/matching/evidence.ts';
import { AccountIndex } from '../src/leads/matching/find-account.ts';
import { groupCompanies } from '../src/leads/matching/group-companies.ts';
import { namedCompany } from '../src/leads/matching/match-companies.ts';
import { compileMatching } from '../src/leads/matching/match-config.ts';
import { readCsv, textOf } from '../src/model/read-csv.ts';
import { type Bench, machine, peakRssMb, randomFrom, rounded } from './bench.ts';
import { chooseThreshold, FOLDS, largestCompany, learn, madeLessons, SEEDS, scoreInFolds } from './matching/folds.ts';
import { madeCompany, plainName, spelling, unrelatedNames } from './matching/generate.ts';
import { bCubed, blockingRecall, f1Of, fitNames, type LabelledName, namePairs } from './matching/learn.ts';

/** Names of patent applicants with their hand-checked companies, where they are at hand. */
export const COMPANY_NAMES = fileURLToPath(new URL('../../shared/data/company-names.csv', import.meta.url));

export const matchingRules = compileMatching(
  'config/matching.yaml',
  readFileSync(fileURLToPath(new URL('../config/matching.yaml', import.meta.url)), 'utf8'),
);

const PLAN = { folds: FOLDS, seeds: SEEDS, unrelated: 15_000, firstSeed: 11 };
const ACCOUNTS = { usual: 10_000, full: 100_000 };
/** Records are made and asked about in batches of this size. */
const BATCH = 1000;
/** So many records an account; half of them are of an account, the others of none. */
const RECORDS_AN_ACCOUNT = 10;

/** How well company names are grouped that nothing was learned from, that nothing chains, and what matching a record costs. */
export const matching: Bench = {
  config: (options) => ({ ...PLAN, data: COMPANY_NAMES, ...sizes(options), ...machine() }),
  async run(tell, options) {
    const cost = costOfARecord(sizes(options), tell);
    if (!existsSync(COMPANY_NAMES)) {
      tell(`SKIPPED: ${COMPANY_NAMES} is not there, so no real names were grouped`);
      return { skipped: `no ${COMPANY_NAMES}`, ...cost };
    }
    return { ...grouping(readNames(), tell), ...cost };
  },
};

export function readNames(): LabelledName[] {
  const { table } = readCsv(textOf(readFileSync(COMPANY_NAMES)));
  const cells = (wanted: string) => table.columns.find(({ name }) => name === wanted)?.cells ?? [];
  const companies = cells('company_id');
  return cells('name').map((name, row) => ({ name, company: companies[row] ?? '' }));
}

function grouping(rows: readonly LabelledName[], tell: (line: string) => void) {
  const made = madeLessons();
  const names = namePairs(rows, fitNames(made));
  const folds = SEEDS.map((seed) => {
    const score = scoreInFolds(names, made, seed);
    tell(
      `seed ${seed}: B-cubed F1 ${score.all.toFixed(4)}, without the largest company ${score.withoutLargest.toFixed(4)}`,
    );
    return score;
  });
  const learned = learn(names, made, () => true);
  const largest = largestCompany(rows);
  const shipped = groupNames(rows);
  return {
    names: rows.length,
    bCubedF1: rounded(mean(folds.map(({ all }) => all)), 4),
    bCubedF1WithoutLargest: rounded(mean(folds.map(({ withoutLargest }) => withoutLargest)), 4),
    blockingRecall: rounded(blockingRecall(names), 4),
    largestChain: largestChain(rows),
    shippedF1: rounded(f1Of(bCubed(rows, shipped)), 4),
    shippedF1WithoutLargest: rounded(f1Of(bCubed(rows, shipped, () => true, largest)), 4),
    learnedToday: { ...learned, threshold: chooseThreshold(names, learned, () => true, largest) },
  };
}

/** How many unrelated names the largest group takes that holds any, when they are grouped along with the real ones. */
export function largestChain(rows: readonly LabelledName[]): number {
  const strangers = unrelatedNames(PLAN.unrelated, PLAN.firstSeed).map((name) => ({ name }));
  const counts = new Map<number, number>();
  for (const [n, group] of groupNames([...rows, ...strangers]).entries())
    if (n >= rows.length) counts.set(group, (counts.get(group) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function groupNames(rows: readonly { readonly name: string }[]): number[] {
  return [
    ...groupCompanies(
      rows.map(({ name }, n) => namedCompany(String(n), name)),
      matchingRules,
    ),
  ];
}

interface Sizes {
  readonly accounts: number;
  readonly records: number;
}

function sizes({ full, records }: { readonly full: boolean; readonly records: number | null }): Sizes {
  const accounts = full ? ACCOUNTS.full : ACCOUNTS.usual;
  return { accounts, records: records ?? accounts * RECORDS_AN_ACCOUNT };
}

/** Made-up accounts and records; records are made batch by batch, so that memory is that of the accounts. */
function costOfARecord({ accounts, records }: Sizes, tell: (line: string) => void) {
  const random = randomFrom(PLAN.firstSeed);
  const companies = Array.from({ length: accounts }, () => madeCompany(random));
  const record = (n: number, name: string): CompanyRecord => namedCompany(String(n), name);
  const startedAt = performance.now();
  const index = new AccountIndex(
    companies.map((company, n) => record(n, plainName(company))),
    matchingRules,
  );
  const indexing = performance.now() - startedAt;
  tell(`${accounts} accounts indexed in ${(indexing / 1000).toFixed(1)} s`);
  const found = { right: 0, review: 0, wrong: 0, none: 0 };
  // Processor time: what else the machine does is no cost of a record.
  let [spent, waited] = [0, 0];
  for (let done = 0; done < records; done += BATCH) {
    const asked = Array.from({ length: Math.min(BATCH, records - done) }, (_, n) => {
      const at = n % 2 === 0 ? Math.floor(random() * accounts) : null;
      const made = (at === null ? null : companies[at]) ?? madeCompany(random);
      return { at, record: record(done + n, at === null ? plainName(made) : spelling(made, random)) };
    });
    const [before, startedAt] = [process.cpuUsage(), performance.now()];
    const answers = asked.map((each) => index.find(each.record));
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
    waited += (performance.now() - startedAt) * 1000;
    for (const [n, answer] of answers.entries()) {
      const at = asked[n]?.at ?? null;
      if (at === null) continue;
      if (answer.kind === 'match') found[answer.account.accountId === String(at) ? 'right' : 'wrong']++;
      else found[answer.kind]++;
    }
  }
  const share = (count: number) => rounded((2 * count) / records, 4);
  return {
    accounts,
    records,
    microsecondsPerRecord: rounded(spent / records, 1),
    microsecondsOfWallClock: rounded(waited / records, 1),
    microsecondsPerAccountIndexed: rounded((indexing * 1000) / accounts, 1),
    matchedRight: share(found.right),
    matchedWrong: share(found.wrong),
    toReview: share(found.review),
    notFound: share(found.none),
    peakRssMb: peakRssMb(),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
