/**
 * Who may import whom. Each rule's comment says where the code should go instead.
 * The picture behind it: docs/architecture.md.
 */
const TEST = '\\.test\\.ts$|/test/|/contract\\.ts$|/contract/|^packages/testkit/|/bench/';
const PORTS = '^packages/(feature-store|vector-index|event-bus|catalogue|profiles|model-runtime)/';
const ADAPTER = '^packages/[^/]+/src/(memory|sqlite|exact|onnx|redis|nats-jetstream|postgres|qdrant)/';
const STAGES =
  '^subgraphs/recommendation/src/(query-hydrators|candidate-sources|feature-hydrators|filters|scorers|rerankers|selectors|side-effects)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Two modules need each other: move what both need into a third, smaller one.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-and-pipeline-stand-alone',
      severity: 'error',
      comment:
        'packages/domain and packages/pipeline import nothing of ours. Code that needs more belongs in the package it needs.',
      from: { path: '^packages/(domain|pipeline)/', pathNot: TEST },
      to: { path: '^(packages|subgraphs|workers|gateway)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'service-kit-imports-domain-only',
      severity: 'error',
      comment: 'packages/service-kit serves every process; what knows a port belongs beside that port.',
      from: { path: '^packages/service-kit/', pathNot: TEST },
      to: { path: '^(packages|subgraphs|workers|gateway)/', pathNot: '^packages/(service-kit|domain)/' },
    },
    {
      name: 'ports-import-domain-and-service-kit',
      severity: 'error',
      comment:
        'A port and its adapters know domain and service-kit only. Move code that joins two ports into packages/features, a worker or a subgraph.',
      from: { path: `${PORTS}`, pathNot: TEST },
      to: {
        path: '^(packages|subgraphs|workers|gateway)/',
        pathNot: [
          '^packages/(domain|service-kit)/',
          '^packages/feature-store/',
          '^packages/vector-index/',
          '^packages/event-bus/',
          '^packages/catalogue/',
          '^packages/profiles/',
          '^packages/model-runtime/',
          // Who reads what, and the connection to NATS: see the next rule.
          '^packages/coordination/',
        ],
      },
    },
    {
      name: 'coordination-stands-below-the-ports',
      severity: 'error',
      comment:
        'packages/coordination serves ports as well as processes, so it knows service-kit only. What needs a port belongs beside that port.',
      from: { path: '^packages/coordination/', pathNot: TEST },
      to: {
        path: '^(packages|subgraphs|workers|gateway)/',
        pathNot: '^packages/(coordination|domain|service-kit)/',
      },
    },
    {
      name: 'coordination-adapters-serve-adapters',
      severity: 'error',
      comment:
        'Leases and the connection to NATS come into a port through its adapter on NATS; the port itself knows neither.',
      from: { path: PORTS, pathNot: [TEST, ADAPTER] },
      to: { path: '^packages/coordination/' },
    },
    ...['feature-store', 'vector-index', 'event-bus', 'catalogue', 'profiles', 'model-runtime'].map(
      (port) => ({
        name: `${port}-imports-no-other-port`,
        severity: 'error',
        comment:
          'No port knows another. Move code that joins two ports into packages/features, a worker or a subgraph.',
        from: { path: `^packages/${port}/`, pathNot: TEST },
        to: { path: PORTS, pathNot: `^packages/${port}/` },
      }),
    ),
    {
      name: 'adapters-only-in-deps',
      severity: 'error',
      comment:
        "Adapters are chosen in a process's deps.ts and nowhere else. Take the port as a parameter and let deps.ts pass the adapter in.",
      from: { path: '^(gateway|subgraphs|workers|packages)/', pathNot: [TEST, '(^|/)deps\\.ts$', ADAPTER] },
      to: {
        path: ADAPTER,
        pathNot: ['^packages/service-kit/src/sqlite/', '^packages/([^/]+)/src/index\\.ts$'],
      },
    },
    {
      name: 'no-subgraph-imports-another',
      severity: 'error',
      comment: 'Subgraphs meet in the supergraph only. Move what two of them must agree on into packages/.',
      from: { path: '^subgraphs/([^/]+)/' },
      to: { path: '^(subgraphs|gateway|workers)/', pathNot: '^subgraphs/$1/' },
    },
    {
      name: 'gateway-imports-no-subgraph',
      severity: 'error',
      comment: 'The gateway knows subgraphs by the supergraph only; executors and routes are passed in.',
      from: { path: '^gateway/' },
      to: { path: '^(subgraphs|workers)/' },
    },
    {
      name: 'workers-stand-alone',
      severity: 'error',
      comment:
        'A worker imports packages. Move what it shares with a subgraph or another worker into packages/.',
      from: { path: '^workers/([^/]+)/' },
      to: { path: '^(subgraphs|gateway|workers)/', pathNot: '^workers/$1/' },
    },
    {
      name: 'only-standalone-composes-everything',
      severity: 'error',
      comment: 'Only packages/standalone may import subgraphs, workers and the gateway.',
      from: { path: '^packages/', pathNot: '^packages/standalone/' },
      to: { path: '^(subgraphs|gateway|workers)/' },
    },
    {
      name: 'no-stage-imports-a-stage',
      severity: 'error',
      comment:
        'Stages meet in the pipeline only. Put shared types into home-query/home-candidate and shared maths into a file outside the stage folders.',
      from: { path: STAGES, pathNot: TEST },
      to: { path: STAGES },
    },
    {
      name: 'graphql-types-stay-in-mappers',
      severity: 'error',
      comment:
        'Generated GraphQL types are for resolvers, mappers and the context. Map to domain types in a *.mapper.ts file.',
      from: { path: '^subgraphs/', pathNot: '(resolvers|\\.mapper|mappers|context)\\.ts$|__generated__' },
      to: { path: '__generated__' },
    },
    {
      name: 'production-code-needs-no-test-code',
      severity: 'error',
      comment: 'testkit, contract suites and tests are for tests.',
      from: { path: '^(gateway|subgraphs|workers|packages)/', pathNot: [TEST, '^packages/testkit/'] },
      to: { path: ['^packages/testkit/', '\\.test\\.ts$', '/contract\\.ts$'] },
    },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      comment: 'Declare the package in the package.json of the workspace that imports it.',
      from: { path: '^(gateway|subgraphs|workers|packages)/', pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API yet; swc reads the sources instead.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Tests may reach for real adapters, and swc's walker does not know `using` yet.
    exclude: { path: '\\.test\\.ts$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
