/** What `sluice scorecard` says, as text. */
import { Decimal } from 'decimal.js';
import type { Speed } from '../insight/partner-counts.ts';
import type { Figure, Scorecard, Scorecards } from '../insight/scorecard.ts';
import type { Component } from '../insight/scorecard-config.ts';
import { decimalOf } from '../model/money.ts';
import type { Share } from '../model/statistics.ts';
import { textTable } from './text-table.ts';

const TITLES: Readonly<Record<Component, string>> = {
  accepted: 'Accepted',
  touchedInTime: 'Touched in time',
  reportedInTime: 'Reported in time',
  converted: 'Converted',
  won: 'Won',
  revenue: 'Revenue a lead',
};

/** All partners in the order of their ranks, a table for each group of peers. */
export function listText(all: Scorecards): string {
  if (all.cards.length === 0) return 'No partner is known. They come from the CRM: `sluice sync` reads them.';
  const ranked = all.cards.filter(({ standing }) => standing !== null);
  const rest = all.cards.filter(({ standing }) => standing === null);
  const groups = [...Map.groupBy(ranked, ({ peers }) => peers.name)];
  return [
    head(all),
    ...groups.map(([name, cards]) => `\n${groupName(name, cards)}\n${rankTable(all, cards)}`),
    ...(ranked.length === 0 ? ['\nNobody was offered enough leads in this time to be ranked.'] : []),
    ...(rest.length > 0
      ? [`\nNot ranked: ${rest.map(({ partner, counts }) => `${partner.name} (${counts.offered} offered)`).join(', ')}`]
      : []),
    ...(ranked.length > 0 ? [`\n${weightsText(all)}`, LEGEND] : []),
  ].join('\n');
}

const LEGEND = [
  'Rates are drawn to those of the peers, the more the fewer leads they stand on; the range is where the true one is to be expected.',
  'Rank "3 (1-6)": the third, but it may as well be any from the first to the sixth. "=": may as well stand behind one ranked before it.',
].join('\n');

function head({ period, currency, confidence }: Scorecards): string {
  const last = new Date(Date.parse(period.to) - 1).toISOString().slice(0, 10);
  return `Leads offered in ${period.name} (${period.from.slice(0, 10)} to ${last}) and what came of them; ${currency}; ranges of ${percent(confidence)}`;
}

function groupName(name: string, cards: readonly Scorecard[]): string {
  return `${name}: ${cards[0]?.peers.partners ?? 0} partners compared`;
}

function rankTable(all: Scorecards, cards: readonly Scorecard[]): string {
  const shown = (Object.keys(TITLES) as Component[]).filter((component) =>
    cards.some(({ figures }) => figures.some((figure) => figure.component === component)),
  );
  const rows = cards.map(({ partner, counts, figures, standing }) => [
    standing === null
      ? '-'
      : `${standing.tiedWith.length > 0 ? '=' : ' '}${standing.rank} (${range(standing.low, standing.high)})`,
    partner.name,
    standing === null ? '-' : standing.score.toFixed(1),
    String(counts.offered),
    ...shown.map((component) => {
      const figure = figures.find((each) => each.component === component);
      return figure === undefined ? '-' : figureText(all, figure);
    }),
    decimalOf(counts.bookedInPeriod),
  ]);
  const titles = ['Rank', 'Partner', 'Score', 'Offered', ...shown.map((each) => TITLES[each]), 'Booked in the time'];
  return textTable([titles, ...rows], new Set([2, 3, titles.length - 1]));
}

function weightsText({ weights }: Scorecards): string {
  const named = (Object.keys(TITLES) as Component[]).filter((component) => weights[component] > 0);
  return `Weights: ${named.map((component) => `${TITLES[component].toLowerCase()} ${weights[component]}`).join(', ')} (scorecard.yaml)`;
}

/** Everything of one partner. @param margin how much of revenue is margin, in per cent; null: not known */
export function cardText(all: Scorecards, card: Scorecard, margin: string | null): string {
  const { partner, counts, figures, standing, peers, remarks } = card;
  const kind = [partner.tier, partner.category, partner.status].filter((word) => word !== null).join(', ');
  const ended = counts.won + counts.lost + counts.noDecision;
  const lines: [string, string][] = [
    [
      'Offered',
      `${counts.offered}: ${counts.accepted} accepted, ${counts.rejected} rejected, ${counts.expired} left unanswered, ${counts.recalled} taken back, ${counts.waiting} open`,
    ],
    ['Touched in time', shareText(counts.touchedInTime, 'no accepted lead had a deadline for it yet')],
    ['Reported in time', shareText(counts.reportedInTime, 'no accepted lead had a deadline for it yet')],
    ['Converted', shareText(counts.converted, 'no accepted lead has come so far or ended')],
    [
      'Deals ended',
      ended === 0 ? 'none yet' : `${counts.won} won, ${counts.lost} lost, ${counts.noDecision} without decision`,
    ],
    [
      'Revenue',
      `${decimalOf(counts.revenue)} ${all.currency} booked of these leads; ${decimalOf(counts.bookedInPeriod)} booked within the time by deals it sourced`,
    ],
    ['Margin', marginText(all, card, margin)],
    ['Half accept within', speedText(counts.toAccept, 'no answer yet')],
    ['Half touch within', speedText(counts.toTouch, 'no accepted lead was touched yet')],
    [
      'Holds now',
      counts.open.leads === 0
        ? 'no open lead'
        : `${counts.open.leads} open, ${counts.open.stale} stale; last word ${counts.open.lastWordAt?.slice(0, 10) ?? 'never'}`,
    ],
    [
      'Rejects because',
      counts.rejectReasons.map(({ reason, offers }) => `${reason} (${offers})`).join(', ') || 'it rejected nothing',
    ],
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  const rankLine =
    standing === null
      ? 'Not ranked.'
      : `Rank ${standing.rank} of ${standing.of} (${range(standing.low, standing.high)}), score ${standing.score.toFixed(1)}${
          standing.tiedWith.length > 0 ? `; cannot be told from ${standing.tiedWith.join(', ')}` : ''
        }`;
  const rows = figures.map((figure) => {
    const points = standing?.points.find(({ component }) => component === figure.component);
    return [
      TITLES[figure.component],
      figure.measured === null ? '-' : valueText(all, figure.component, figure.measured),
      String(figure.of),
      valueText(all, figure.component, figure.estimate),
      `${valueText(all, figure.component, figure.low)} to ${valueText(all, figure.component, figure.high)}`,
      valueText(all, figure.component, figure.peers),
      points === undefined ? '-' : `${points.points.toFixed(0)} x ${points.weight}`,
      figure.looks,
    ];
  });
  return [
    `${partner.name}  ${partner.id}${kind === '' ? '' : `  (${kind})`}`,
    head(all),
    ...lines.map(([label, text]) => `  ${label.padEnd(width)}${text}`),
    '',
    `Beside ${peers.name} (${peers.partners} compared)`,
    rankLine,
    rows.length === 0
      ? 'None of the peers has any figure yet.'
      : textTable(
          [['', 'Measured', 'On', 'Estimate', 'Range', 'Peers', 'Points', ''], ...rows],
          new Set([1, 2, 3, 5, 6]),
        ),
    ...(remarks.length > 0 ? ['', ...remarks.map((remark) => `Note: ${remark}`)] : []),
  ].join('\n');
}

function marginText(all: Scorecards, { counts }: Scorecard, margin: string | null): string {
  if (margin === null) return 'not known: `roi.margin` of funds.yaml does not say how much of revenue it is';
  const minor = new Decimal(counts.bookedInPeriod.minor.toString()).times(margin).dividedBy(100);
  const money = { minor: BigInt(minor.toFixed(0, Decimal.ROUND_HALF_UP)), currency: all.currency };
  return `${decimalOf(money)} ${all.currency} of what was booked within the time (${margin} % by funds.yaml)`;
}

function figureText(all: Scorecards, { component, estimate, low, high }: Figure): string {
  if (component === 'revenue') return valueText(all, component, estimate);
  return `${Math.round(estimate * 100)} % (${range(Math.round(low * 100), Math.round(high * 100))})`;
}

/** Rates in percent, estimated amounts in whole units of the currency: they are no sums of money to the cent. */
function valueText({ currency }: Scorecards, component: Component, value: number): string {
  if (component !== 'revenue') return percent(value);
  return decimalOf({ minor: BigInt(Math.round(value)), currency }).replace(/\.\d+$/, '');
}

function shareText({ hits, of }: Share, none: string): string {
  return of === 0 ? none : `${hits} of ${of} (${percent(hits / of)})`;
}

function speedText(speed: Speed | null, none: string): string {
  if (speed === null) return none;
  const span =
    speed.low === null || speed.high === null
      ? 'too few for a range'
      : `${hoursText(speed.low)} to ${hoursText(speed.high)}`;
  return `${hoursText(speed.hours)} (${span}; ${speed.of} leads)`;
}

function hoursText(hours: number): string {
  return hours >= 72 ? `${(hours / 24).toFixed(1)} days` : `${hours.toFixed(1)} h`;
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}

function range(low: number, high: number): string {
  return low === high ? String(low) : `${low}-${high}`;
}
