import { Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FairnessView, fairnessQuery, type ShareView } from '../api.ts';
import { count, percent } from '../format.ts';
import { Badge } from '../parts/badges.tsx';
import { Failed } from '../parts/failed.tsx';
import { Nothing, Panel, Waiting } from '../parts/panel.tsx';
import classes from './fairness.module.css';

/** Who is given the best leads: channel and direct team, and the partners of each tier, against the floors of routing.yaml. */
export function Fairness() {
  const { data, error, refetch } = useQuery(fairnessQuery);
  const hint = data && `Grade ${data.grades.join(' and ')}, ${count(data.windowDays)} days`;
  return (
    <Panel title="Who gets the best leads" hint={hint}>
      {data ? <Shares view={data} /> : error ? <Failed what="The shares" error={error} retry={refetch} /> : <Waiting />}
    </Panel>
  );
}

function Shares({ view }: { view: FairnessView }) {
  const { channel, direct, tiers, hasFloors } = view;
  if (channel.given + direct.given === 0) return <Nothing>No such lead was given to anybody yet.</Nothing>;
  return (
    <div className={classes.stack}>
      <ul className={classes.sides}>
        <Side name="Channel" side={channel} />
        <Side name="Direct team" side={direct} />
      </ul>
      {tiers.map(({ tier, partners }) => {
        const below = partners.filter(({ missing }) => missing > 0);
        return (
          <details key={tier ?? ''} open={below.length > 0}>
            <summary>
              {tier ?? 'No tier'}{' '}
              <span className="muted">
                {count(partners.length)} {partners.length === 1 ? 'partner' : 'partners'}
              </span>{' '}
              {below.length > 0 && <Badge tone="warn">{`${count(below.length)} below the floor`}</Badge>}
            </summary>
            <Members tier={tier ?? 'no tier'} partners={partners} hasFloors={hasFloors} />
          </details>
        );
      })}
      {!hasFloors && (
        <p className="muted">
          No floors are set: <code>fairness</code> in routing.yaml sets them.
        </p>
      )}
    </div>
  );
}

function Side({ name, side }: { name: string; side: ShareView }) {
  return (
    <li>
      <span>
        <strong>{name}</strong> {side.share === null ? '–' : percent(side.share)}{' '}
        <span className="muted">
          {count(side.given)} {side.given === 1 ? 'lead' : 'leads'}
        </span>
      </span>
      <span className={classes.track} aria-hidden="true">
        <i style={{ width: `${(side.share ?? 0) * 100}%` }} data-below={side.missing > 0 || undefined} />
        {side.floor !== null && <b style={{ left: `${side.floor * 100}%` }} />}
      </span>
      {side.floor !== null && (
        <span className={side.missing > 0 ? 'late' : 'muted'}>
          Floor {percent(side.floor)}
          {side.missing > 0 && `: ${count(side.missing)} ${side.missing === 1 ? 'lead' : 'leads'} missing`}
        </span>
      )}
    </li>
  );
}

function Members({
  tier,
  partners,
  hasFloors,
}: {
  tier: string;
  partners: FairnessView['tiers'][number]['partners'];
  hasFloors: boolean;
}) {
  const sorted = [...partners].sort((a, b) => b.missing - a.missing || b.given - a.given);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard
    <section className={`scroll-x ${classes.members}`} aria-label={`Shares of ${tier}`} tabIndex={0}>
      <Table verticalSpacing={4} horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Partner</Table.Th>
            <Table.Th className="num">Leads</Table.Th>
            <Table.Th className="num">Share</Table.Th>
            {hasFloors && <Table.Th className="num">Floor</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map(({ partner, given, share, floor, missing }) => (
            <Table.Tr key={partner.id}>
              <Table.Td>
                <Link to="/leads" search={{ partner: partner.id }} className="link">
                  {partner.name}
                </Link>
              </Table.Td>
              <Table.Td className="num">{count(given)}</Table.Td>
              <Table.Td className={`num ${missing > 0 ? 'late' : ''}`}>
                {share === null ? '–' : percent(share)}
              </Table.Td>
              {hasFloors && <Table.Td className="num">{floor === null ? '–' : percent(floor)}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
