import { type DateOrder, dateIn, dateOrderOf, numberIn } from './parse-cell.ts';
import type { Column } from './table.ts';
import { meansUnanswered } from './unanswered.ts';

/**
 * What a column holds. `filled`: texts and ids that differ from lead to lead, of which only whether there is one can say
 * anything. `ignored`: nothing to learn from, with why.
 */
export type Kind =
  | { readonly kind: 'number' }
  | { readonly kind: 'category' }
  | { readonly kind: 'date'; readonly order: DateOrder }
  | { readonly kind: 'filled'; readonly why: string }
  | { readonly kind: 'ignored'; readonly why: string };

/** Of the answered cells so many must be numbers (or dates) for the column to be one of numbers. */
const MOSTLY = 0.95;
/** Texts of which more than this share are different are names, ids or prose. */
const NEAR_UNIQUE = 0.5;
const FEW = 20;
const ID_NAME = /(^|[\s_.-])(id|uuid|guid|key|number|no|nr|num|#)$/i;
const ID_CAMEL = /[a-z](Id|ID|Key|Number|No|Nr)$/;

/** Looks at the cells in the order of time. */
export function kindOf({ name, cells }: Column): Kind {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const different = [...counts].filter(([cell]) => !meansUnanswered(cell));
  const answered = different.reduce((sum, [, times]) => sum + times, 0);
  if (counts.size <= 1) return { kind: 'ignored', why: answered === 0 ? 'empty' : 'always the same' };
  if (answered === 0) return { kind: 'category' };
  const share = different.length / answered;
  const mostly = (reads: (cell: string) => boolean) =>
    different.reduce((sum, [cell, times]) => sum + (reads(cell) ? times : 0), 0) >= MOSTLY * answered;
  if (mostly((cell) => numberIn(cell) !== null)) {
    return different.length > FEW &&
      share > 0.98 &&
      looksLikeAnId(
        name,
        different.map(([cell]) => numberIn(cell)),
      )
      ? nearUnique(answered === cells.length, 'a different number in nearly every row: an id')
      : { kind: 'number' };
  }
  const order = dateOrderOf(different.map(([cell]) => cell));
  if (mostly((cell) => dateIn(cell, order) !== null)) return { kind: 'date', order };
  if (different.length > FEW && share > NEAR_UNIQUE) {
    return nearUnique(answered === cells.length, `${Math.round(share * 100)} % of its texts are different`);
  }
  return { kind: 'category' };
}

function nearUnique(alwaysFilled: boolean, why: string): Kind {
  return alwaysFilled ? { kind: 'ignored', why } : { kind: 'filled', why };
}

/** Whole numbers that nobody counts or measures: called so, of one width, or rising (falling) with time. */
function looksLikeAnId(name: string, numbers: readonly (number | null)[]): boolean {
  const known = numbers.filter((each) => each !== null);
  if (!known.every(Number.isInteger)) return false;
  const widths = new Set(known.map((each) => String(each).length));
  const rises = known.slice(1).filter((each, n) => each > (known[n] as number)).length / Math.max(1, known.length - 1);
  return (
    ID_NAME.test(name) ||
    ID_CAMEL.test(name) ||
    (widths.size === 1 && String(known[0]).length >= 6) ||
    rises > 0.98 ||
    rises < 0.02
  );
}
