import type { NoticeView, StatementView } from '../api.ts';
import { Badge, type Tone } from '../parts/badges.tsx';
import { When } from '../parts/when.tsx';
import classes from './lead.module.css';

/** What partners said of the lead, and what that came to. */
export function Statements({ statements }: { statements: readonly StatementView[] }) {
  return (
    <ol className={classes.line}>
      {statements.map((statement, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
        <li key={place}>
          <div className={classes.offerHead}>
            <strong>{statement.partner.name}</strong>
            {!statement.counts && <Badge tone="warn">does not count</Badge>}
          </div>
          <ul className={classes.said}>
            {statement.said.map((words, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
              <li key={n}>{words}</li>
            ))}
          </ul>
          <div className={classes.small}>
            <When at={statement.at} exact /> · through {statement.via} · {statement.effect}
          </div>
        </li>
      ))}
    </ol>
  );
}

const TONES: Readonly<Record<NoticeView['state'], Tone>> = {
  waiting: 'info',
  sent: 'flow',
  dropped: 'quiet',
  failed: 'bad',
};

/** Who was told what of the lead. */
export function Notices({ notices }: { notices: readonly NoticeView[] }) {
  return (
    <ol className={classes.line}>
      {notices.map((notice, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
        <li key={place}>
          <div className={classes.offerHead}>
            <span>{notice.what}</span>
            <Badge tone={TONES[notice.state]}>{notice.state}</Badge>
          </div>
          <div className={classes.small}>
            <When at={notice.at} exact /> · to {notice.to} by {notice.by}
            {(notice.state === 'failed' || notice.state === 'dropped') && ` · ${notice.fate}`}
          </div>
        </li>
      ))}
    </ol>
  );
}
