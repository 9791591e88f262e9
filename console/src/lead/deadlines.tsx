import type { DeadlineView, OfferView } from '../api.ts';
import { Badge, type Tone } from '../parts/badges.tsx';
import { Deadline, When } from '../parts/when.tsx';
import classes from './lead.module.css';

const TONES: Readonly<Record<DeadlineView['state'], Tone>> = {
  waiting: 'quiet',
  running: 'info',
  paused: 'warn',
  met: 'flow',
  missed: 'bad',
  over: 'quiet',
};

const NAMES: Readonly<Record<string, string>> = {
  accept: 'Answer',
  'first-touch': 'First touch',
  'report-back': 'First report',
  refresh: 'Next report',
};

/** The clock of an offer: what is due by when, what was done, and what stopped or moved it. */
export function Deadlines({ offer }: { offer: OfferView }) {
  const { deadlines, marks, policy, calendar, pausedFor } = offer;
  if (deadlines.length + marks.length === 0) return null;
  const isLive = offer.status === 'Open' || offer.status === 'Accepted';
  return (
    <>
      {pausedFor && (
        <p className={classes.paused} role="note">
          The clock stands still: {pausedFor}
        </p>
      )}
      <details open={isLive} className={classes.clock}>
        <summary>
          Deadlines<span className="muted">{policy && ` · policy ${policy}`}</span>
        </summary>
        <ul>
          {deadlines.map((deadline) => (
            <li key={`${deadline.name} ${deadline.period}`}>
              <span>
                {NAMES[deadline.name] ?? deadline.name}
                {deadline.period > 1 && ` ${deadline.period}`}
              </span>
              <Badge tone={TONES[deadline.state]}>{deadline.state}</Badge>
              <span className={classes.small}>
                <Due deadline={deadline} />
              </span>
            </li>
          ))}
        </ul>
        {marks.length > 0 && (
          <ol className={classes.marks}>
            {marks.map((mark) => (
              <li key={`${mark.at} ${mark.what}`}>
                <When at={mark.at} exact /> · {mark.what}
              </li>
            ))}
          </ol>
        )}
        {calendar && (
          <p className={classes.small}>
            Hours of calendar {calendar.name}, {calendar.zone}
          </p>
        )}
      </details>
    </>
  );
}

function Due({ deadline }: { deadline: DeadlineView }) {
  const { state, dueAt, metAt, extensionsLeft, missed } = deadline;
  if (state === 'waiting') return 'not begun';
  if (state === 'met' && metAt)
    return (
      <>
        done <When at={metAt} exact />
      </>
    );
  if (!dueAt) return null;
  if (state === 'missed' || state === 'over')
    return (
      <>
        was due <When at={dueAt} exact />
        {metAt && (
          <>
            , done <When at={metAt} exact />
          </>
        )}
      </>
    );
  return (
    <>
      due <When at={dueAt} exact /> (<Deadline at={dueAt} />){missed !== 'none' && `; if missed: ${missed}`}
      {extensionsLeft > 0 && `; may be extended ${extensionsLeft === 1 ? 'once' : `${extensionsLeft} times`}`}
    </>
  );
}
