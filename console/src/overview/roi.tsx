import { NativeSelect, SegmentedControl, Skeleton, Table } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import {
  type CampaignRoi,
  type Model,
  type ModelView,
  type Overview,
  type RoiView,
  refreshEvery,
  roiQuery,
} from '../api.ts';
import { money, roiOf } from '../format.ts';
import { Failed } from '../parts/failed.tsx';
import { Nothing, Panel, Waiting } from '../parts/panel.tsx';
import { creditOf } from './credit-of.ts';
import classes from './roi.module.css';

const RoiChart = lazy(() => import('./roi-chart.tsx'));

/** More models than these do not fit beside each other. */
const SIDE_BY_SIDE = 4;

/** ROI by campaign under one model at a time, as bars and as figures. */
export function Roi({ overview }: { overview: Overview | undefined }) {
  const { data, error, refetch } = useQuery({ ...roiQuery, refetchInterval: refreshEvery(overview) });
  const [chosen, choose] = useState<Model | null>(null);
  const models = data?.models ?? [];
  const model = models.find(({ name }) => name === chosen) ?? models[0];
  return (
    <Panel
      title="ROI by campaign"
      hint={model?.says ?? ''}
      aside={model ? <ModelChoice models={models} value={model.name} onChange={choose} /> : null}
    >
      {data && model ? (
        <Figures roi={data} model={model} />
      ) : error ? (
        <Failed what="The ROI" error={error} retry={refetch} />
      ) : (
        <Waiting lines={8} />
      )}
    </Panel>
  );
}

interface ModelChoiceProps {
  readonly models: readonly ModelView[];
  readonly value: Model;
  readonly onChange: (model: Model) => void;
}

function ModelChoice({ models, value, onChange }: ModelChoiceProps) {
  const data = models.map(({ name, title }) => ({ value: name, label: title }));
  const shared = { size: 'xs', 'aria-label': 'Attribution model', value, data } as const;
  return models.length > SIDE_BY_SIDE ? (
    <NativeSelect {...shared} onChange={(event) => onChange(event.currentTarget.value)} />
  ) : (
    <SegmentedControl {...shared} onChange={onChange} />
  );
}

function Figures({ roi, model }: { roi: RoiView; model: ModelView }) {
  if (roi.campaigns.length === 0) return <Nothing>No campaigns yet. They come with the first sync.</Nothing>;
  const campaigns = byRoi(roi.campaigns, model.name);
  return (
    <div className={classes.both}>
      <Suspense fallback={<Skeleton height={280} />}>
        <RoiChart campaigns={campaigns} model={model.name} currency={roi.currency} modelName={model.title} />
      </Suspense>
      <RoiTable roi={roi} campaigns={campaigns} model={model.name} />
    </div>
  );
}

function RoiTable({ roi, campaigns, model }: { roi: RoiView; campaigns: readonly CampaignRoi[]; model: Model }) {
  const totals = roi.totals.byModel[model] ?? { credited: '0', unattributed: '0', roi: null };
  const narrow = useMediaQuery('(max-width: 36em)', undefined, { getInitialValueInEffect: false });
  const amount = (text: string | null) =>
    text === null ? <span className="muted">none</span> : money(text, roi.currency, narrow);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard
    <section className="scroll-x" aria-label="ROI by campaign, table" tabIndex={0}>
      <Table verticalSpacing={5} horizontalSpacing={narrow ? 4 : 8}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Campaign</Table.Th>
            <Table.Th className="num">Cost</Table.Th>
            <Table.Th className="num">Credited</Table.Th>
            <Table.Th className="num">ROI</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {campaigns.map((campaign) => (
            <Table.Tr key={campaign.id}>
              <Table.Td>{campaign.name}</Table.Td>
              <Table.Td className="num">{amount(campaign.cost)}</Table.Td>
              <Table.Td className="num">{amount(creditOf(campaign, model).credited)}</Table.Td>
              <Table.Td className="num">
                <Ratio roi={creditOf(campaign, model).roi} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot className={classes.foot}>
          <Table.Tr>
            <Table.Td className="muted">No campaign found</Table.Td>
            <Table.Td />
            <Table.Td className="num">{amount(totals.unattributed)}</Table.Td>
            <Table.Td />
          </Table.Tr>
          <Table.Tr className={classes.total}>
            <Table.Th scope="row">Booked in all</Table.Th>
            <Table.Td className="num">{amount(roi.totals.cost)}</Table.Td>
            <Table.Td className="num">{amount(roi.booked)}</Table.Td>
            <Table.Td className="num">
              <Ratio roi={totals.roi} />
            </Table.Td>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
      <p className={classes.note}>
        ROI = (credited − cost) / cost. The total counts only what is credited to campaigns; without a cost there is no
        ROI.
      </p>
    </section>
  );
}

function Ratio({ roi }: { roi: string | null }) {
  if (roi === null) return <span className="muted">–</span>;
  return <strong className={roi.startsWith('-') ? classes.negative : undefined}>{roiOf(roi)}</strong>;
}

/** Highest ROI first, the undefined ones last by what was credited. */
function byRoi(campaigns: readonly CampaignRoi[], model: Model): CampaignRoi[] {
  const value = (campaign: CampaignRoi) => Number(creditOf(campaign, model).roi ?? Number.NEGATIVE_INFINITY);
  const credited = (campaign: CampaignRoi) => Number(creditOf(campaign, model).credited);
  return [...campaigns].sort((a, b) => (value(a) === value(b) ? credited(b) - credited(a) : value(b) - value(a)));
}
