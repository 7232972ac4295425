import { expect, test } from 'vitest';
import { METRIC_CATALOGUE } from '../packages/service-kit/src/service/metric-catalogue.ts';
import { createMetrics } from '../packages/service-kit/src/service/metrics.ts';
import { environmentOf, readDockerfile } from './test/dockerfile.ts';
import { PARTS } from './test/processes.ts';
import { groupingsOf, selectorsOf } from './test/promql.ts';
import { filesIn, read, readYaml, sourcesIn } from './test/repository.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Panel {
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] };
}

const RULE_FILES = filesIn('docker/prometheus/rules', '.yaml');
const DASHBOARD_FILES = filesIn('docker/grafana/dashboards', '.json');
const rules = RULE_FILES.flatMap((file) =>
  (readYaml(file) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const dashboards = DASHBOARD_FILES.map((file) => JSON.parse(read(file)) as Dashboard);
const expressions: readonly (readonly [string, string])[] = [
  ...rules.map(({ alert, record, expr }) => [alert ?? record ?? '', expr] as const),
  ...dashboards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [`${uid}: ${title}`, expr] as const)),
  ),
];

/** By every name that Prometheus stores, the labels that our processes give it. */
async function exportedMetrics(): Promise<Map<string, readonly string[]>> {
  const exported = new Map<string, readonly string[]>([['up', []]]);
  for (const [name, { type, labels }] of Object.entries(METRIC_CATALOGUE)) {
    if (type !== 'histogram') exported.set(name, labels);
    else for (const suffix of ['_bucket', '_sum', '_count']) exported.set(`${name}${suffix}`, labels);
  }
  // What prom-client adds of the process: asked of the real thing.
  const { body } = await createMetrics('test').exposition();
  for (const [, name = '', type] of body.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) exported.set(`${name}${suffix}`, ['kind', 'version', 'type']);
  }
  return exported;
}

/** Added by Prometheus, by `createMetrics` and by histograms. */
const COMMON_LABELS = ['job', 'instance', 'service', 'le'];

test('dashboards and alerts read only metrics that processes export', async () => {
  const exported = await exportedMetrics();
  const unknown = expressions.flatMap(([where, expr]) =>
    selectorsOf(expr)
      .filter(({ metric }) => !exported.has(metric) && !recorded.has(metric))
      .map(({ metric }) => `${where}: ${metric}`),
  );
  expect(expressions.length).toBeGreaterThan(80);
  expect(unknown).toEqual([]);
});

test('what they read is recorded by the code of the processes that they ask about', () => {
  const declaration = 'packages/service-kit/src/service/metric-catalogue.ts';
  const recorders = ['gateway', 'subgraphs', 'workers', 'packages'].flatMap((folder) =>
    sourcesIn(folder).filter((file) => file !== declaration),
  );
  const recordedBy = (metric: string, folder: string) =>
    recorders.some((file) => file.startsWith(folder) && read(file).includes(`'${metric}'`));
  const silent = new Set<string>();
  for (const [, expr] of expressions) {
    for (const { metric } of selectorsOf(expr)) {
      const name = metric.replace(/_(?:bucket|sum|count)$/, '');
      if (!(name in METRIC_CATALOGUE)) continue;
      // The gateway has an HTTP server of its own.
      const ofGateway = /service="gateway"/.test(expr);
      if (!recordedBy(name, ofGateway ? 'gateway/' : '')) silent.add(ofGateway ? `gateway: ${name}` : name);
    }
  }
  expect([...silent].sort()).toEqual([]);
});

test('they select and group by labels that these metrics have', async () => {
  const exported = await exportedMetrics();
  const unknown = expressions.flatMap(([where, expr]) => {
    const selectors = selectorsOf(expr);
    const have = new Set(selectors.flatMap(({ metric }) => exported.get(metric) ?? []).concat(COMMON_LABELS));
    return [
      ...selectors.flatMap(({ metric, labels }) =>
        labels.filter((label) => !COMMON_LABELS.concat(exported.get(metric) ?? []).includes(label)),
      ),
      ...groupingsOf(expr).filter((label) => !have.has(label)),
    ].map((label) => `${where}: ${label}`);
  });
  expect(unknown).toEqual([]);
});

test('bounds that are asked for are bounds of buckets', () => {
  for (const [where, expr] of expressions) {
    for (const [, metric, bound] of expr.matchAll(/(\w+)_bucket\{[^}]*\ble="([\d.]+)"/g)) {
      const definition = METRIC_CATALOGUE[metric as keyof typeof METRIC_CATALOGUE];
      expect({ where, bounds: 'buckets' in definition ? definition.buckets : [] }).toMatchObject({
        where,
        bounds: expect.arrayContaining([Number(bound)]),
      });
    }
  }
});

/** Whoever adds a metric says where it is looked at, or that nobody does. */
const NOT_SHOWN = ['marquee_supergraph_update_seconds', 'marquee_operation_cost_actual'];

test('every metric is on a dashboard or in an alert', () => {
  const read = new Set(
    expressions.flatMap(([, expr]) =>
      selectorsOf(expr).map(({ metric }) => metric.replace(/_(?:bucket|sum|count)$/, '')),
    ),
  );
  expect(
    Object.keys(METRIC_CATALOGUE).filter((name) => !read.has(name) && !NOT_SHOWN.includes(name)),
  ).toEqual([]);
});

test('a metric that nobody exports is noticed', async () => {
  const exported = await exportedMetrics();
  const [selector] = selectorsOf('sum by (le) (rate(marquee_home_pages{step!="full"}[5m]))');
  expect(selector).toEqual({ metric: 'marquee_home_pages', labels: ['step'] });
  expect(exported.has('marquee_home_pages')).toBe(false);
});

test('every expression is PromQL', async ({ skip }) => {
  const { parser } = await import('@prometheus-io/lezer-promql' as string).catch(() =>
    skip('the package @prometheus-io/lezer-promql is not installed'),
  );
  const isPromql = (expr: string): boolean => {
    const errors: unknown[] = [];
    parser.parse(expr.replaceAll('$__rate_interval', '1m').replaceAll('$service', '.*')).iterate({
      enter(node: { type: { isError: boolean } }) {
        if (node.type.isError) errors.push(node);
      },
    });
    return errors.length === 0;
  };
  expect(isPromql('sum by (le) (rate(up[5m])')).toBe(false);
  expect(expressions.filter(([, expr]) => !isPromql(expr))).toEqual([]);
});

test('every alert says how bad it is, what happens, and which heading of a runbook helps', () => {
  expect(alerts.length).toBeGreaterThan(15);
  for (const { alert, labels = {}, annotations = {} } of alerts) {
    expect(['page', 'ticket'], alert).toContain(labels.severity);
    expect(annotations.summary, alert).toMatch(/\.$/);
    const [file = '', anchor = ''] = (annotations.runbook ?? '').split('#');
    expect(anchorsOf(read(file)), `${alert} wants ${file}#${anchor}`).toContain(anchor);
  }
});

test('what the runbook says to look at is a panel, a dashboard, an alert, a heading or a part', () => {
  const text = read('docs/runbooks/alerts.md');
  const known = new Set([
    ...dashboards.flatMap(({ title, panels }) => [title, ...panels.map((panel) => panel.title)]),
    ...alerts.map(({ alert }) => alert),
    ...[...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
    ...PARTS,
  ]);
  const looked = [...text.matchAll(/(?<![\w`])_([^_`\n]+?)\.?_(?![\w`])/g)].map(([, name = '']) => name);
  expect(looked.length).toBeGreaterThan(50);
  expect(
    looked.filter((name) => !name.split(/, (?=[A-Z])/).every((each) => known.has(each)) && !known.has(name)),
  ).toEqual([]);
});

test('no heading of the runbook is about an alert that does not exist', () => {
  const wanted = new Set(alerts.map(({ annotations }) => annotations?.runbook?.split('#')[1]));
  expect(anchorsOf(read('docs/runbooks/alerts.md'), '##').filter((anchor) => !wanted.has(anchor))).toEqual(
    [],
  );
});

/** Every objective that has a budget. */
const SERVICE_LEVELS = [
  ...['HomeRowsUnavailable', 'HomeRowsSlow', 'HomeRowsDegraded'],
  ...['GraphUnavailable', 'FeaturesStale'],
];

test('budgets burn over the windows that were agreed', () => {
  for (const name of SERVICE_LEVELS) {
    const mine = alerts.filter(({ alert }) => alert === name);
    expect(
      mine.map(({ expr, labels }) => {
        const [long, short] = [...expr.matchAll(/ratio_rate(\w+) > ([\d.]+)/g)];
        expect(long?.[2]).toBe(short?.[2]);
        return [labels?.severity, Number(long?.[2]), long?.[1], short?.[1]];
      }),
    ).toEqual([
      ['page', 14.4, '1h', '5m'],
      ['page', 6, '6h', '30m'],
      ['ticket', 3, '1d', '2h'],
      ['ticket', 1, '3d', '6h'],
    ]);
  }
});

test('Prometheus finds every process where the image listens', () => {
  const { PORT } = environmentOf(readDockerfile('docker/Dockerfile'), 'service');
  const configuration = readYaml('docker/prometheus/prometheus.yaml') as {
    scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  expect(
    configuration.scrape_configs.map(({ job_name, dns_sd_configs: [found] }) => [
      job_name,
      found?.names,
      found?.port,
    ]),
  ).toEqual(PARTS.map((part) => [part, [part], Number(PORT)]));
  const jobs = expressions.flatMap(([, expr]) => [...expr.matchAll(/job="([\w-]+)"/g)].map(([, job]) => job));
  expect(jobs.length).toBeGreaterThan(0);
  for (const job of jobs) expect(PARTS).toContain(job);
});

test('alerts go where a secret says', () => {
  const { receivers, route } = readYaml('docker/alertmanager/alertmanager.yaml') as {
    receivers: { name: string; webhook_configs: { url_file: string }[] }[];
    route: { receiver: string; routes: { receiver: string }[] };
  };
  const compose = readYaml('docker/compose.observability.yaml') as {
    services: { alertmanager: { secrets: string[] } };
  };
  const files = receivers.map(({ webhook_configs: [hook] }) => hook?.url_file);
  expect(files).toEqual(compose.services.alertmanager.secrets.map((secret) => `/run/secrets/${secret}`));
  for (const { receiver } of [route, ...route.routes]) {
    expect(receivers.map(({ name }) => name)).toContain(receiver);
  }
});

test('dashboards are complete: described panels that do not overlap, on the data source that is provisioned', () => {
  const sources = readYaml('docker/grafana/provisioning/datasources/prometheus.yaml') as {
    datasources: { uid: string }[];
  };
  expect(dashboards.map(({ uid }) => uid)).toEqual([
    'marquee-events',
    'marquee-gateway',
    'marquee-home',
    'marquee-learning',
    'marquee-operations',
    'marquee-stores',
    'marquee-subgraphs',
  ]);
  for (const [index, { uid, panels, templating }] of dashboards.entries()) {
    const text = read(DASHBOARD_FILES[index] as string);
    for (const [, source] of text.matchAll(/"type": "prometheus",\s*"uid": "([^"]+)"/g)) {
      expect(sources.datasources.map((each) => each.uid)).toContain(source);
    }
    const variables = templating.list.map(({ name }) => name);
    for (const [, variable] of text.matchAll(/\$(?!__)(\w+)/g)) expect(variables).toContain(variable);
    for (const panel of panels) expect(panel.description, `${uid}: ${panel.title}`).toMatch(/\w/);
    for (const [at, a] of panels.entries()) {
      for (const b of panels.slice(at + 1)) {
        expect(overlap(a.gridPos, b.gridPos), `${uid}: ${a.title} / ${b.title}`).toBe(false);
      }
    }
  }
});

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string, level = '##?'): string[] {
  return [...markdown.matchAll(new RegExp(`^${level} (.+)$`, 'gm'))].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
