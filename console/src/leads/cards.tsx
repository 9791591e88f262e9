import { getRouteApi, Link } from '@tanstack/react-router';
import type { LeadRow } from '../api.ts';
import { ScoreBadge, StateBadge } from '../parts/badges.tsx';
import { Deadline } from '../parts/when.tsx';
import classes from './leads.module.css';
import { WhereFrom } from './where-from.tsx';

const route = getRouteApi('/leads');

/** The list on a narrow window: the same leads, each a small card. */
export function LeadCards({ rows }: { rows: readonly LeadRow[] }) {
  const search = route.useSearch();
  return (
    <ul className={classes.cards} aria-label="Leads">
      {rows.map((row) => (
        <li key={row.id} className={classes.row}>
          <div className={classes.cardHead}>
            <Link to="/leads/$leadId" params={{ leadId: row.id }} state={{ leads: search }} className={classes.rowLink}>
              {row.name}
            </Link>
            <ScoreBadge score={row.score} grade={row.grade} />
          </div>
          <WhereFrom row={row} />
          <div className={classes.cardLine}>
            <StateBadge state={row.state} />
            {row.partner && <span>{row.partner.name}</span>}
            {row.acceptBy && (
              <span className="muted">
                accept <Deadline at={row.acceptBy} />
              </span>
            )}
          </div>
          <div className={classes.reason}>{row.reason}</div>
        </li>
      ))}
    </ul>
  );
}
