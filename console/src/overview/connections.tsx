import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { CallBudget, ConnectionView } from '../api.ts';
import { count, crmName } from '../format.ts';
import { Badge, type Tone } from '../parts/badges.tsx';
import { Nothing } from '../parts/panel.tsx';
import { Prose } from '../parts/prose.tsx';
import { When } from '../parts/when.tsx';
import classes from './overview.module.css';

const TONES: Readonly<Record<ConnectionView['status'], Tone>> = {
  ok: 'flow',
  syncing: 'info',
  problem: 'bad',
  'never synced': 'quiet',
};

/** From this part of the share on, calls that failed are not repeated. */
const NEARLY_USED = 0.75;

export function Connections({ connections }: { connections: readonly ConnectionView[] }) {
  if (connections.length === 0)
    return (
      <Nothing>
        No CRM is connected. They are named in <code>config/sluice.yaml</code>.
      </Nothing>
    );
  return (
    <ul className={classes.connections}>
      {connections.map((connection) => (
        <li key={connection.name}>
          <div className={classes.connectionHead}>
            <span>
              <strong>{connection.name}</strong>
              {crmName(connection.kind).toLowerCase() !== connection.name.toLowerCase() && (
                <span className="muted"> {crmName(connection.kind)}</span>
              )}
            </span>
            <Badge tone={TONES[connection.status] ?? 'quiet'}>{connection.status}</Badge>
          </div>
          {connection.problem && (
            <p className={classes.problem}>
              <Prose text={connection.problem} />
            </p>
          )}
          <dl className={classes.facts}>
            <Fact name="Synced">{connection.lastSyncAt ? <When at={connection.lastSyncAt} /> : 'never'}</Fact>
            <Fact name="Events">
              <Events connection={connection} />
            </Fact>
            <Fact name="Every record checked">{connection.sweptAt ? <When at={connection.sweptAt} /> : 'not yet'}</Fact>
            <Fact name="API calls of the day">
              <span title={`${count(connection.calls)} in all runs so far`}>
                <Calls budget={connection.budget} />
              </span>
            </Fact>
            {connection.fieldsPaused > 0 && (
              <Fact name="Schema">
                <Link to="/errors" className="link">
                  {connection.fieldsPaused === 1 ? '1 field' : `${count(connection.fieldsPaused)} fields`} paused
                </Link>
              </Fact>
            )}
          </dl>
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Events({ connection: { heardAt, hintsWaiting } }: { connection: ConnectionView }) {
  return (
    <>
      {heardAt ? (
        <>
          heard <When at={heardAt} />
        </>
      ) : (
        'none heard yet'
      )}
      {hintsWaiting > 0 && `, ${count(hintsWaiting)} waiting`}
    </>
  );
}

function Calls({ budget }: { budget: CallBudget | null }) {
  if (budget === null) return 'none yet';
  const { made, share } = budget;
  if (share === null) return `${count(made)}, no daily limit known`;
  return (
    <span className={made >= share * NEARLY_USED ? 'late' : undefined}>
      {count(made)} of {count(share)} allowed
    </span>
  );
}
