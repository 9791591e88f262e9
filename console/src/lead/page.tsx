import { Grid, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouterState } from '@tanstack/react-router';
import { ApiFailure, type LeadDetail, leadQuery, overviewQuery, refreshEvery } from '../api.ts';
import { ScoreBadge, StateBadge } from '../parts/badges.tsx';
import { Failed } from '../parts/failed.tsx';
import { Panel, Waiting } from '../parts/panel.tsx';
import { Deadline, When } from '../parts/when.tsx';
import { Changes } from './changes.tsx';
import { Decisions } from './decisions.tsx';
import { Facts, Links, ScoreReasons } from './facts.tsx';
import { History } from './history.tsx';
import classes from './lead.module.css';
import { Offers } from './offers.tsx';
import { Notices, Statements } from './said.tsx';

const route = getRouteApi('/leads/$leadId');

/** One lead: who it is, where it stands, and every reason why. */
export function LeadPage() {
  const { leadId } = route.useParams();
  const { data: interval } = useQuery({ ...overviewQuery, select: refreshEvery });
  const { data, error, refetch } = useQuery({ ...leadQuery(leadId), refetchInterval: interval ?? false });
  useDocumentTitle(`${data?.lead.name ?? 'Lead'} · Sluice`);
  return (
    <>
      <BackToLeads />
      {data ? <Content detail={data} /> : error ? <NoLead error={error} retry={refetch} /> : <Loading />}
    </>
  );
}

/** To the list as it was left: with its filters, where one came from there. */
function BackToLeads() {
  const search = useRouterState({ select: (state) => state.location.state.leads });
  return (
    <nav aria-label="Back" className={classes.back}>
      <Link to="/leads" search={search ?? {}} className="link">
        ← Leads
      </Link>
    </nav>
  );
}

function NoLead({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof ApiFailure && error.status === 404) {
    return (
      <>
        <Title order={1}>There is no such lead</Title>
        <p className="muted">{error.message}</p>
      </>
    );
  }
  return <Failed what="The lead" error={error} retry={retry} />;
}

function Loading() {
  return (
    <Panel title="Lead">
      <Waiting lines={10} />
    </Panel>
  );
}

function Content({ detail }: { detail: LeadDetail }) {
  const { lead, person } = detail;
  return (
    <>
      <div className={classes.top}>
        <div>
          <Title order={1}>{lead.name}</Title>
          <p className={classes.under}>
            {[person.title, lead.company].filter(Boolean).join(', ') || 'No company known'}
          </p>
        </div>
        <ScoreBadge score={lead.score} grade={lead.grade} large />
      </div>
      <div className={classes.state}>
        <StateBadge state={lead.state} />
        <span>{lead.reason}</span>
        {lead.acceptBy && (
          <span className="muted">
            To accept by <When at={lead.acceptBy} exact /> (<Deadline at={lead.acceptBy} />)
          </span>
        )}
      </div>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <div className={classes.stack}>
            <Decisions decisions={detail.decisions} />
            <Panel title="Offers">
              <Offers offers={detail.offers} />
            </Panel>
            {detail.statements.length > 0 && (
              <Panel title="What partners said" hint="By whatever way, and what it came to">
                <Statements statements={detail.statements} />
              </Panel>
            )}
          </div>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <div className={classes.stack}>
            <Panel title="Score">
              <ScoreReasons reasons={lead.scoreReasons} score={lead.score} />
            </Panel>
            <Panel title="Person">
              <Facts lead={lead} person={person} />
            </Panel>
            <Panel title="CRM records" flush>
              <Links links={detail.links} />
            </Panel>
            {detail.notices.length > 0 && (
              <Panel title="Notices">
                <Notices notices={detail.notices} />
              </Panel>
            )}
            <Panel title="History">
              <History history={detail.history} />
            </Panel>
            {detail.changes.length > 0 && (
              <Panel title="Changes">
                <Changes changes={detail.changes} />
              </Panel>
            )}
          </div>
        </Grid.Col>
      </Grid>
    </>
  );
}
