import { Accordion } from '@mantine/core';
import { useId } from 'react';
import type { DecisionView } from '../api.ts';
import { Badge } from '../parts/badges.tsx';
import { Nothing, Panel } from '../parts/panel.tsx';
import { When } from '../parts/when.tsx';
import { Candidates } from './candidates.tsx';
import classes from './lead.module.css';

/** Why the lead went where it went: the newest decision open, the earlier ones to be opened. */
export function Decisions({ decisions }: { decisions: readonly DecisionView[] }) {
  const newest = decisions[0];
  return (
    <Panel title="Why: the decisions" hint="Each is rebuilt from what was known at its time" flush>
      {newest ? (
        <Accordion
          key={newest.id}
          multiple
          defaultValue={[newest.id]}
          keepMounted={false}
          classNames={{ item: classes.item, control: classes.control, content: classes.content }}
        >
          {decisions.map((decision) => (
            <Accordion.Item key={decision.id} value={decision.id}>
              <Accordion.Control>
                <span className={classes.decisionHead}>
                  <strong>
                    {decision.outcome}
                    {decision.partner && `: ${decision.partner.name}`}
                  </strong>
                  <span className={classes.small}>
                    <When at={decision.at} exact />
                  </span>
                </span>
              </Accordion.Control>
              <Accordion.Panel>
                <Trace decision={decision} />
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      ) : (
        <Nothing>Nothing has been decided for this lead yet.</Nothing>
      )}
    </Panel>
  );
}

const ROUTE_TONES = {
  matched: 'flow',
  'not matched': 'quiet',
  'nobody eligible': 'warn',
  'not tried': 'quiet',
} as const;

function Trace({ decision }: { decision: DecisionView }) {
  const routes = useId();
  const candidates = useId();
  return (
    <div className={classes.trace}>
      <p className={classes.sentence}>{decision.sentence}</p>
      <Verified decision={decision} />

      <section aria-labelledby={routes}>
        <h3 id={routes}>Routes tried</h3>
        {decision.routes.length === 0 && <p className="muted">None; the decision was made before routing.</p>}
        <ol className={classes.routes}>
          {decision.routes.map((route) => (
            <li key={route.name}>
              <span>
                <strong>{route.name}</strong>{' '}
                <Badge tone={ROUTE_TONES[route.outcome] ?? 'quiet'}>{route.outcome}</Badge>
              </span>
              <span className={classes.small}>{route.why}</span>
            </li>
          ))}
        </ol>
      </section>

      {decision.candidates.length > 0 && (
        <section aria-labelledby={candidates}>
          <h3 id={candidates}>Candidates</h3>
          {decision.tieBreak && (
            <p className={classes.tie}>
              <strong>Tie-break:</strong> {decision.tieBreak}
            </p>
          )}
          <Candidates candidates={decision.candidates} chosen={decision.partner?.id ?? null} />
        </section>
      )}

      {decision.lines.length > 0 && (
        <details>
          <summary>The trace in words</summary>
          <ol className={classes.words}>
            {decision.lines.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place in the trace
              <li key={index}>{line}</li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}

function Verified({ decision }: { decision: DecisionView }) {
  return decision.verified ? (
    <p className={classes.verified}>
      <span aria-hidden="true">✓</span> Replayed with the same result <span className="mono">{decision.id}</span>
    </p>
  ) : (
    <p className={classes.unverified} role="note">
      <span aria-hidden="true">⚠</span> The replay does not give what was stored: this trace may differ from what was
      decided. <span className="mono">{decision.id}</span>
    </p>
  );
}
