/** What names and values say about who fills a field in and when. A hint, never enough to accuse a column that shows nothing else. */

/** Names of what people decide, systems compute, or time overwrites. English, as the CRMs' own fields are. */
const NAMES: readonly { readonly words: RegExp; readonly points: number; readonly means: string }[] = [
  {
    words:
      /\b(won|lost|clos(ed?|ing)|converted|conversion|outcome|result|disposition|churn\w*|invoice\w*|contract\w*|paid|payment|billing|renewal|signed|onboard\w*|customer since|refund\w*|sold|order(ed|s)?|purchase[ds]?)\b/,
    points: 2,
    means: 'its name speaks of what comes with or after the decision',
  },
  {
    words:
      /\b(tags?|quality|profile|rating|grade|status|stage|qualified|qualification|reason|verdict|probability|forecast|remarks?|comments?|notes)\b/,
    points: 2,
    means: 'its name speaks of a judgement that sales form while they work the lead',
  },
  {
    words:
      /\b(last|latest|modified|updated?|recent|current stage|next step|duration|to close|to date|total calls|follow ?ups?)\b/,
    points: 1,
    means: 'its name speaks of a value that is overwritten as the lead goes on',
  },
  {
    words: /\b(score|index|predicted|propensity)\b/,
    points: 1,
    means: 'its name speaks of a figure that a system computes anew from time to time',
  },
];
const VALUES =
  /\b(closed|lost|won|converted|not interested|interested|ringing|switched off|busy|invalid number|wrong number|potential lead|qualified|unqualified|disqualified|junk|relevance|might be|not sure|worst|will revert|called|follow ?up|in progress|no answer|customer|churned|refund)\b/;
/** So many different values, or so large a share of the filled cells, must speak that way. */
const VALUES_AT_LEAST = 2;
const SHARE_AT_LEAST = 0.2;

export interface WordHint {
  readonly points: number;
  readonly text: string;
}

/** `Last_Notable-Activity`, `lastNotableActivity` -> `last notable activity` */
function plain(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_\-./]+/g, ' ')
    .toLowerCase();
}

export function nameHint(name: string): WordHint | null {
  // A question to the lead ("What is your current occupation") is answered by the lead.
  const text = plain(name);
  if (/^(what|how|which|where|why|do you|are you|i agree)\b/.test(text)) return null;
  // So is what it held when the lead came.
  if (/\b(at creation|at first|initial|original|first)\b/.test(text)) return null;
  const found = NAMES.filter(({ words }) => words.test(text));
  const best = found.reduce<(typeof NAMES)[number] | null>((a, b) => (a && a.points >= b.points ? a : b), null);
  return best && { points: best.points, text: best.means };
}

/** @param values the different values with how often each occurs */
export function valueHint(values: ReadonlyMap<string, number>): WordHint | null {
  let speaking = 0;
  let cells = 0;
  let all = 0;
  for (const [value, times] of values) {
    all += times;
    if (!VALUES.test(plain(value))) continue;
    speaking++;
    cells += times;
  }
  if (speaking < VALUES_AT_LEAST || cells < SHARE_AT_LEAST * all) return null;
  return { points: 1, text: `${speaking} of its values speak of how working the lead went` };
}
