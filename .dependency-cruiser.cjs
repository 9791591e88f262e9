/**
 * Who may import whom; docs/decisions/0001 and CONTRIBUTING.md say why. `npm run check` plants a violation of each rule
 * (tools/check/plants.ts) and fails where it is not found, so a new rule needs a plant too.
 */

/** Bottom to top: each imports only what stands before it. Those of one row are siblings and never import each other. */
const LAYERS = [
  ['model'],
  ['mapping'],
  ['config'],
  ['store'],
  ['leads', 'deals', 'funds', 'revenue', 'insight'],
  ['sync'],
  ['jobs'],
  ['server'],
  ['app'],
  ['cli'],
];
const DOMAINS = LAYERS[4].join('|');
const OURS = '^(src|connectors|sandbox|console|bench|test|tools)/';
const CONTRACT = '^connectors/connector\\.ts$';
const SANDBOX_COMMANDS = '^src/cli/(demo\\.ts$|demo/|sandbox\\.ts$)';

const inLayer = (names) => `^src/(${names.join('|')})(/|\\.ts$)`;
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const layers = LAYERS.slice(1, -1).map((names, place) =>
  rule(
    `${names.length > 1 ? 'domains' : names[0]}-looks-down`,
    'imports point down: model < mapping < config < store < domains < sync < jobs < server < app < cli',
    { path: inLayer(names) },
    { path: inLayer(LAYERS.slice(place + 2).flat()) },
  ),
);

module.exports = {
  forbidden: [
    rule(
      'model-stands-alone',
      'the model imports nothing of ours',
      { path: '^src/model/' },
      { path: OURS, pathNot: '^src/model/' },
    ),
    ...layers,
    rule(
      'domains-apart',
      'sibling domains never import each other: they react to events, or get plain facts from a store query',
      { path: `^src/(${DOMAINS})/` },
      { path: `^src/(${DOMAINS})/`, pathNot: '^src/$1/' },
    ),
    rule(
      'only-service-reaches-the-store',
      'decisions are pure: within a domain only service/ loads and saves',
      { path: `^src/(${DOMAINS})/`, pathNot: `^src/(${DOMAINS})/service/` },
      { path: ['^src/store/', `^src/(${DOMAINS})/service/`] },
    ),
    rule(
      'connector-knows-only-its-crm',
      'a connector imports the contract, its own folder and packages',
      { path: '^connectors/([^/]+)/' },
      { path: OURS, pathNot: ['^connectors/$1/', CONTRACT] },
    ),
    rule(
      'contract-stands-alone',
      'the contract of the connectors imports nothing of ours',
      { path: CONTRACT },
      { path: OURS },
    ),
    rule(
      'only-app-names-connectors',
      'src knows the contract; app.ts alone names concrete connectors',
      { path: '^src/', pathNot: '^src/app\\.ts$' },
      { path: '^connectors/', pathNot: CONTRACT },
    ),
    rule(
      'sandbox-is-the-outside-world',
      'the sandbox imports nothing of src, connectors or anything else of ours',
      { path: '^sandbox/' },
      { path: OURS, pathNot: '^sandbox/' },
    ),
    rule(
      'sandbox-front-door',
      'the sandbox is entered by its index; only its own tests look inside',
      { pathNot: ['^sandbox/', '^test/sandbox/'] },
      { path: '^sandbox/', pathNot: '^sandbox/index\\.ts$' },
    ),
    rule(
      'sandbox-callers',
      'only the commands demo and sandbox, bench and test know the sandbox',
      { pathNot: ['^sandbox/', '^(bench|test)/', SANDBOX_COMMANDS] },
      { path: '^sandbox/' },
    ),
    rule(
      'sandbox-at-run-time',
      'Sluice starts without the sandbox: its commands load it by import() when they run; its types may be named',
      { path: '^src/' },
      { path: '^sandbox/', dynamic: false, exoticallyRequired: false },
    ),
    rule(
      'console-knows-only-the-api',
      'the pages know of src only what the HTTP API answers',
      { path: '^console/' },
      { path: OURS, pathNot: ['^console/', '^src/server/api\\.ts$'] },
    ),
    rule(
      'console-takes-only-types',
      'no code of the server goes to the browser',
      { path: '^console/' },
      { path: '^src/', exoticallyRequired: false },
    ),
    rule(
      'nothing-leans-on-the-outer-folders',
      'what is published knows neither pages, tests, benchmarks nor tools',
      { path: '^(src|connectors)/' },
      { path: '^(console|bench|test|tools)/' },
    ),
    rule(
      'conformance-is-for-tests',
      'the kit that every connector passes is run by tests alone, and is not published',
      { pathNot: '^(test|connectors/conformance)/' },
      { path: '^connectors/conformance/' },
    ),
    rule(
      'no-dev-dependency-at-run-time',
      'what is published needs its packages in "dependencies"',
      { path: '^(src|connectors)/', pathNot: '^connectors/conformance/' },
      { dependencyTypes: ['npm-dev'] },
    ),
    rule(
      'declared',
      'every package is in package.json, every file is there',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    ),
    rule(
      'no-cycles',
      'no file loads itself, however far around; types may know each other',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['exotic-require'] } },
    ),
  ],
  options: {
    babelConfig: { fileName: `${__dirname}/tools/check/import-lines.babel.cjs` },
    exoticRequireStrings: ['typeOnly'],
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.json', '.css'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
