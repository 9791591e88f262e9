import { Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { LeadRow, SortColumn } from '../api.ts';
import { ScoreBadge, StateBadge } from '../parts/badges.tsx';
import { Deadline, When } from '../parts/when.tsx';
import classes from './leads.module.css';
import { DEFAULT_SORT, type LeadSearch, nextSort } from './search.ts';
import { WhereFrom } from './where-from.tsx';

/** The list where there is room for columns. The whole row is the link that stands on the name. */
export function LeadTable({ rows, search }: { rows: readonly LeadRow[]; search: LeadSearch }) {
  return (
    <Table className={classes.table} verticalSpacing={7} horizontalSpacing="sm" aria-label="Leads">
      <Table.Thead>
        <Table.Tr>
          <SortHead column="score" search={search} label="Score" width="6rem" />
          <SortHead column="name" search={search} label="Person" width="22%" />
          <SortHead column="state" search={search} label="State" width="7rem" />
          <SortHead column="partner" search={search} label="Partner" width="14%" />
          <Table.Th>Reason</Table.Th>
          <SortHead column="acceptBy" search={search} label="Accept by" width="8rem" />
          <SortHead column="updatedAt" search={search} label="Changed" width="7.5rem" />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.id} className={classes.row}>
            <Table.Td>
              <ScoreBadge score={row.score} grade={row.grade} />
            </Table.Td>
            <Table.Td>
              <Link
                to="/leads/$leadId"
                params={{ leadId: row.id }}
                state={{ leads: search }}
                className={classes.rowLink}
              >
                {row.name}
              </Link>
              <WhereFrom row={row} />
            </Table.Td>
            <Table.Td>
              <StateBadge state={row.state} />
            </Table.Td>
            <Table.Td>{row.partner?.name ?? <span className="muted">–</span>}</Table.Td>
            <Table.Td>
              <div className={classes.reason} title={row.reason}>
                {row.reason}
              </div>
            </Table.Td>
            <Table.Td className={classes.time}>
              {row.acceptBy ? <Deadline at={row.acceptBy} /> : <span className="muted">–</span>}
            </Table.Td>
            <Table.Td className={classes.time}>
              <When at={row.updatedAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface SortHeadProps {
  readonly column: SortColumn;
  readonly label: string;
  readonly width: string;
  readonly search: LeadSearch;
}

function SortHead({ column, label, width, search }: SortHeadProps) {
  const present = search.sort ?? DEFAULT_SORT;
  const active = present.replace('-', '') === column;
  const descending = present.startsWith('-');
  return (
    <Table.Th w={width} aria-sort={active ? (descending ? 'descending' : 'ascending') : undefined}>
      <Link
        from="/leads"
        to="/leads"
        search={{ ...search, sort: nextSort(column, present), page: undefined }}
        replace
        resetScroll={false}
        className={classes.sort}
        data-active={active || undefined}
      >
        {label}
        <span aria-hidden="true">{active ? (descending ? '↓' : '↑') : ''}</span>
      </Link>
    </Table.Th>
  );
}
