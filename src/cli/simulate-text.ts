/** What `sluice simulate` says, as text. */
import type { Outcome } from '../leads/decision.ts';
import type { FairnessReport } from '../leads/fairness.ts';
import { gainWords } from '../leads/methods/assignment.ts';
import type { SimulatedPast } from '../leads/service/simulate.ts';
import type { ChangedLead, Fate, Pair } from '../leads/simulate.ts';
import { counted } from '../leads/text.ts';
import type { Column } from '../model/report.ts';
import { toTable } from '../revenue/render.ts';

const WORDS: Readonly<Record<Outcome, string>> = {
  offer: 'offered to a partner',
  direct: 'kept by the direct team',
  pool: 'pool',
  nurture: 'nurture',
  held: 'held back',
  unroutable: 'unroutable',
};

export function simulationText(file: string, past: SimulatedPast): string {
  if (past.leads === 0) return nothingText(past);
  const { leads, changed, changes, expectedWins, remarks, erased, fairness } = past;
  const names = new Map(past.partners.map(({ partnerId, name }) => [partnerId, name]));
  const notes = [
    ...remarks,
    ...(erased > 0 ? [`${counted(erased, 'lead is', 'leads are')} left out: what was known of them was erased`] : []),
  ];
  return [
    `${counted(leads, 'lead', 'leads')} by ${file}, as first decided: ${changed} would have changed hands. Nothing was written.`,
    '',
    toTable({ name: 'simulate', tables: [outcomeTable(past), partnerTable(past)] }),
    `Wins to be expected of the leads offered: ${expectedWins.before.toFixed(1)} before, ${expectedWins.after.toFixed(1)} after`,
    ...(past.gain ? [`Assigned as a whole: ${gainWords(past.gain)}`] : []),
    ...(fairness ? ['', 'Fairness, by the floors of this file', ...fairnessLines(fairness)] : []),
    ...(changes.length > 0
      ? [
          '',
          changed > changes.length ? `The first ${changes.length} that change hands` : 'Leads that change hands',
          ...changes.map((change) => changeLine(change, names)),
        ]
      : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `Note: ${note}.`)] : []),
  ].join('\n');
}

function nothingText({ from, to, erased }: SimulatedPast): string {
  if (erased > 0)
    return `What was known of the ${counted(erased, 'lead', 'leads')} decided then was erased: nothing to simulate.`;
  return from === null && to === null
    ? 'No lead was decided yet: there is nothing to simulate. `sluice sync` decides.'
    : 'No lead was first decided in this time: there is nothing to simulate. Leave out --from and --to for all.';
}

const column = (key: string, title: string, type: Column['type'] = 'count'): Column => ({ key, title, type });
const pair = (key: string, title: string, type?: Column['type']) => [
  column(`${key}Before`, `${title} before`, type),
  column(`${key}After`, 'after', type),
];

function outcomeTable({ outcomes }: SimulatedPast) {
  return {
    name: 'outcomes',
    title: 'What became of them',
    columns: [column('outcome', 'Outcome', 'text'), ...pair('leads', 'Leads')],
    rows: outcomes.map(({ outcome, before, after }) => ({
      outcome: WORDS[outcome],
      leadsBefore: before,
      leadsAfter: after,
    })),
    totals: [],
  };
}

function partnerTable({ partners, bestGrades }: SimulatedPast) {
  return {
    name: 'partners',
    title: 'Partners',
    columns: [
      column('partner', 'Partner', 'text'),
      ...pair('leads', 'Leads'),
      ...pair('best', `Share of ${bestGrades.join(' and ')}`, 'text'),
      ...pair('peak', 'Most open'),
      ...pair('load', 'Open at the end'),
    ],
    rows: partners.map(({ name, leads, bestShare, peak, load }) => ({
      partner: name,
      ...{ leadsBefore: leads.before, leadsAfter: leads.after },
      ...{ bestBefore: percent(bestShare.before), bestAfter: percent(bestShare.after) },
      ...{ peakBefore: peak.before, peakAfter: peak.after, loadBefore: load.before, loadAfter: load.after },
    })),
    totals: [],
  };
}

function fairnessLines({ before, after }: Pair<FairnessReport>): string[] {
  const below = ({ tiers }: FairnessReport) =>
    tiers.flatMap(({ partners }) => partners.filter(({ missing }) => missing > 0)).length;
  const share = (of: 'channel' | 'direct', words: string) => {
    const { floor } = after[of];
    const least = floor === null ? '' : `, at least ${percent(floor)} is asked`;
    return `  ${words}: ${percent(before[of].share)} before, ${percent(after[of].share)} after${least}`;
  };
  return [
    share('channel', 'Partners together'),
    share('direct', 'Direct team'),
    `  Partners below their floor: ${below(before)} before, ${below(after)} after`,
  ];
}

function changeLine({ leadId, name, grade, before, after, sentence }: ChangedLead, names: ReadonlyMap<string, string>) {
  const words = ({ outcome, partnerId }: Fate) =>
    partnerId === null ? WORDS[outcome] : (names.get(partnerId) ?? partnerId);
  const line = `  ${leadId}  ${name} (${grade}): ${words(before)} -> ${words(after)}  ${sentence}`;
  // Control characters could steer the terminal.
  return line.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(0)} %`;
}
