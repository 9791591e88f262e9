import { Title } from '@mantine/core';
import { useDocumentTitle, useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { leadsQuery, overviewQuery, refreshEvery } from '../api.ts';
import { count } from '../format.ts';
import { Failed } from '../parts/failed.tsx';
import { Waiting } from '../parts/panel.tsx';
import { LeadCards } from './cards.tsx';
import { Filters } from './filters.tsx';
import classes from './leads.module.css';
import { Pages } from './pages.tsx';
import { isFiltered, queryOf } from './search.ts';
import { LeadTable } from './table.tsx';

const route = getRouteApi('/leads');

/** All leads, a page at a time. What is asked for stands in the address, so that it can be kept and sent to somebody. */
export function LeadsPage() {
  useDocumentTitle('Leads · Sluice');
  const search = route.useSearch();
  const narrow = useMediaQuery('(max-width: 60em)', undefined, { getInitialValueInEffect: false });
  const { data: interval } = useQuery({ ...overviewQuery, select: refreshEvery });
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...leadsQuery(queryOf(search)),
    refetchInterval: interval ?? false,
  });
  return (
    <>
      <div className={classes.top}>
        <Title order={1}>Leads</Title>
        <p className="muted" role="status">
          {data ? (data.total === 1 ? '1 lead' : `${count(data.total)} leads`) : ''}
        </p>
      </div>
      <Filters search={search} partnerName={data?.rows[0]?.partner?.name ?? null} />
      <div className={classes.list} data-stale={isPlaceholderData || undefined}>
        {!data && error && (
          <div className={classes.failed}>
            <Failed what="The leads" error={error} retry={refetch} />
          </div>
        )}
        {!data && !error && <Waiting lines={12} height={20} />}
        {data && data.rows.length === 0 && <NoLeads filtered={isFiltered(search)} />}
        {data &&
          data.rows.length > 0 &&
          (narrow ? <LeadCards rows={data.rows} /> : <LeadTable rows={data.rows} search={search} />)}
      </div>
      {data && <Pages total={data.total} page={search.page ?? 1} />}
    </>
  );
}

function NoLeads({ filtered }: { filtered: boolean }) {
  return (
    <p className={classes.none}>
      {filtered
        ? 'No lead fits these filters.'
        : 'No leads yet. They appear after a sync, once a person passes the intake gate (config/intake.yaml).'}
    </p>
  );
}
