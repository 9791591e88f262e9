/** Words that stand in a cell where nobody answered. */

/** What forms, spreadsheets and programs write for nothing, in lower case and without the dashes around. */
const WORDS: ReadonlySet<string> = new Set([
  '?',
  '(blank)',
  '#n/a',
  'blank',
  'choose',
  'choose one',
  'empty',
  'n.a.',
  'n/a',
  'na',
  'nan',
  'nil',
  'no answer',
  'no value',
  'none',
  'not answered',
  'not applicable',
  'not available',
  'not given',
  'not known',
  'not provided',
  'not specified',
  'null',
  'pick one',
  'please choose',
  'please select',
  'prefer not to say',
  'select',
  'select an option',
  'select one',
  'tbd',
  'undefined',
  'unknown',
  'unspecified',
]);

/** True for a word of the list, whatever its case and the dashes, dots or brackets around it ("--Select--"). */
export function meansUnanswered(cell: string): boolean {
  const bare = cell.toLowerCase().replace(/^[-\s.<[*]+|[-\s.>\]*]+$/g, '');
  return bare === '' || WORDS.has(bare);
}
