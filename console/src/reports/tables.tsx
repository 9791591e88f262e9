import { Button, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { ReportTable, ReportView } from '../api.ts';
import { count } from '../format.ts';
import { Nothing, Panel } from '../parts/panel.tsx';
import classes from './reports.module.css';

/** Rows shown before somebody asks for more. */
const AT_FIRST = 25;

type Cell = string | number | null;

/** The tables of a report, each with the meaning of its figures. */
export function ReportTables({ report }: { report: ReportView }) {
  return (
    <>
      {report.tables.map((table) => (
        <OneTable key={`${report.name} ${table.name}`} table={table} />
      ))}
      <Meanings tables={report.tables} />
    </>
  );
}

function OneTable({ table }: { table: ReportTable }) {
  const [all, showAll] = useState(false);
  const rows = all ? table.rows : table.rows.slice(0, AT_FIRST);
  // Ids are for machines, and for links.
  const columns = table.columns.filter(({ key }) => !isId(key));
  return (
    <Panel title={table.title} flush>
      {table.rows.length === 0 ? (
        <Nothing>Nothing in this period, or for this choice.</Nothing>
      ) : (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a frame that scrolls must be reachable by keyboard */}
          <section className="scroll-x" aria-label={table.title} tabIndex={0}>
            <Table verticalSpacing={5} horizontalSpacing={10} className={classes.table}>
              <Table.Thead>
                <Table.Tr>
                  {columns.map(({ key, title, type, about }) => (
                    <Table.Th key={key} className={type === 'text' ? undefined : 'num'} title={about}>
                      {title}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a row has no identity but its place
                  <Table.Tr key={place}>
                    {columns.map(({ key, type }) => (
                      <Table.Td key={key} className={type === 'text' ? undefined : 'num'}>
                        <Value row={row} column={key} type={type} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
              {table.totals.length > 0 && (
                <Table.Tfoot>
                  {table.totals.map((row, place) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a total has no identity but its place
                    <Table.Tr key={place} className={classes.total}>
                      {columns.map(({ key, type }) => (
                        <Table.Td key={key} className={type === 'text' ? undefined : 'num'}>
                          {shown(row[key] ?? null, type)}
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tfoot>
              )}
            </Table>
          </section>
          {table.rows.length > AT_FIRST && (
            <div className={classes.more}>
              <Button size="xs" variant="subtle" onClick={() => showAll(!all)} aria-expanded={all}>
                {all ? 'Show fewer' : `Show all ${count(table.rows.length)} rows`}
              </Button>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

/** A lead is a link to its page, where everything that happened to it stands. */
function Value({
  row,
  column,
  type,
}: {
  row: Readonly<Record<string, Cell>>;
  column: string;
  type: ReportTable['columns'][number]['type'];
}): ReactNode {
  const value = row[column] ?? null;
  if (column === 'leadId' && typeof value === 'string')
    return (
      <Link to="/leads/$leadId" params={{ leadId: value }}>
        {value}
      </Link>
    );
  return shown(value, type);
}

function shown(value: Cell, type: ReportTable['columns'][number]['type']): ReactNode {
  if (value === null) return <span className="muted">–</span>;
  if (type === 'count') return count(Number(value));
  if (type !== 'money') return value;
  // Amounts are decimal text, so that no digit is lost on the way.
  return String(value).replace(/\B(?=(\d{3})+(?=\.|$))/g, '\u202f');
}

function isId(key: string): boolean {
  return key !== 'leadId' && (key === 'id' || key.endsWith('Id') || key === 'entry' || key === 'touch');
}

function Meanings({ tables }: { tables: readonly ReportTable[] }) {
  const meanings = new Map(
    tables.flatMap(({ columns }) => columns.flatMap(({ title, about }) => (about ? [[title, about]] : []))),
  );
  if (meanings.size === 0) return null;
  return (
    <details className={classes.meanings}>
      <summary>What the figures mean</summary>
      <dl>
        {[...meanings].map(([title, about]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
