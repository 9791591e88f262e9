/** One violation, or more, of every import rule, and imports that look like one but are allowed. */

export interface Plant {
  /** The rule that must be found broken; null: none may be. */
  readonly rule: string | null;
  readonly file: string;
  readonly source: string;
}

let made = 0;

/** A file of its own in `folder` with this text, unless it names a file. */
function plant(rule: string | null, place: string, source: string): Plant {
  made += 1;
  return { rule, file: /\.tsx?$/.test(place) ? place : `${place}/planted-${made}.ts`, source };
}

/** Files that the planted ones import. */
export const GROUND: readonly string[] = [
  'src/model/money.ts',
  'src/mapping/mapping.ts',
  'src/config/load.ts',
  'src/store/database.ts',
  'src/leads/routing.ts',
  'src/leads/service/route.ts',
  'src/deals/deal.ts',
  'src/funds/fund.ts',
  'src/revenue/ledger.ts',
  'src/insight/report.ts',
  'src/sync/run.ts',
  'src/jobs/worker.ts',
  'src/server/api.ts',
  'src/server/server.ts',
  'src/cli/main.ts',
  'connectors/connector.ts',
  'connectors/one/index.ts',
  'connectors/other/index.ts',
  'connectors/conformance/index.ts',
  'sandbox/index.ts',
  'sandbox/core/clock.ts',
  'console/src/page.tsx',
  'bench/main.ts',
  'test/support.ts',
  'tools/check.ts',
];

export const PLANTS: readonly Plant[] = [
  plant('model-stands-alone', 'src/model', "import '../mapping/mapping.ts';"),
  plant('model-stands-alone', 'src/model', "import type { X } from '../../connectors/connector.ts';"),
  plant('mapping-looks-down', 'src/mapping', "import '../config/load.ts';"),
  plant('config-looks-down', 'src/config', "import type { X } from '../store/database.ts';"),
  plant('store-looks-down', 'src/store', "export { x } from '../leads/routing.ts';"),
  plant('domains-looks-down', 'src/revenue/service', "import '../../sync/run.ts';"),
  plant('domains-looks-down', 'src/deals', "import '../jobs/worker.ts';"),
  plant('sync-looks-down', 'src/sync', "import '../jobs/worker.ts';"),
  plant('jobs-looks-down', 'src/jobs', "import '../server/server.ts';"),
  plant('server-looks-down', 'src/server', "import { build } from '../app.ts';"),
  plant('app-looks-down', 'src/app.ts', "import './cli/main.ts'; import '../connectors/one/index.ts';"),
  plant('app-looks-down', 'src/app', "import '../cli/main.ts';"),
  plant('domains-apart', 'src/leads', "import type { X } from '../revenue/ledger.ts';"),
  plant('domains-apart', 'src/insight/service', "import '../../funds/fund.ts';"),
  plant('domains-apart', 'src/funds', "export * from '../deals/deal.ts';"),
  plant('only-service-reaches-the-store', 'src/leads', "import type { X } from '../store/database.ts';"),
  plant('only-service-reaches-the-store', 'src/leads', "import './service/route.ts';"),
  plant('only-service-reaches-the-store', 'src/insight', "const x = import('../store/database.ts');"),
  plant('connector-knows-only-its-crm', 'connectors/one', "import '../other/index.ts';"),
  plant('connector-knows-only-its-crm', 'connectors/one', "import type { X } from '../../src/model/money.ts';"),
  plant('only-app-names-connectors', 'src/sync', "import type { X } from '../../connectors/one/index.ts';"),
  plant('only-app-names-connectors', 'src/cli', "const x = import('../../connectors/one/index.ts');"),
  plant('only-app-names-connectors', 'src/app', "import '../../connectors/one/index.ts';"),
  plant('sandbox-is-the-outside-world', 'sandbox/market', "import '../../src/model/money.ts';"),
  plant('sandbox-is-the-outside-world', 'sandbox/market', "type X = import('../../connectors/connector.ts').X;"),
  plant('sandbox-front-door', 'test/e2e', "import '../../sandbox/core/clock.ts';"),
  plant('sandbox-front-door', 'src/cli/demo', "const x = import('../../../sandbox/core/clock.ts');"),
  plant('sandbox-callers', 'src/cli', "const x = import('../../sandbox/index.ts');"),
  plant('sandbox-callers', 'src/server', "import type { X } from '../../sandbox/index.ts';"),
  plant('sandbox-at-run-time', 'src/cli/sandbox.ts', "import '../../sandbox/index.ts';"),
  plant('console-knows-only-the-api', 'console/src', "import type { X } from '../../src/model/money.ts';"),
  plant('console-takes-only-types', 'console/src', "import { x } from '../../src/server/api.ts';"),
  plant(
    'console-takes-only-types',
    'console/src/x.tsx',
    "import { X } from '../../src/server/api.ts'; export const x = <X />;",
  ),
  plant('nothing-leans-on-the-outer-folders', 'src/server', "import '../../console/src/page.tsx';"),
  plant('nothing-leans-on-the-outer-folders', 'connectors/one', "import '../../test/support.ts';"),
  plant('conformance-is-for-tests', 'connectors/one', "import '../conformance/index.ts';"),
  plant('conformance-is-for-tests', 'bench', "const x = import('../connectors/conformance/index.ts');"),
  plant('no-dev-dependency-at-run-time', 'src/model', "import 'fast-check';"),
  plant('no-dev-dependency-at-run-time', 'connectors/one', "const x = import('fast-check');"),
  plant('declared', 'src/model', "import 'acorn';"),
  plant('declared', 'bench', "import './absent.ts';"),
  plant('no-cycles', 'src/model/egg.ts', "import './hen.ts';"),
  plant('no-cycles', 'src/model/hen.ts', "import './egg.ts';"),
  plant('contract-stands-alone', 'connectors/connector.ts', "import type { X } from '../src/model/money.ts';"),

  plant(null, 'src/model', "import { z } from 'zod'; import './money.ts'; import 'node:fs';"),
  plant(null, 'src/model/cat.ts', "import type { X } from './mouse.ts';"),
  plant(null, 'src/model/mouse.ts', "import './cat.ts';"),
  plant(null, 'src/leads/service', "import '../../store/database.ts'; import '../routing.ts';"),
  plant(null, 'src/sync', "import '../leads/service/route.ts'; import '../../connectors/connector.ts';"),
  plant(null, 'connectors/conformance', "import '../connector.ts'; import 'fast-check';"),
  plant(null, 'test/connectors', "import '../../connectors/conformance/index.ts';"),
  plant(null, 'connectors/one', "import '../connector.ts'; import './index.ts'; import 'zod';"),
  plant(
    null,
    'src/cli/demo.ts',
    "import type { X } from '../../sandbox/index.ts'; const x = import('../../sandbox/index.ts');",
  ),
  plant(null, 'test/sandbox', "import '../../sandbox/core/clock.ts'; import 'fast-check';"),
  plant(null, 'test/e2e', "import '../../sandbox/index.ts'; import '../../connectors/one/index.ts';"),
  plant(null, 'console/src', "import type { X } from '../../src/server/api.ts'; import './page.tsx';"),
];
