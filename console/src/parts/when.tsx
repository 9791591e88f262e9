import { useQuery } from '@tanstack/react-query';
import { overviewQuery } from '../api.ts';
import { ago, instant } from '../format.ts';

/** The time by Sluice's clock as last heard, else this machine's. */
function useNow(): string {
  const { data } = useQuery({ ...overviewQuery, select: (overview) => overview.now });
  return data ?? new Date().toISOString();
}

/** A deadline that is still open, marked once it has passed. */
export function Deadline({ at }: { at: string }) {
  const passed = Date.parse(at) < Date.parse(useNow());
  return (
    <span className={passed ? 'late' : undefined}>
      {passed && 'overdue, '}
      <When at={at} />
    </span>
  );
}

/** An instant as people say it ("2 hours ago"), the exact one on pointing; `exact` turns the two round. */
export function When({ at, exact }: { at: string; exact?: boolean }) {
  const now = useNow();
  const [shown, title] = exact ? [instant(at), ago(at, now)] : [ago(at, now), instant(at)];
  return (
    <time dateTime={at} title={title}>
      {shown}
    </time>
  );
}
