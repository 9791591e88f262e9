/** The pages and their addresses. Each page is a chunk of its own, loaded when it is first opened or pointed at. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { leadSearch } from './leads/search.ts';
import { NoSuchPage, PageFailed } from './parts/failed.tsx';
import { reportSearch } from './reports/search.ts';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NoSuchPage });

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/page.tsx'), 'OverviewPage'),
});

const leads = createRoute({
  getParentRoute: () => root,
  path: '/leads',
  validateSearch: leadSearch,
  component: lazyRouteComponent(() => import('./leads/page.tsx'), 'LeadsPage'),
});

const lead = createRoute({
  getParentRoute: () => root,
  path: '/leads/$leadId',
  component: lazyRouteComponent(() => import('./lead/page.tsx'), 'LeadPage'),
});

const errors = createRoute({
  getParentRoute: () => root,
  path: '/errors',
  component: lazyRouteComponent(() => import('./errors/page.tsx'), 'ErrorsPage'),
});

const reports = createRoute({
  getParentRoute: () => root,
  path: '/reports',
  validateSearch: reportSearch,
  component: lazyRouteComponent(() => import('./reports/page.tsx'), 'ReportsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([overview, leads, lead, reports, errors]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** The list a lead was opened from, so that the way back keeps its filters. */
    leads?: ReturnType<typeof leadSearch>;
  }
}
