import { useQuery } from '@tanstack/react-query';
import { errorQuery } from '../api.ts';
import { count } from '../format.ts';
import { Failed } from '../parts/failed.tsx';
import { Waiting } from '../parts/panel.tsx';
import { When } from '../parts/when.tsx';
import classes from './errors.module.css';

/** The latest records of one cause, each with its own words. */
export function Records({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(errorQuery(id));
  if (!data && error) return <Failed what="The records" error={error} retry={refetch} />;
  if (!data) return <Waiting lines={3} />;
  const rest = data.records - data.shown.length;
  return (
    <>
      <ul className={classes.records} aria-label="Records">
        {data.shown.map((record) => (
          <li key={record.recordId}>
            <span className="mono">{record.recordId}</span>
            <span>{record.message}</span>
            <span className={classes.facts}>
              {record.times === 1 ? 'once' : `${count(record.times)} times`}, last <When at={record.lastAt} />
            </span>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <p className={classes.facts}>
          and {count(rest)} more: <code>sluice errors export --csv FILE</code>
        </p>
      )}
    </>
  );
}
