import { Link } from '@tanstack/react-router';
import type { Overview } from '../api.ts';
import { count } from '../format.ts';
import { STATE_TONES, STATES } from '../parts/badges.tsx';
import { Nothing } from '../parts/panel.tsx';
import classes from './overview.module.css';

/** Where the leads stand now, each state a link to its leads. */
export function LeadStates({ states }: { states: Overview['leadStates'] }) {
  const counts = new Map(states.map(({ state, count: n }) => [state, n]));
  const present = STATES.filter((state) => (counts.get(state) ?? 0) > 0);
  const most = Math.max(...counts.values(), 1);
  if (present.length === 0) return <Nothing>No leads yet.</Nothing>;
  return (
    <ul className={classes.states}>
      {present.map((state) => {
        const n = counts.get(state) ?? 0;
        return (
          <li key={state}>
            <Link to="/leads" search={{ state }} className={classes.stateRow}>
              <span>{state}</span>
              <span className={classes.track}>
                <span
                  className={classes.fill}
                  data-tone={STATE_TONES[state]}
                  style={{ display: 'block', width: `${(n / most) * 100}%` }}
                />
              </span>
              <span className="num">{count(n)}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
