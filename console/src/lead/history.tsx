import type { LeadDetail } from '../api.ts';
import { Nothing } from '../parts/panel.tsx';
import { When } from '../parts/when.tsx';
import classes from './lead.module.css';

export function History({ history }: { history: LeadDetail['history'] }) {
  if (history.length === 0) return <Nothing>Nothing has happened yet.</Nothing>;
  return (
    <ol className={classes.line}>
      {history.map((event) => (
        <li key={`${event.at} ${event.what}`}>
          <div>{event.what}</div>
          <div className={classes.small}>
            <When at={event.at} exact />
            {event.why && <> · {event.why}</>}
          </div>
        </li>
      ))}
    </ol>
  );
}
