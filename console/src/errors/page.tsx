import { Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { errorsQuery } from '../api.ts';
import { count } from '../format.ts';
import { Failed } from '../parts/failed.tsx';
import { Waiting } from '../parts/panel.tsx';
import classes from './errors.module.css';
import { Group } from './group.tsx';

/** What waits for somebody to correct something, by cause. */
export function ErrorsPage() {
  useDocumentTitle('Errors · Sluice');
  const { data, error, refetch } = useQuery(errorsQuery);
  const errors = data?.groups.reduce((sum, group) => sum + group.records, 0) ?? 0;
  return (
    <>
      <div className={classes.top}>
        <Title order={1}>Errors</Title>
        <p className="muted" role="status">
          {data && errors > 0
            ? `${count(errors)} ${errors === 1 ? 'error' : 'errors'}, ${count(data.groups.length)} ${data.groups.length === 1 ? 'cause' : 'causes'}`
            : ''}
        </p>
      </div>
      {!data && error && <Failed what="The errors" error={error} retry={refetch} />}
      {!data && !error && <Waiting lines={8} height={20} />}
      {data && data.groups.length === 0 && (
        <p className={classes.none}>
          Nothing waits for a correction. What a CRM refuses is listed here, with its words.
        </p>
      )}
      {data && data.groups.length > 0 && (
        <ul className={classes.groups} aria-label="Errors by cause">
          {data.groups.map((group) => (
            <li key={group.id}>
              <Group group={group} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
