import { Table } from '@mantine/core';
import type { CandidateView } from '../api.ts';
import { count, pointsOf } from '../format.ts';
import { Badge } from '../parts/badges.tsx';
import classes from './lead.module.css';

/** Partners with points by criterion, and below, out of the way, the dropped ones by reason. */
export function Candidates({ candidates, chosen }: { candidates: readonly CandidateView[]; chosen: string | null }) {
  const scored = candidates.filter((candidate) => candidate.dropped === null);
  const dropped = candidates.filter((candidate) => candidate.dropped !== null);
  return (
    <>
      {scored.length > 0 ? (
        <Points candidates={scored} chosen={chosen} />
      ) : (
        <p className="muted">No partner was eligible.</p>
      )}
      {dropped.length > 0 && <Dropped candidates={dropped} open={scored.length === 0} />}
    </>
  );
}

function Points({ candidates, chosen }: { candidates: readonly CandidateView[]; chosen: string | null }) {
  const criteria = [...new Set(candidates.flatMap((candidate) => candidate.criteria.map(({ name }) => name)))];
  const most = Math.max(...candidates.flatMap((candidate) => candidate.criteria.map(({ points }) => points)), 1);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard
    <section className="scroll-x" aria-label="Candidates with points by criterion" tabIndex={0}>
      <Table verticalSpacing={5} horizontalSpacing="xs" withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="num">#</Table.Th>
            <Table.Th>Partner</Table.Th>
            <Table.Th className="num">Points</Table.Th>
            {criteria.map((name) => (
              <Table.Th key={name} className="num">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {candidates.map((candidate, index) => (
            <Table.Tr
              key={candidate.partner.id}
              className={candidate.partner.id === chosen ? classes.chosen : undefined}
            >
              <Table.Td className="num muted">{index + 1}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                {candidate.partner.name} {candidate.partner.id === chosen && <Badge tone="strong">chosen</Badge>}
              </Table.Td>
              <Table.Td className="num">
                <strong>{candidate.points === null ? '–' : pointsOf(candidate.points)}</strong>
              </Table.Td>
              {criteria.map((name) => (
                <Table.Td key={name} className="num">
                  <Part points={candidate.criteria.find((criterion) => criterion.name === name)?.points} most={most} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Part({ points, most }: { points: number | undefined; most: number }) {
  if (points === undefined) return <span className="muted">–</span>;
  return (
    <span className={classes.part}>
      {pointsOf(points)}
      <i aria-hidden="true" style={{ width: `${Math.max(0, points / most) * 100}%` }} />
    </span>
  );
}

function Dropped({ candidates, open }: { candidates: readonly CandidateView[]; open: boolean }) {
  const byReason = new Map<string, string[]>();
  for (const { dropped, partner } of candidates) {
    const reason = dropped ?? '';
    byReason.set(reason, [...(byReason.get(reason) ?? []), partner.name]);
  }
  const reasons = [...byReason].sort(([, a], [, b]) => b.length - a.length);
  return (
    <details open={open}>
      <summary>
        {count(candidates.length)} {candidates.length === 1 ? 'partner was' : 'partners were'} dropped
      </summary>
      <dl className={classes.dropped}>
        {reasons.map(([reason, names]) => (
          <div key={reason}>
            <dt>
              {reason} <span className="muted">({count(names.length)})</span>
            </dt>
            <dd>{names.join(', ')}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
