import { Pagination } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { count } from '../format.ts';
import classes from './leads.module.css';
import { PAGE_SIZE } from './search.ts';

const CONTROLS = { first: 'First page', previous: 'Previous page', next: 'Next page', last: 'Last page' };

export function Pages({ total, page }: { total: number; page: number }) {
  const navigate = useNavigate({ from: '/leads' });
  const pages = Math.ceil(total / PAGE_SIZE);
  if (pages <= 1) return null;
  const first = (page - 1) * PAGE_SIZE + 1;
  return (
    <nav className={classes.pages} aria-label="Pages of leads">
      <span className="muted">
        {count(Math.min(first, total))}–{count(Math.min(page * PAGE_SIZE, total))} of {count(total)}
      </span>
      <Pagination
        size="sm"
        total={pages}
        value={page}
        siblings={1}
        onChange={(next) => navigate({ search: (present) => ({ ...present, page: next > 1 ? next : undefined }) })}
        getItemProps={(number) => ({ 'aria-label': `Page ${number}` })}
        getControlProps={(control) => ({ 'aria-label': CONTROLS[control] })}
      />
    </nav>
  );
}
