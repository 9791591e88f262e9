import { Button, NativeSelect, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReportEntry, type ReportList, reportPath, reportQuery, reportsQuery } from '../api.ts';
import { Failed } from '../parts/failed.tsx';
import { Waiting } from '../parts/panel.tsx';
import { Narrowing } from './narrowing.tsx';
import classes from './reports.module.css';
import { parametersOf, type ReportSearch } from './search.ts';
import { ReportTables } from './tables.tsx';

/** The catalogue at the side, one report beside it with what narrows it. */
export function ReportsPage() {
  useDocumentTitle('Reports · Sluice');
  const { data, error, refetch } = useQuery(reportsQuery);
  const search = useSearch({ from: '/reports' });
  return (
    <>
      <Title order={1} className={classes.title}>
        Reports
      </Title>
      {!data && error && <Failed what="The list of reports" error={error} retry={refetch} />}
      {!data && !error && <Waiting lines={8} height={20} />}
      {data && <Catalogue list={data} search={search} />}
    </>
  );
}

function Catalogue({ list, search }: { list: ReportList; search: ReportSearch }) {
  const navigate = useNavigate({ from: '/reports' });
  const entry = list.reports.find(({ name }) => name === search.report) ?? list.reports[0];
  if (entry === undefined) return null;
  return (
    <div className={classes.both}>
      <nav className={classes.catalogue} aria-label="Reports">
        {list.reports.map(({ name, title }) => (
          <Link
            key={name}
            to="/reports"
            search={(present) => ({ ...present, report: name })}
            className={name === entry.name ? `${classes.item} ${classes.active}` : classes.item}
            aria-current={name === entry.name ? 'page' : undefined}
            activeOptions={{ exact: true }}
          >
            {title}
          </Link>
        ))}
      </nav>
      <NativeSelect
        className={classes.chooser}
        label="Report"
        value={entry.name}
        onChange={(event) => {
          const report = event.currentTarget.value;
          navigate({ search: (present) => ({ ...present, report }) });
        }}
        data={list.reports.map(({ name, title }) => ({ value: name, label: title }))}
      />
      <One list={list} entry={entry} search={search} />
    </div>
  );
}

function One({ list, entry, search }: { list: ReportList; entry: ReportEntry; search: ReportSearch }) {
  const parameters = parametersOf(search, entry.options);
  const { data, error, refetch, isPlaceholderData } = useQuery(reportQuery(entry.name, parameters));
  const isOld = isPlaceholderData || (data !== undefined && data.name !== entry.name);
  return (
    <article className={classes.report} aria-labelledby="report-title" aria-busy={isOld || undefined}>
      <header className={classes.head}>
        <div>
          <Title order={2} id="report-title">
            {entry.title}
          </Title>
          <p className="muted">{entry.about}</p>
        </div>
        <div className={classes.downloads}>
          <Button component="a" size="xs" variant="default" href={reportPath(entry.name, parameters, 'csv')} download>
            CSV
          </Button>
          <Button component="a" size="xs" variant="default" href={reportPath(entry.name, parameters, 'xlsx')} download>
            Excel
          </Button>
        </div>
      </header>
      <Narrowing list={list} entry={entry} search={search} />
      {error && !isOld ? (
        <Failed what="The report" error={error} retry={refetch} />
      ) : data && !isOld ? (
        <ReportTables report={data} />
      ) : (
        <Waiting lines={10} height={18} />
      )}
    </article>
  );
}
