import { Alert, Container, SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { overviewQuery } from './api.ts';
import { instant } from './format.ts';
import classes from './shell.module.css';

/** What stands around every page: the way to the others, whose figures these are, and a word when the server is gone. */
export function Shell() {
  const { data, isError, dataUpdatedAt } = useQuery(overviewQuery);
  const main = useRef<HTMLElement>(null);
  useFocusOnNewPage(main);
  return (
    <>
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <header className={classes.header}>
        <Container size="80rem" className={classes.bar}>
          <Link to="/" className={classes.brand} aria-label="Sluice, overview">
            <img src="/favicon.svg" width={28} height={28} alt="" />
            <span className={classes.word}>Sluice</span>
          </Link>
          {data && <span className={classes.vendor}>{data.vendor}</span>}
          <nav className={classes.nav} aria-label="Pages">
            <Link to="/" className={classes.link} activeOptions={{ exact: true }}>
              Overview
            </Link>
            <Link to="/leads" className={classes.link} activeOptions={{ includeSearch: false }}>
              Leads
            </Link>
            <Link to="/reports" className={classes.link} activeOptions={{ includeSearch: false }}>
              Reports
            </Link>
            <Link to="/errors" className={classes.link}>
              Errors
            </Link>
          </nav>
          <ColorScheme />
        </Container>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Container size="80rem" className={classes.page}>
          {isError && data && (
            <Alert color="yellow" variant="light" role="status" mb="md" title="The server does not answer">
              These figures are from {instant(new Date(dataUpdatedAt).toISOString())}. Trying again by itself.
            </Alert>
          )}
          <Outlet />
        </Container>
      </main>
    </>
  );
}

/** A screen reader hears the new page, and Tab starts in it, as after a page load. */
function useFocusOnNewPage(main: { readonly current: HTMLElement | null }) {
  const { pathname } = useLocation();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}

function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      aria-label="Colours"
      className={classes.scheme}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={[
        { value: 'light', label: <Icon name="Light" path={SUN} /> },
        { value: 'auto', label: <Icon name="As the system" path={SCREEN} /> },
        { value: 'dark', label: <Icon name="Dark" path={MOON} /> },
      ]}
    />
  );
}

const SUN = (
  <>
    <circle cx="8" cy="8" r="3" />
    <path d="M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
  </>
);
const SCREEN = <path d="M2 3h12v8H2zM6 14h4M8 11v3" />;
const MOON = <path d="M13.5 9.5A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7z" />;

function Icon({ name, path }: { name: string; path: ReactNode }) {
  return (
    <span className={classes.icon} title={name}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {path}
      </svg>
      <VisuallyHidden>{name}</VisuallyHidden>
    </span>
  );
}
