import { beforeAll, describe, expect, it } from 'vitest';
import { ask, PRODUCTION, smallGraph } from '../../test/small-graph/small-graph.ts';
import { startedGateways } from '../../test/small-graph/started-gateways.ts';
import type { Gateway } from '../index.ts';

const started = startedGateways();

describe('what a client reads of errors', () => {
  let development: Gateway;
  let production: Gateway;
  beforeAll(async () => {
    development = await started();
    production = await started(smallGraph(), { config: PRODUCTION });
  });

  it('hides unknown errors behind a request id in both modes', async () => {
    for (const gateway of [development, production]) {
      const { body, text, status } = await ask(gateway, '{ broken titles(first: 1) { id } }', {
        'x-request-id': 'find-me-7',
      });
      expect(status).toBe(200);
      expect(body.data).toEqual({ broken: null, titles: [{ id: 't0' }] });
      expect(body.errors).toEqual([
        {
          message: 'Something went wrong on our side.',
          path: ['broken'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: 'find-me-7' },
        },
      ]);
      expect(text).not.toMatch(/hunter2|db\.internal|stack|content/);
    }
  });

  it('shows the public words of catalogued errors, never the private ones', async () => {
    const { body, text } = await ask(production, '{ unavailable refused(first: 900) }');
    expect(body.data).toEqual({ unavailable: null, refused: null });
    expect(body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          message: 'A part of the service is unavailable; try again.',
          extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true, requestId: expect.any(String) },
        }),
        expect.objectContaining({
          message: 'first must be 1 to 100, not 900',
          extensions: { code: 'BAD_USER_INPUT', field: 'first', retryable: false },
        }),
      ]),
    );
    expect(text).not.toContain('10.0.0.7');
  });

  it('keeps the codes of GraphQL itself', async () => {
    const codes = async (query: string) =>
      (await ask(production, query)).body.errors?.map((error) => error.extensions.code);
    expect(await codes('{ me')).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await codes('{ nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codes('query A { me } query B { me }')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    expect(await codes('subscription { titleAdded { id } }')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
  });

  it('suggests names in development and gives none away in production', async () => {
    const queries: [string, Record<string, unknown>?][] = [
      ['{ titlez { id } }'],
      ['{ title(idd: "t0") { id } }'],
      ['{ title(id: "t0", device: TVV) { id } }'],
      ['query Q($device: Device) { title(id: "t0", device: $device) { id } }', { device: 'TVV' }],
    ];
    for (const [query, variables] of queries) {
      const shown = await ask(development, query, {}, variables);
      const hidden = await ask(production, query, {}, variables);
      expect(shown.text).toContain('Did you mean');
      expect(hidden.text).not.toContain('Did you mean');
      expect([shown.status, hidden.status]).toEqual([200, 200]);
    }
  });

  it('answers introspection in development only', async () => {
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Title") { name } }']) {
      expect((await ask(development, query)).body.data).toBeDefined();
      const { body } = await ask(production, query);
      expect(body.data).toBeUndefined();
      expect(body.errors).toHaveLength(1);
    }
  });

  it('does not show query plans in production', async () => {
    const headers = { 'apollo-query-plan-experimental': '1' };
    expect((await ask(production, '{ me }', headers)).body).toEqual({ data: { me: null } });
  });
});
