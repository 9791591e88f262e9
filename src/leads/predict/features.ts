/** Which features a table gives: most columns are one as they stand, dates are told in days, the rest is left out with why. */
import { type Binning, binCount, binner, learnBins } from './bins.ts';
import { isCalendar } from './calendar.ts';
import { type Kind, kindOf } from './kinds.ts';
import { type DateOrder, dateIn, dateOrderOf, numberIn } from './parse-cell.ts';
import type { Binned } from './scorecard.ts';
import type { Column, Table } from './table.ts';

/** What of a column is looked at. */
export type Take =
  | { readonly as: 'value' }
  /** How many days before the time of the lead its date lies; below 0 after it. */
  | { readonly as: 'days-before'; readonly order: DateOrder; readonly time: string; readonly timeOrder: DateOrder }
  /** The month (1-12) or weekday (0-6, from Sunday, UTC) of a date. */
  | { readonly as: 'month' | 'weekday'; readonly order: DateOrder };

export interface Feature {
  readonly column: string;
  readonly take: Take;
  readonly binning: Binning;
}

export interface Ignored {
  readonly column: string;
  readonly why: string;
}

export interface Features {
  readonly features: readonly Feature[];
  readonly ignored: readonly Ignored[];
}

const DAY = 86_400_000;
const TWO_YEARS = 2 * 365 * DAY;

/**
 * Looks at a table in the order of time.
 * @param time the column that says when a lead came, where there is one; it is no feature itself
 */
export function learnFeatures(table: Table, time: string | null): Features {
  const features: Feature[] = [];
  const ignored: Ignored[] = [];
  const clock = timeOf(table, time);
  const years = clock !== null && clock.span >= TWO_YEARS;
  for (const column of table.columns) {
    const kind = kindOf(column);
    const skip = (why: string) => ignored.push({ column: column.name, why });
    const use = (take: Take, as: Binning['kind']) => {
      const cells = takeCells(take, column, clock?.column ?? null);
      features.push({ column: column.name, take, binning: learnBins({ name: column.name, cells }, as) });
    };
    if (column.name === time) {
      if (kind.kind === 'date' && years) {
        use({ as: 'month', order: kind.order }, 'category');
        use({ as: 'weekday', order: kind.order }, 'category');
      } else
        skip(kind.kind === 'date' ? 'the order of time; less than two years, so no calendar' : 'the order of time');
    } else if (kind.kind === 'ignored') skip(kind.why);
    else if (!years && isCalendar(column)) skip(`a calendar field, and no two years of history show how years repeat`);
    else if (kind.kind === 'date' && clock === null && !column.cells.includes(''))
      skip('a date, and no date of the lead (--time) to hold it against');
    else if (kind.kind === 'date') use(...dateFeature(kind, time, clock));
    else use({ as: 'value' }, kind.kind);
  }
  return { features, ignored };
}

function dateFeature(
  { order }: Extract<Kind, { kind: 'date' }>,
  time: string | null,
  clock: ReturnType<typeof timeOf>,
): [Take, Binning['kind']] {
  if (time === null || clock === null) return [{ as: 'value' }, 'filled'];
  return [{ as: 'days-before', order, time, timeOrder: clock.order }, 'number'];
}

/** The bins of a table's rows, one entry a feature. A column that is not there is blank. */
export function binRows(features: readonly Feature[], table: Table): Binned[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const blank = (name: string): Column => ({ name, cells: new Array<string>(table.size).fill('') });
  return features.map(({ column: name, take, binning }) => {
    const time = take.as === 'days-before' ? (columns.get(take.time) ?? blank(take.time)) : null;
    const bin = binner(binning);
    const cells = takeCells(take, columns.get(name) ?? blank(name), time);
    const bins = new Int32Array(cells.length);
    for (let row = 0; row < bins.length; row++) bins[row] = bin(cells[row] ?? '');
    return { bins, count: binCount(binning) };
  });
}

function takeCells(take: Take, { cells }: Column, time: Column | null): readonly string[] {
  if (take.as === 'value') return cells;
  return cells.map((cell, row) => {
    const at = dateIn(cell, take.order);
    if (at === null) return '';
    if (take.as === 'month') return String(new Date(at).getUTCMonth() + 1);
    if (take.as !== 'days-before') return String(new Date(at).getUTCDay());
    const lead = dateIn(time?.cells[row] ?? '', take.timeOrder);
    return lead === null ? '' : String(Math.round(((lead - at) / DAY) * 100) / 100);
  });
}

/** The column of time where it holds dates, and how long a time its leads cover. */
function timeOf(table: Table, time: string | null) {
  const column = table.columns.find(({ name }) => name === time);
  if (!column) return null;
  const kind = kindOf(column);
  if (kind.kind !== 'date') return null;
  const instants = column.cells.flatMap((cell) => dateIn(cell, kind.order) ?? []);
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const at of instants) {
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return { column, order: kind.order, span: last - first };
}

/** Where each cell stands in time, for sorting: numbers and dates; null where all do not follow one of them. */
export function timesOf({ cells }: Column): (number | null)[] | null {
  const known = cells.filter((cell) => cell !== '');
  if (known.length === 0) return null;
  const numbers = cells.map((cell) => numberIn(cell));
  if (numbers.filter((each) => each !== null).length === known.length) return numbers;
  const order = dateOrderOf(known);
  const dates = cells.map((cell) => dateIn(cell, order));
  return dates.filter((each) => each !== null).length >= 0.95 * known.length ? dates : null;
}
