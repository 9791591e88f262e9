import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { LeadDetail } from '../api.ts';
import { count, country, pointsOf, signedPointsOf } from '../format.ts';
import { Nothing } from '../parts/panel.tsx';
import classes from './lead.module.css';

/** What is known of the person; what is not known is not listed. */
export function Facts({ lead, person }: { lead: LeadDetail['lead']; person: LeadDetail['person'] }) {
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ['E-mail', person.email],
    ['Phone', person.phone],
    ['Company', person.company],
    ['Country', person.country && country(person.country)],
    ['Industry', person.industry],
    ['Employees', person.employees === null ? null : count(person.employees)],
    ['Product', person.product],
    ['Stage', person.stage?.toUpperCase()],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => value && <Fact key={name} name={name} value={value} />)}
      {lead.partner && (
        <Fact
          name="Partner"
          value={
            <Link to="/leads" search={{ partner: lead.partner.id }} className="link" title="All leads of this partner">
              {lead.partner.name}
            </Link>
          }
        />
      )}
      <Fact name="Lead id" value={<span className="mono">{lead.id}</span>} />
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

export function ScoreReasons({
  reasons,
  score,
}: {
  reasons: LeadDetail['lead']['scoreReasons'];
  score: number | null;
}) {
  if (reasons.length === 0) {
    return (
      <Nothing>{score === null ? 'Not scored yet.' : 'No rule of config/scoring.yaml gave or took points.'}</Nothing>
    );
  }
  const total = reasons.reduce((sum, reason) => sum + reason.points, 0);
  const most = Math.max(...reasons.map((reason) => Math.abs(reason.points)), 1);
  return (
    <>
      <ul className={classes.reasons}>
        {reasons.map((reason) => (
          <li key={reason.text}>
            <span>{reason.text}</span>
            <b className="num" data-negative={reason.points < 0 || undefined}>
              {signedPointsOf(reason.points)}
            </b>
            <i
              aria-hidden="true"
              data-negative={reason.points < 0 || undefined}
              style={{ width: `${(Math.abs(reason.points) / most) * 100}%` }}
            />
          </li>
        ))}
      </ul>
      {score !== null && total !== score && (
        <p className={classes.note}>
          The rules sum to {pointsOf(total)}; the score is kept within 0 and 100 and within each group’s cap:{' '}
          {count(score)}.
        </p>
      )}
    </>
  );
}

export function Links({ links }: { links: LeadDetail['links'] }) {
  if (links.length === 0) return <Nothing>No CRM record is tied to this lead.</Nothing>;
  return (
    <ul className={classes.links}>
      {links.map((link) => (
        <li key={`${link.connection} ${link.object} ${link.recordId} ${link.role}`}>
          <span>
            {link.connection} <span className="muted">{link.object}</span>
          </span>
          <span className="mono">{link.recordId}</span>
        </li>
      ))}
    </ul>
  );
}
