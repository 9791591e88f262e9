import { Link } from '@tanstack/react-router';
import type { Overview } from '../api.ts';
import { count } from '../format.ts';
import classes from './overview.module.css';

/** What waits for somebody; nothing at all where nothing does. */
export function Attention({ overview }: { overview: Overview }) {
  const { errors, reviews, connections } = overview;
  const troubled = connections.filter((connection) => connection.problem !== null);
  if (errors.open === 0 && reviews.open === 0 && troubled.length === 0) return null;
  return (
    <ul className={classes.attention} aria-label="Needs attention">
      {troubled.map((connection) => (
        <li key={connection.name}>
          <strong>{connection.name}</strong>: {connection.problem}
        </li>
      ))}
      {errors.open > 0 && (
        <li>
          <Link to="/errors" className="link">
            <strong>{count(errors.open)}</strong> {errors.open === 1 ? 'error waits' : 'errors wait'} for a correction
          </Link>
        </li>
      )}
      {reviews.open > 0 && (
        <li>
          <Link to="/leads" search={{ state: 'Review' }} className="link">
            <strong>{count(reviews.open)}</strong> to review
          </Link>
        </li>
      )}
    </ul>
  );
}
