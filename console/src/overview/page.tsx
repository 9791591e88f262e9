import { Grid, Progress, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type Overview, overviewQuery } from '../api.ts';
import { instant } from '../format.ts';
import { Failed } from '../parts/failed.tsx';
import { Panel, Waiting } from '../parts/panel.tsx';
import { Attention } from './attention.tsx';
import { Connections } from './connections.tsx';
import { Fairness } from './fairness.tsx';
import { Funnel } from './funnel.tsx';
import { LeadStates } from './lead-states.tsx';
import classes from './overview.module.css';
import { Roi } from './roi.tsx';
import { Runs } from './runs.tsx';

/** The first page: how far leads have come, what they brought, and whether the machinery is well. */
export function OverviewPage() {
  useDocumentTitle('Overview · Sluice');
  const { data, error, refetch } = useQuery(overviewQuery);
  return (
    <>
      <div className={classes.top}>
        <Title order={1}>Overview</Title>
        {data && <p className="muted">As of {instant(data.now)}</p>}
      </div>
      {!data && error ? <Failed what="The overview" error={error} retry={refetch} /> : <Content overview={data} />}
    </>
  );
}

function Content({ overview }: { overview: Overview | undefined }) {
  return (
    <div className={classes.stack}>
      {overview?.demoProgress && <DemoProgress {...overview.demoProgress} />}
      {overview && <Attention overview={overview} />}
      <Panel title="From synced to won" hint="Everybody who ever came this far">
        {overview ? <Funnel steps={overview.funnel} currency={overview.currency} /> : <Waiting lines={5} height={24} />}
      </Panel>
      <Roi overview={overview} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <div className={classes.stack}>
            <Panel title="Last runs" flush>
              {overview ? <Runs runs={overview.runs} now={overview.now} /> : <Waiting lines={8} />}
            </Panel>
            <Panel title="Connections" flush>
              {overview ? <Connections connections={overview.connections} /> : <Waiting lines={3} />}
            </Panel>
          </div>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <div className={classes.stack}>
            <Panel title="Leads by state">
              {overview ? <LeadStates states={overview.leadStates} /> : <Waiting lines={12} />}
            </Panel>
            <Fairness />
          </div>
        </Grid.Col>
      </Grid>
    </div>
  );
}

function DemoProgress({ day, days, done }: NonNullable<Overview['demoProgress']>) {
  const text = done ? `The demo ran its ${days} days` : `The demo is at day ${day} of ${days}`;
  return (
    <div className={classes.demo} role="status">
      <span>
        {text}
        <span className="muted"> · a made-up market in two emulated CRMs</span>
      </span>
      <Progress value={done ? 100 : (day / Math.max(1, days)) * 100} aria-label={text} size="sm" animated={!done} />
    </div>
  );
}
