import { calibrated } from './calibrate.ts';
import { fitScore, logitsIn } from './fit.ts';
import { type Evaluation, evaluate } from './metrics.ts';
import { range, rowsOf, type Table } from './table.ts';

/**
 * How a score does that is learned anew as time goes on: the leads after `from` in blocks, each judged by a model of the leads that came before it, less
 * one block whose outcomes have not had time to mature.
 * @param table in the order of time, without the label
 * @param from share of the leads before the first block
 */
export function evaluateRolling(
  table: Table,
  outcomes: Float64Array,
  time: string | null,
  { from = 0.7, blocks = 10 }: { readonly from?: number; readonly blocks?: number } = {},
): Evaluation {
  const start = Math.floor(table.size * from);
  const block = (table.size - start) / blocks;
  const chances = new Float64Array(table.size - start);
  for (let n = 0; n < blocks; n++) {
    const first = Math.floor(start + n * block);
    const end = Math.floor(start + (n + 1) * block);
    const mature = Math.floor(first - block);
    const learned = fitScore(rowsOf(table, range(0, mature)), outcomes.subarray(0, mature), time);
    const said = calibrated(learned.calibration, logitsIn(learned, rowsOf(table, range(first, end))));
    chances.set(said, first - start);
  }
  return evaluate(chances, outcomes.subarray(start));
}
