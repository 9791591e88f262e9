import type { LeadRow } from '../api.ts';
import { country } from '../format.ts';
import classes from './leads.module.css';

/** Company and country on one line, the country by its code to leave the room to the company. */
export function WhereFrom({ row }: { row: LeadRow }) {
  return (
    <div className={classes.second}>
      <span className={classes.company}>{row.company ?? 'No company'}</span>
      {row.country && <abbr title={country(row.country)}>{row.country}</abbr>}
    </div>
  );
}
