/** What `sluice insight` says, as text. */
import type { Period } from '../insight/period.ts';
import type { RivalRules, Rivals } from '../insight/rivals.ts';
import type { SegmentRules, Segments } from '../insight/segments.ts';
import type { Territory, TerritoryRules } from '../insight/territories.ts';
import type { Share } from '../model/statistics.ts';
import { textTable } from './text-table.ts';

export function segmentsText(period: Period, segments: Segments, { least, falseAlarms }: SegmentRules): string {
  const { leads, won, looked, proposed, found } = segments;
  if (leads === 0) return `No lead of ${period.name} that a partner accepted has ended yet.`;
  const head = `Leads of ${period.name}: ${leads} ended, ${won} won (${percent(won / leads)}). Of ${looked} combinations with ${least} leads or more in each half, ${proposed} were put to the test.`;
  if (found.length === 0) return `${head}\nNone of them is won more or less often than the others by more than chance.`;
  const rows = found.map(({ facts, looks, share, low, high, others, q }) => [
    looks,
    Object.entries(facts)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
    ratio(share),
    percent(share.hits / share.of),
    `${percent(low)} to ${percent(high)}`,
    percent(others),
    chance(q),
  ]);
  return [
    head,
    '',
    textTable([['Won', 'Leads of', 'Won of', 'Rate', 'Range', 'Others', 'q'], ...rows], new Set([2, 3, 5, 6])),
    '',
    `Figures are of the half of the leads that had no say in what was proposed. Up to ${percent(falseAlarms)} of these lines may be chance.`,
  ].join('\n');
}

export function rivalsText(period: Period, rivals: Rivals, nameOf: (id: string) => string, rules: RivalRules): string {
  const { compared, found, fickle } = rivals;
  if (compared === 0)
    return `No two partners have ${rules.least} ended leads of the same product, size and country in ${period.name}.`;
  const rest =
    fickle > 0
      ? `${fickle} more differ by more than chance, but not in quarter after quarter.`
      : 'No other two differ by more than chance.';
  const head = `Leads of ${period.name}: ${compared} comparisons on leads of the same product, size and country.`;
  if (found.length === 0) return `${head}\nNobody consistently beats anybody. ${fickle > 0 ? rest : ''}`.trimEnd();
  const rows = found.map((each) => [
    nameOf(each.winner),
    nameOf(each.loser),
    each.segment === null ? 'everything' : `${each.segment.fact} ${each.segment.value}`,
    ratio(each.winnerShare),
    ratio(each.loserShare),
    `${points(each.difference)} (${points(each.low)} to ${points(each.high)})`,
    `${each.ahead} of ${each.quarters}`,
    chance(each.q),
  ]);
  return [
    head,
    '',
    textTable(
      [['Beats', 'Whom', 'In', 'Won of', 'Won of', 'By points', 'Quarters', 'q'], ...rows],
      new Set([3, 4, 6, 7]),
    ),
    '',
    rest,
  ].join('\n');
}

export function territoriesText(period: Period, territories: readonly Territory[], { least }: TerritoryRules): string {
  if (territories.length === 0) return `No country has ${least} leads or more in ${period.name}.`;
  const weak = territories.filter((territory) => territory.weak.length > 0);
  const rows = territories.map(({ country, leads, covered, taken, won, weak: why }) => [
    country,
    String(leads),
    String(covered),
    percent(taken.hits / taken.of),
    won.of === 0 ? '-' : `${percent(won.hits / won.of)} of ${won.of}`,
    why.length > 0 ? 'weak' : '',
  ]);
  return [
    `Leads of ${period.name} by country`,
    textTable([['Country', 'Leads', 'Partners', 'Taken', 'Won', ''], ...rows], new Set([1, 2, 3, 4])),
    ...weak.flatMap(({ country, weak: why, candidates }) => [
      '',
      `${country}: ${why.join('; ')}`,
      ...(candidates.length === 0
        ? ['  No active partner sells what is asked for there.']
        : candidates.map(
            ({ partner, covers, share, expected }) =>
              `  ${partner.name}: ${percent(expected.estimate)} to be expected (${percent(expected.low)} to ${percent(expected.high)}), ${share.of === 0 ? 'no such leads yet' : `${ratio(share)} of such leads won`}${covers ? ', covers it' : ''}`,
          )),
    ]),
    ...(weak.length === 0 ? ['', 'None of them is weak.'] : []),
  ].join('\n');
}

function ratio({ hits, of }: Share): string {
  return `${hits} of ${of}`;
}

function percent(value: number): string {
  return `${Math.round(100 * value)} %`;
}

function points(value: number): string {
  return (100 * value).toFixed(0);
}

function chance(q: number): string {
  return q < 0.001 ? '<0.001' : q.toFixed(3);
}
