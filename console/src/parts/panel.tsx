import { Skeleton, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './panel.module.css';

interface PanelProps {
  readonly title: string;
  /** A short line under the title. */
  readonly hint?: ReactNode;
  /** Controls at the right of the title. */
  readonly aside?: ReactNode;
  /** Lets the content touch the frame, for tables. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** One framed part of a page with its heading; a landmark of its own for those who jump by region. */
export function Panel({ title, hint, aside, flush, children }: PanelProps) {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <header className={classes.head}>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          {hint && <p className={classes.hint}>{hint}</p>}
        </div>
        {aside}
      </header>
      <div className={flush ? undefined : classes.body}>{children}</div>
    </section>
  );
}

/** A word where a list has nothing yet. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className={classes.nothing}>{children}</p>;
}

/** Lines where text is about to stand. */
export function Waiting({ lines = 4, height = 16 }: { lines?: number; height?: number }) {
  return (
    <div className={classes.waiting} aria-busy="true" aria-live="polite">
      <span className={classes.hidden}>Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <Skeleton key={line} height={height} width={`${100 - ((line * 17) % 40)}%`} />
      ))}
    </div>
  );
}
