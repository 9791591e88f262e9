import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { useMediaQuery } from '@mantine/hooks';
import type { CampaignRoi, Model } from '../api.ts';
import { money, roiOf } from '../format.ts';
import { creditOf } from './credit-of.ts';
import classes from './roi.module.css';

interface RoiChartProps {
  /** In the order in which the bars shall stand. */
  readonly campaigns: readonly CampaignRoi[];
  readonly model: Model;
  readonly modelName: string;
  readonly currency: string;
}

/** More bars than this are not told apart; the table has all of them. */
const MOST = 16;

/** Height of a row of the table in px: each bar stands beside its row. */
const ROW = 31;

/** A bar a campaign that has an ROI. In a chunk of its own, as the chart library is the largest part of the page. */
export default function RoiChart({ campaigns, model, modelName, currency }: RoiChartProps) {
  const narrow = useMediaQuery('(max-width: 36em)', undefined, { getInitialValueInEffect: false });
  const shown = campaigns.filter((campaign) => creditOf(campaign, model).roi !== null).slice(0, MOST);
  const data = shown.map((campaign) => ({ name: campaign.name, roi: Number(creditOf(campaign, model).roi) }));
  const byName = new Map(shown.map((campaign) => [campaign.name, campaign]));
  const values = data.map((bar) => bar.roi);
  // Room beyond the longest bars for the figures at their ends.
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const room = (most - least || 1) * (narrow ? 0.24 : 0.14);
  return (
    <div
      className={classes.chart}
      role="img"
      aria-label={`Bar chart of ROI by campaign, ${modelName}. The table has the same figures.`}
    >
      <BarChart
        h={Math.max(2, shown.length) * ROW}
        data={data}
        dataKey="name"
        orientation="vertical"
        series={[{ name: 'roi', label: 'ROI', color: 'var(--accent)' }]}
        getBarColor={(value) => (value < 0 ? 'var(--bad)' : 'var(--accent)')}
        valueFormatter={(value) => roiOf(String(value))}
        gridAxis="none"
        withXAxis={false}
        textColor="var(--muted)"
        barLabelColor="var(--mantine-color-text)"
        referenceLines={[{ x: 0, color: 'var(--line)' }]}
        xAxisProps={{ domain: [least < 0 ? least - room : 0, most + room] }}
        tickLine="none"
        withBarValueLabel
        maxBarWidth={18}
        barChartProps={{ margin: { top: 0, right: 0, bottom: 0, left: 0 } }}
        valueLabelProps={{ position: 'right', fontSize: 12 }}
        barProps={{ radius: [0, 4, 4, 0], isAnimationActive: false }}
        yAxisProps={{
          width: narrow ? 118 : 184,
          interval: 0,
          tickFormatter: (name: string) => shorten(name, narrow ? 13 : 22),
        }}
        tooltipProps={{
          content: ({ label }) => {
            const campaign = byName.get(String(label));
            return campaign ? <Tip campaign={campaign} model={model} currency={currency} /> : null;
          },
        }}
      />
    </div>
  );
}

function Tip({ campaign, model, currency }: { campaign: CampaignRoi; model: Model; currency: string }) {
  const { credited, roi } = creditOf(campaign, model);
  return (
    <div className={classes.tooltip}>
      <strong>{campaign.name}</strong>
      <dl>
        <dt>Cost</dt>
        <dd>{campaign.cost === null ? '–' : money(campaign.cost, currency)}</dd>
        <dt>Credited</dt>
        <dd>{money(credited, currency)}</dd>
        <dt>ROI</dt>
        <dd>{roi === null ? '–' : roiOf(roi)}</dd>
      </dl>
    </div>
  );
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
