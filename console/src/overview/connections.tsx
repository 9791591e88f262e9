import type { ConnectionView } from '../api.ts';
import { count, crmName } from '../format.ts';
import { Badge, type Tone } from '../parts/badges.tsx';
import { Nothing } from '../parts/panel.tsx';
import { When } from '../parts/when.tsx';
import classes from './overview.module.css';

const TONES: Readonly<Record<ConnectionView['status'], Tone>> = {
  ok: 'flow',
  syncing: 'info',
  problem: 'bad',
  'never synced': 'quiet',
};

export function Connections({ connections }: { connections: readonly ConnectionView[] }) {
  if (connections.length === 0) return <Nothing>No CRM is connected. They are named in config/sluice.yaml.</Nothing>;
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
          <p className={classes.small}>
            {connection.lastSyncAt ? (
              <>
                Synced <When at={connection.lastSyncAt} />
              </>
            ) : (
              'Never synced'
            )}
            {' · '}
            {count(connection.calls)} calls
          </p>
          {connection.problem && <p className={classes.problem}>{connection.problem}</p>}
        </li>
      ))}
    </ul>
  );
}
