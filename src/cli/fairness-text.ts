/** Who is given the best leads, as text. */
import type { FairnessReport, Share } from '../leads/fairness.ts';
import type { FairnessFound } from '../leads/service/fairness.ts';
import { counted } from '../leads/text.ts';
import type { Column } from '../model/report.ts';
import { toTable } from '../revenue/render.ts';

/** The shares of channel and direct team, then of the partners of each tier, those below their floor named at the end. */
export function fairnessText(found: FairnessFound): string {
  const { channel, direct, tiers, hasFloors } = found;
  const all = channel.given + direct.given;
  if (all === 0) return `No lead of grade ${gradesOf(found)} was given to anybody in ${found.windowDays} days.`;
  const rows = [
    ['Channel', '', channel],
    ['Direct team', '', direct],
    ...tiers.flatMap(({ tier, partners }) => partners.map((each) => [each.name, tier ?? 'no tier', each] as const)),
  ] as const;
  const below = rows.filter(([, , { missing }]) => missing > 0);
  return [
    `${counted(all, 'lead', 'leads')} of grade ${gradesOf(found)} first given in ${found.windowDays} days. A partner's share is that of its tier.`,
    '',
    toTable({
      name: 'fairness',
      tables: [
        {
          name: 'fairness',
          title: 'Who is given the best leads',
          columns: COLUMNS,
          rows: rows.map(([name, tier, { given, share, floor, missing }]) => ({
            ...{ name, tier, given, share: percent(share), floor: percent(floor), missing },
          })),
          totals: [],
        },
      ],
    }),
    ...(!hasFloors
      ? ['routing.yaml sets no floors: `fairness` there does.']
      : below.length === 0
        ? ['Nobody is below its floor.']
        : below.map(([name, , share]) => `${name} is below its floor by ${counted(share.missing, 'lead', 'leads')}.`)),
  ].join('\n');
}

/** One partner's part, for its own page. */
export function partnersShareText(share: Share & Pick<FairnessReport, 'grades' | 'windowDays'>): string {
  const floor = share.floor === null ? '' : `, its floor is ${percent(share.floor)}`;
  const missing = share.missing === 0 ? '' : `: ${counted(share.missing, 'lead', 'leads')} less than that`;
  const part = share.share === null ? 'none was given to its tier' : `${percent(share.share)} of its tier's`;
  return `Best leads: ${share.given} of grade ${gradesOf(share)} in ${share.windowDays} days, ${part}${floor}${missing}`;
}

function gradesOf({ grades }: Pick<FairnessReport, 'grades'>): string {
  return grades.join(' and ');
}

function percent(share: number | null): string {
  return share === null ? '-' : `${Number((share * 100).toFixed(1))} %`;
}

const column = (key: string, title: string, type: Column['type']): Column => ({ key, title, type });
const COLUMNS: readonly Column[] = [
  column('name', 'Who', 'text'),
  column('tier', 'Tier', 'text'),
  column('given', 'Given', 'count'),
  column('share', 'Share', 'text'),
  column('floor', 'Floor', 'text'),
  column('missing', 'Missing', 'count'),
];
