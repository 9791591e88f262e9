import { Link } from '@tanstack/react-router';
import type { CSSProperties } from 'react';
import type { FunnelStep } from '../api.ts';
import { count, money, percent } from '../format.ts';
import { Nothing } from '../parts/panel.tsx';
import classes from './funnel.module.css';

/**
 * The stream from synced to won: a column a step, as thick as its count, with the share that came from the step before.
 * On a narrow window the steps stand under each other with plain bars.
 */
export function Funnel({ steps, currency }: { steps: readonly FunnelStep[]; currency: string }) {
  const most = Math.max(...steps.map((step) => step.count), 0);
  if (most === 0) {
    return (
      <Nothing>
        Nothing has been synced yet. Run <code>sluice sync</code>, or <code>npm start</code> for a demo.
      </Nothing>
    );
  }
  return (
    <ol className={classes.funnel}>
      {steps.map((step, index) => {
        const before = steps[index - 1];
        const after = steps[index + 1] ?? step;
        return (
          <li
            key={step.key}
            className={classes.step}
            data-last={index === steps.length - 1 || undefined}
            style={{ '--share': step.count / most, '--depth': index } as CSSProperties}
          >
            <span className={classes.label}>{step.label}</span>
            <span className={classes.count}>
              {step.key === 'leads' ? (
                <Link to="/leads" className={classes.countLink}>
                  {count(step.count)}
                </Link>
              ) : (
                count(step.count)
              )}
            </span>
            <span className={classes.amount} title={step.amount === null ? undefined : money(step.amount, currency)}>
              {step.amount === null ? '' : money(step.amount, currency, true)}
            </span>
            <svg className={classes.stream} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
              <path d={stream(step.count / most, after.count / most)} />
            </svg>
            <span className={classes.bar} aria-hidden="true" />
            <span className={classes.rate}>
              {before ? (
                <>
                  <b>{before.count > 0 ? percent(step.count / before.count) : '–'}</b> of {lower(before.label)}
                </>
              ) : (
                ''
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** A band around the middle of a 100 by 100 box, `from` thick at its left and `to` at its right (1: the full height). */
function stream(from: number, to: number): string {
  const [a, b] = [Math.max(from * 50, 0.8), Math.max(to * 50, 0.8)];
  return `M0 ${50 - a}H38C70 ${50 - a} 68 ${50 - b} 100 ${50 - b}V${50 + b}C68 ${50 + b} 70 ${50 + a} 38 ${50 + a}H0Z`;
}

function lower(label: string): string {
  return label.slice(0, 1).toLowerCase() + label.slice(1);
}
