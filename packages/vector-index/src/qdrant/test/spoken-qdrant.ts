/**
 * The other side of the conversation, for machines without a Qdrant: answers what the adapter asks from memory, by
 * comparing with every point, and holds every request and every answer against Qdrant's own description. It shows
 * that the adapter speaks the language and keeps the port's promises; how well HNSW recalls is for a real server.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Schemas } from '@qdrant/js-client-rest';
import { createOpenApiChecker } from './openapi-checker.ts';

type Json = Record<string, unknown>;
interface Point {
  readonly id: string;
  readonly vector: readonly number[];
  readonly payload: Json;
}
interface Collection {
  readonly config: Json;
  readonly points: Map<string, Point>;
  readonly indexed: string[];
}

export interface SpokenQdrant {
  readonly url: string;
  /** What did not keep to the description; empty when all is well. */
  readonly violations: readonly string[];
  /** Requests so far, as `METHOD /template`. */
  readonly requests: readonly string[];
  readonly collections: ReadonlyMap<string, Collection>;
  /** As a server that comes back without its volume. */
  forgetEverything(): void;
  /** Every request from now on is answered like this; undefined: normally again. */
  answerWith(answer: ((response: ServerResponse) => void) | undefined): void;
  stop(): Promise<void>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export async function startSpokenQdrant(port = 0): Promise<SpokenQdrant> {
  const checker = createOpenApiChecker();
  const collections = new Map<string, Collection>();
  const aliases = new Map<string, string>();
  const violations: string[] = [];
  const requests: string[] = [];
  let override: ((response: ServerResponse) => void) | undefined;

  const named = (name: string): Collection => {
    const found = collections.get(aliases.get(name) ?? name);
    if (found === undefined) throw new NotFound(`Collection \`${name}\` doesn't exist!`);
    return found;
  };

  const answers: Record<string, (name: string, body: never) => unknown> = {
    'GET /aliases': () => ({
      aliases: [...aliases].map(([alias_name, collection_name]) => ({ alias_name, collection_name })),
    }),
    'POST /collections/aliases': (
      _,
      { actions }: { actions: { create_alias?: Json; delete_alias?: Json }[] },
    ) => {
      for (const { create_alias, delete_alias } of actions) {
        if (delete_alias !== undefined) aliases.delete(String(delete_alias.alias_name));
        if (create_alias !== undefined) {
          named(String(create_alias.collection_name));
          aliases.set(String(create_alias.alias_name), String(create_alias.collection_name));
        }
      }
      return true;
    },
    'GET /collections/{collection_name}': (name) => describe(named(name)),
    'PUT /collections/{collection_name}': (name, config: Json) => {
      if (collections.has(name)) throw new Conflict(`Collection \`${name}\` already exists!`);
      collections.set(name, { config, points: new Map(), indexed: [] });
      return true;
    },
    'DELETE /collections/{collection_name}': (name) => {
      for (const [alias, target] of aliases) if (target === name) aliases.delete(alias);
      return collections.delete(name);
    },
    'PUT /collections/{collection_name}/index': (name, { field_name }: { field_name: string }) => {
      const collection = named(name);
      if (collection.points.size > 0) violations.push(`index of ${field_name} was made after the vectors`);
      collection.indexed.push(field_name);
      return { operation_id: 1, status: 'completed' };
    },
    'PUT /collections/{collection_name}/points': (name, { points }: { points: Point[] }) => {
      for (const point of points) {
        if (!UUID.test(point.id)) violations.push(`${point.id} is no UUID of version 5`);
        named(name).points.set(point.id, { ...point, vector: Array.from(Float32Array.from(point.vector)) });
      }
      return { operation_id: 2, status: 'completed' };
    },
    'POST /collections/{collection_name}/points': (
      name,
      { ids, with_vector }: { ids: string[]; with_vector: boolean },
    ) =>
      ids.flatMap((id) => {
        const point = named(name).points.get(id);
        return point === undefined
          ? []
          : [{ id, payload: null, ...(with_vector ? { vector: point.vector } : {}) }];
      }),
    'POST /collections/{collection_name}/points/delete': (name, { points }: { points: string[] }) => {
      for (const id of points) named(name).points.delete(id);
      return { operation_id: 3, status: 'completed' };
    },
    'POST /collections/{collection_name}/points/count': (name) => ({ count: named(name).points.size }),
    'POST /collections/{collection_name}/points/query': (name, body: Query) => search(named(name), body),
    'POST /collections/{collection_name}/points/query/batch': (name, { searches }: { searches: Query[] }) =>
      searches.map((body) => search(named(name), body)),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (override !== undefined) return override(response);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://qdrant');
    const method = request.method ?? 'GET';
    try {
      const text = await textOf(request);
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const { template, parameters } = checker.request({ method, path: pathname, query: searchParams, body });
      requests.push(`${method} ${template}`);
      const answer = answers[`${method} ${template}`];
      if (answer === undefined) throw new Error(`${method} ${template} is not spoken here`);
      if (method === 'PUT' && template.endsWith('/points') && searchParams.get('wait') !== 'true') {
        violations.push('a write did not wait');
      }
      const result = {
        result: answer(parameters.collection_name ?? '', body as never),
        status: 'ok',
        time: 0.001,
      };
      checker.response(method, template, result);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    } catch (error) {
      const status = error instanceof NotFound ? 404 : error instanceof Conflict ? 409 : 400;
      const message = error instanceof Error ? error.message : String(error);
      if (status === 400) violations.push(message);
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ status: { error: message }, time: 0, result: null }));
    }
  }

  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    violations,
    requests,
    collections,
    forgetEverything() {
      collections.clear();
      aliases.clear();
    },
    answerWith: (answer) => {
      override = answer;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

class NotFound extends Error {}
class Conflict extends Error {}

interface Query {
  readonly query: readonly number[];
  readonly limit: number;
  readonly filter?: Schemas['Filter'];
  readonly score_threshold?: number;
  readonly with_payload?: readonly string[];
}

function search({ points }: Collection, { query, limit, filter, score_threshold }: Query) {
  const scored = [...points.values()]
    .filter((point) => matches(filter, point.payload, point.id))
    .map((point) => ({
      id: point.id,
      version: 1,
      score: point.vector.reduce((sum, value, i) => sum + value * (query[i] ?? 0), 0),
      payload: { titleId: point.payload.titleId },
    }))
    .filter(({ score }) => score_threshold === undefined || score > score_threshold);
  // Ties come as they come, as in the real server.
  return { points: scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, limit) };
}

/** Qdrant's filters, as far as the adapter uses them. @throws Error for a condition that is not spoken here. */
function matches(filter: unknown, payload: Json, id: string): boolean {
  if (filter === undefined || filter === null) return true;
  const { must = [], must_not = [], ...others } = filter as { must?: Json[]; must_not?: Json[] };
  if (Object.keys(others).length > 0)
    throw new Error(`conditions not spoken here: ${Object.keys(others).join(', ')}`);
  return must.every((one) => holds(one, payload, id)) && !must_not.some((one) => holds(one, payload, id));
}

function holds(condition: Json, payload: Json, id: string): boolean {
  if (Array.isArray(condition.has_id)) return condition.has_id.includes(id);
  const nested = condition.nested as { key: string; filter: unknown } | undefined;
  if (nested !== undefined) {
    return ((payload[nested.key] as Json[] | undefined) ?? []).some((element) =>
      matches(nested.filter, element, id),
    );
  }
  const value = payload[String(condition.key)];
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const match = condition.match as { any?: unknown[] } | undefined;
  if (match?.any?.length === 0) throw new Error('an empty list of what matches');
  if (match?.any !== undefined) return values.some((each) => match.any?.includes(each));
  const range = condition.range as { gt?: number; gte?: number; lt?: number; lte?: number } | undefined;
  if (range === undefined) throw new Error(`condition not spoken here: ${JSON.stringify(condition)}`);
  return values.some(
    (each) =>
      (range.gt === undefined || each > range.gt) &&
      (range.gte === undefined || each >= range.gte) &&
      (range.lt === undefined || each < range.lt) &&
      (range.lte === undefined || each <= range.lte),
  );
}

function describe({ config, points, indexed }: Collection) {
  const { vectors, hnsw_config } = config as { vectors: Json; hnsw_config: Json };
  return {
    status: 'green',
    optimizer_status: 'ok',
    points_count: points.size,
    segments_count: 1,
    config: {
      params: { vectors },
      hnsw_config: { full_scan_threshold: 10_000, ...hnsw_config },
      optimizer_config: {
        deleted_threshold: 0.2,
        vacuum_min_vector_number: 1_000,
        default_segment_number: 0,
        flush_interval_sec: 5,
      },
    },
    payload_schema: Object.fromEntries(
      indexed.map((field) => [field, { data_type: 'keyword', points: points.size }]),
    ),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
