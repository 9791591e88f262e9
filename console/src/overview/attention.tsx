import { Link } from '@tanstack/react-router';
import type { Overview } from '../api.ts';
import { count } from '../format.ts';
import { Prose } from '../parts/prose.tsx';
import classes from './overview.module.css';

/** What waits for somebody; nothing at all where nothing does. */
export function Attention({ overview }: { overview: Overview }) {
  const { errors, reviews, connections, leadStates } = overview;
  const troubled = connections.filter((connection) => connection.problem !== null);
  const inReview = leadStates.find(({ state }) => state === 'Review')?.count ?? 0;
  if (errors.open === 0 && reviews.open === 0 && inReview === 0 && troubled.length === 0) return null;
  return (
    <ul className={classes.attention} aria-label="Needs attention">
      {troubled.map((connection) => (
        <li key={connection.name}>
          <strong>{connection.name}</strong>: <Prose text={connection.problem ?? ''} />
        </li>
      ))}
      {errors.open > 0 && (
        <li>
          <Link to="/errors" className="link">
            <strong>{count(errors.open)}</strong> {errors.open === 1 ? 'error waits' : 'errors wait'} for a correction
          </Link>
        </li>
      )}
      {inReview > 0 && (
        <li>
          <Link to="/leads" search={{ state: 'Review' }} className="link">
            <strong>{count(inReview)}</strong> {inReview === 1 ? 'lead' : 'leads'} to review
          </Link>
        </li>
      )}
      {reviews.open > 0 && (
        <li>
          <strong>{count(reviews.open)}</strong> {reviews.open === 1 ? 'question waits' : 'questions wait'} for a
          person: <code>sluice review</code>
        </li>
      )}
    </ul>
  );
}
