import { Table } from '@mantine/core';
import { Fragment } from 'react';
import type { RunView } from '../api.ts';
import { count, duration } from '../format.ts';
import { RunBadge } from '../parts/badges.tsx';
import { Nothing } from '../parts/panel.tsx';
import { Prose } from '../parts/prose.tsx';
import { When } from '../parts/when.tsx';
import classes from './overview.module.css';

export function Runs({ runs, now }: { runs: readonly RunView[]; now: string }) {
  if (runs.length === 0)
    return (
      <Nothing>
        No run yet. The first one starts with <code>sluice sync</code> or by the schedule of <code>sluice serve</code>.
      </Nothing>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard
    <section className="scroll-x" aria-label="Last runs, table" tabIndex={0}>
      <Table verticalSpacing={6} horizontalSpacing="xs" styles={{ th: { paddingInline: 10 } }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th pl={18}>Started</Table.Th>
            <Table.Th>Outcome</Table.Th>
            <Table.Th className="num">Took</Table.Th>
            <Table.Th className="num">Read</Table.Th>
            <Table.Th className="num">Changed</Table.Th>
            <Table.Th className="num">Written</Table.Th>
            <Table.Th className="num">Rejected</Table.Th>
            <Table.Th className="num">Offers</Table.Th>
            <Table.Th className="num" pr={18}>
              Calls
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Fragment key={run.id}>
              <Table.Tr style={run.message || run.gain ? { borderBottom: 0 } : undefined}>
                <Table.Td pl={18} style={{ whiteSpace: 'nowrap' }}>
                  <When at={run.startedAt} exact />
                </Table.Td>
                <Table.Td>
                  <RunBadge status={run.status} />
                </Table.Td>
                <Table.Td className="num">{duration(run.startedAt, run.finishedAt ?? now)}</Table.Td>
                <Table.Td className="num" title={byConnection(run.read)}>
                  {count(total(run.read))}
                </Table.Td>
                <Table.Td className="num">{count(run.changed)}</Table.Td>
                <Table.Td className="num">{count(run.written)}</Table.Td>
                <Table.Td className="num">{count(run.rejected)}</Table.Td>
                <Table.Td className="num">{count(run.offers)}</Table.Td>
                <Table.Td className="num" pr={18} title={byConnection(run.calls)}>
                  {count(total(run.calls))}
                </Table.Td>
              </Table.Tr>
              {(run.message || run.gain) && (
                <Table.Tr>
                  <Table.Td colSpan={9} px={18} className={classes.message}>
                    <div>
                      <Prose text={[run.message, run.gain].filter(Boolean).join(' ')} />
                    </div>
                  </Table.Td>
                </Table.Tr>
              )}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function total(byName: Readonly<Record<string, number>>): number {
  return Object.values(byName).reduce((sum, n) => sum + n, 0);
}

function byConnection(byName: Readonly<Record<string, number>>): string {
  return Object.entries(byName)
    .map(([name, n]) => `${name}: ${count(n)}`)
    .join(', ');
}
