/**
 * The rooms of lib/, from the ground up: what each may import besides itself. `types` allows `import type` alone.
 * A room without a row here may import nothing.
 */
const CORE = '^lib/core/';
const EXECUTION = '^lib/execution/';
const ENGINE = '^lib/engine/(?!in-process/|bullmq/)';
const IN_PROCESS = '^lib/engine/in-process/(?!level/)';
const STORES = '^lib/engine/in-process/level/';
const BULLMQ = '^lib/engine/bullmq/';
const DISCOVERY = '^lib/discovery/';
const ROOT = '^lib/[^/]+[.]ts$';
const HEALTH = '^lib/health/';
const CHURNING_MAP = '^lib/core/churning-map[.]ts$';
const SAFE_TEXT = '^lib/execution/(bounded-text|normalise-failure)[.]ts$';
const METRICS = '^lib/metrics/(?!prometheus/|open-telemetry/)';
const PROMETHEUS = '^lib/metrics/prometheus/';
const OPEN_TELEMETRY = '^lib/metrics/open-telemetry/';
const ADMIN = '^lib/admin/';
const DASHBOARD = '^lib/dashboard/(?!page/)';
const PAGE = '^lib/dashboard/page/';
const TESTING = '^lib/testing/';

const npm = (name) => `^node_modules/(@types/)?${name}/`;
const node = (name) => `^(node:)?${name}$`;
const NODE = node('[a-z0-9_/]+');
const NEST_COMMON = npm('@nestjs/common');
const NEST_CORE = npm('@nestjs/core');
const RXJS = npm('rxjs');

const rooms = [
  {
    name: 'core',
    path: CORE,
    values: [npm('croner'), npm('ms'), npm('fastest-levenshtein')],
  },
  {
    name: 'execution',
    path: EXECUTION,
    values: [CORE, RXJS, node('async_hooks')],
    types: [NEST_COMMON],
  },
  {
    name: 'engine',
    path: ENGINE,
    values: [CORE, EXECUTION],
    types: [NEST_COMMON],
  },
  {
    name: 'in-process',
    path: IN_PROCESS,
    values: [CORE, EXECUTION, ENGINE, NEST_COMMON, NODE],
  },
  {
    name: 'stores',
    path: STORES,
    values: [CORE, ENGINE, IN_PROCESS, NODE, npm('classic-level')],
  },
  {
    name: 'bullmq',
    path: BULLMQ,
    values: [CORE, EXECUTION, ENGINE, IN_PROCESS, NODE, npm('bullmq'), npm('ioredis')],
    types: [npm('pg')],
  },
  {
    name: 'discovery',
    path: DISCOVERY,
    values: [CORE, EXECUTION, NEST_COMMON, NEST_CORE, RXJS, npm('reflect-metadata')],
  },
  {
    name: 'root',
    path: ROOT,
    values: [CORE, EXECUTION, ENGINE, IN_PROCESS, DISCOVERY, NEST_COMMON, NEST_CORE, RXJS, NODE],
  },
  {
    name: 'health',
    path: HEALTH,
    values: [ROOT, NEST_COMMON, NEST_CORE, npm('@nestjs/terminus')],
    types: [CORE],
  },
  {
    name: 'metrics',
    path: METRICS,
    values: [ROOT, CHURNING_MAP, PROMETHEUS, OPEN_TELEMETRY, NEST_COMMON, NEST_CORE],
    types: [RXJS],
  },
  {
    name: 'prometheus',
    path: PROMETHEUS,
    values: [ROOT, METRICS, npm('prom-client')],
    types: [NEST_COMMON],
  },
  {
    name: 'open-telemetry',
    path: OPEN_TELEMETRY,
    values: [ROOT, CHURNING_MAP, METRICS, npm('@opentelemetry/api')],
    types: [NEST_COMMON, RXJS],
  },
  {
    name: 'admin',
    path: ADMIN,
    values: [ROOT, SAFE_TEXT, NEST_COMMON, NEST_CORE, NODE],
    types: [RXJS],
  },
  {
    name: 'dashboard',
    path: DASHBOARD,
    values: [ADMIN, NEST_COMMON, NEST_CORE, NODE],
  },
  {
    // It runs in browsers: of the house it knows what it is answered, and nothing else.
    name: 'page',
    path: PAGE,
    values: [
      npm('preact'),
      npm('@preact/signals'),
      npm('@dagrejs/dagre'),
      npm('d3-selection'),
      npm('d3-zoom'),
      npm('eventsource-parser'),
    ],
    types: [ADMIN],
  },
  {
    name: 'testing',
    path: TESTING,
    values: [CORE, ROOT, NEST_COMMON, node('assert'), node('timers')],
    types: [EXECUTION, ENGINE, DISCOVERY, npm('@nestjs/testing')],
  },
];

const importsDownOnly = rooms.map(({ name, path, values, types = [] }) => ({
  name: `${name}-imports-down-only`,
  severity: 'error',
  from: { path },
  to: { pathNot: [path, ...values, ...types] },
}));

const importsTypesOnly = rooms
  .filter(({ types }) => types)
  .map(({ name, path, types }) => ({
    name: `${name}-imports-types-only`,
    severity: 'error',
    from: { path },
    to: { path: types, dependencyTypesNot: ['type-only'] },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...importsDownOnly,
    ...importsTypesOnly,
    {
      name: 'every-room-has-rules',
      severity: 'error',
      from: { path: '^lib/', pathNot: rooms.map(({ path }) => path) },
      to: {},
    },
    {
      name: 'metrics-load-their-optional-peers-when-asked',
      severity: 'error',
      from: { path: METRICS },
      to: { path: [PROMETHEUS, OPEN_TELEMETRY], dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'sample-app-imports-public-entries',
      severity: 'error',
      from: { path: '^sample-app/' },
      to: { path: '^(lib|test)/', dependencyTypesNot: ['aliased'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
