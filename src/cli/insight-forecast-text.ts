/** What `sluice insight forecast` says, as text. */
import type { Backtest, Forecast, Sum } from '../insight/forecast.ts';
import { decimalOf } from '../model/money.ts';
import { textTable } from './text-table.ts';

const DAY = 86_400_000;

export interface ForecastShown {
  readonly forecast: Forecast;
  readonly backtest: Backtest;
  readonly currency: string;
  readonly confidence: number;
  readonly otherCurrency: number;
  readonly undated: number;
}

export function forecastText({ forecast, backtest, currency, confidence, ...left }: ForecastShown): string {
  // Estimates are no sums of money to the cent.
  const money = (minor: number) => decimalOf({ minor: BigInt(Math.round(minor)), currency }).replace(/\.\d+$/, '');
  const span = ({ expected, low, high }: Sum) => `${money(expected)} (${money(low)} to ${money(high)})`;
  const { from, to, open, coming, total, stages, windows, withoutAmount } = forecast;
  const tested = backtest.windows.map((window) => [
    `${dateOf(window.from + 1)} to ${dateOf(window.to)}`,
    money(window.expected),
    `${money(window.low)} to ${money(window.high)}`,
    money(window.actual),
    window.low <= window.actual && window.actual <= window.high
      ? 'within'
      : window.actual > window.high
        ? 'above'
        : 'below',
  ]);
  return [
    `To be won from ${dateOf(from + 1)} to ${dateOf(to)}, ${currency}, ranges of ${percent(confidence)}, learned from ${windows} times as many days`,
    `  Of open deals     ${span(open)}`,
    `  Of deals to come  ${span(coming)}`,
    `  Together          ${span(total)}`,
    '',
    stages.length === 0
      ? 'No deal is open.'
      : textTable(
          [
            ['Open deals in', 'Deals', 'Amount', 'Of it expected'],
            ...stages.map(({ stage, deals, amount, expected }) => [
              stage,
              String(deals),
              money(amount),
              money(expected),
            ]),
          ],
          new Set([1, 2, 3]),
        ),
    '',
    tested.length === 0
      ? 'The past is too short to test the method on it.'
      : textTable([['As it would have been', 'Expected', 'Range', 'Won', ''], ...tested], new Set([1, 2, 3])),
    ...(tested.length === 0 ? [] : [testedText(backtest, confidence)]),
    ...(withoutAmount > 0
      ? [`Note: ${withoutAmount} open deals state no amount; they count with the median of those won.`]
      : []),
    ...(left.otherCurrency > 0 ? [`Note: ${left.otherCurrency} deals are in other currencies and left out.`] : []),
    ...(left.undated > 0
      ? [`Note: ${left.undated} deals are left out: no CRM says on which day they were made or closed.`]
      : []),
  ].join('\n');
}

function testedText({ windows, held, error, bias, naiveError }: Backtest, confidence: number): string {
  const errors =
    error === null || bias === null || naiveError === null
      ? 'nothing was won in them'
      : `mean error ${percent(error)}, ${bias >= 0 ? 'too high' : 'too low'} by ${percent(Math.abs(bias))} on the whole; taking what the time before brought errs by ${percent(naiveError)}`;
  return `${held} of ${windows.length} were within (${percent(confidence)} promised); ${errors}.`;
}

function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

function percent(value: number): string {
  return `${Math.round(100 * value)} %`;
}
