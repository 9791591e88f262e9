import type { LeadDetail } from '../api.ts';
import { When } from '../parts/when.tsx';
import classes from './lead.module.css';

/** Values of the lead's records that gave way to another, on either side. */
export function Changes({ changes }: { changes: LeadDetail['changes'] }) {
  return (
    <ol className={classes.line}>
      {changes.map((change, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
        <li key={place}>
          <div>
            {change.field}: <del>{change.before ?? 'blank'}</del> → {change.after ?? 'blank'}
          </div>
          <div className={classes.small}>
            <When at={change.at} exact /> · {change.connection} {change.object} {change.recordId}
          </div>
          <div className={classes.small}>{change.why}</div>
        </li>
      ))}
    </ol>
  );
}
