/** Numbers and dates as people and programs write them into CSV files. */

const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const ENGLISH = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const CONTINENTAL = /^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$|^[+-]?\d{1,3}(\.\d{3}){2,}$/;

/** The number that a cell holds, a currency sign or percent sign aside; null for anything else. */
export function numberIn(cell: string): number | null {
  if (PLAIN.test(cell)) return Number(cell);
  const bare = cell.replace(/^(-?)\s*[$€£¥]\s*|\s*[%$€£¥]$/g, '$1').trim();
  if (PLAIN.test(bare)) return Number(bare);
  if (ENGLISH.test(bare)) return Number(bare.replaceAll(',', ''));
  if (CONTINENTAL.test(bare)) return Number(bare.replaceAll('.', '').replace(',', '.'));
  return null;
}

/** How the three numbers of 03/04/2025 are to be read. */
export type DateOrder = 'day-first' | 'month-first';

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i;
const SLASHED = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m)?)?$/i;
const YEAR_SLASHED = /^(\d{4})[/.](\d{1,2})[/.](\d{1,2})$/;
const WORDED =
  /^(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})|([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}))$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The instant (milliseconds, UTC where the cell names no zone) that a cell holds; null for anything else. */
export function dateIn(cell: string, order: DateOrder): number | null {
  const iso = ISO.exec(cell);
  if (iso) {
    const [, year, month, day, hour = 0, minute = 0, second = 0, zone] = iso;
    const at = instant(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
    return at === null ? null : at - offsetOf(zone);
  }
  const slashed = SLASHED.exec(cell);
  if (slashed) {
    const [, first, second, year, hour = '0', minute = '0', seconds = '0', half] = slashed;
    const [day, month] = order === 'day-first' ? [first, second] : [second, first];
    const hours = half ? (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0) : Number(hour);
    return instant(Number(year), Number(month), Number(day), hours, Number(minute), Number(seconds));
  }
  const yearFirst = YEAR_SLASHED.exec(cell);
  if (yearFirst) return instant(Number(yearFirst[1]), Number(yearFirst[2]), Number(yearFirst[3]), 0, 0, 0);
  const worded = WORDED.exec(cell);
  if (worded) {
    const month =
      MONTHS.indexOf(
        String(worded[2] ?? worded[4])
          .slice(0, 3)
          .toLowerCase(),
      ) + 1;
    return instant(Number(worded[3] ?? worded[6]), month, Number(worded[1] ?? worded[5]), 0, 0, 0);
  }
  return null;
}

/** Day first, unless a cell can only be read month first. */
export function dateOrderOf(cells: readonly string[]): DateOrder {
  return cells.some((cell) => Number(SLASHED.exec(cell)?.[2] ?? 0) > 12) ? 'month-first' : 'day-first';
}

function instant(year: number, month: number, day: number, hour: number, minute: number, second: number) {
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const read = new Date(at);
  const kept = read.getUTCMonth() === month - 1 && read.getUTCDate() === day && hour < 24 && minute < 60 && second < 61;
  return kept ? at : null;
}

function offsetOf(zone: string | undefined): number {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  if (!parts) return 0;
  return (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3])) * 60_000;
}
