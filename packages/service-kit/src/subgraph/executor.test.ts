import { buildSchema, type GraphQLScalarType, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { deadlineAfter } from '../deadline.ts';
import { MarqueeError } from '../errors.ts';
import { createSubgraphExecutor } from './executor.ts';
import type { RequestContext } from './index.ts';

const context: RequestContext = { requestId: 'r-1', deadline: deadlineAfter(10_000) };

/** Fields of the query type answer by `resolve`, which sees the request's own context. */
function schemaWith(
  sdl: string,
  resolve: (field: string, context: { loads: number }) => unknown,
): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const field of Object.values(schema.getQueryType()!.getFields())) {
    field.resolve = (_source, _arguments, own: { loads: number }) => resolve(field.name, own);
  }
  return schema;
}

describe('a subgraph executor', () => {
  it('gives every request a context of its own', async () => {
    const execute = createSubgraphExecutor({
      schema: schemaWith('type Query { loads: Int }', (_field, own) => ++own.loads),
      createContext: () => ({ loads: 0 }),
    });
    const query = '{ loads again: loads }';
    expect((await execute({ query, context })).data).toEqual({ loads: 1, again: 2 });
    expect((await execute({ query, context })).data).toEqual({ loads: 1, again: 2 });
  });

  it('validates a document once, however often it is sent', async () => {
    let parses = 0;
    const schema = schemaWith('scalar Counted type Query { echo(value: Counted): String }', () => 'ok');
    // Validation parses the literal; execution parses it once more.
    (schema.getType('Counted') as GraphQLScalarType).parseLiteral = () => {
      parses++;
      return 1;
    };
    const execute = createSubgraphExecutor({ schema, createContext: () => ({ loads: 0 }) });
    const query = '{ echo(value: 1) }';
    await execute({ query, context });
    const first = parses;
    await execute({ query, context });
    expect(first).toBe(2);
    expect(parses - first).toBe(1);
  });

  it('forgets the documents that were not used for longest', async () => {
    let parses = 0;
    const schema = schemaWith('scalar Counted type Query { echo(value: Counted): String }', () => 'ok');
    (schema.getType('Counted') as GraphQLScalarType).parseLiteral = () => {
      parses++;
      return 1;
    };
    const execute = createSubgraphExecutor({ schema, createContext: () => ({ loads: 0 }) });
    const costOf = async (query: string) => {
      const before = parses;
      await execute({ query, context });
      return parses - before;
    };
    await costOf('{ kept: echo(value: 1) }');
    await costOf('{ dropped: echo(value: 1) }');
    for (let i = 0; i < 999; i++) {
      if (i === 500) await costOf('{ kept: echo(value: 1) }');
      await costOf(`{ filler${i}: echo(value: 1) }`);
    }
    expect(await costOf('{ kept: echo(value: 1) }')).toBe(1);
    expect(await costOf('{ dropped: echo(value: 1) }')).toBe(2);
  });

  it('answers what does not parse or validate with errors, the second time too', async () => {
    const execute = createSubgraphExecutor({
      schema: schemaWith('type Query { a: Int }', () => 1),
      createContext: () => ({ loads: 0 }),
    });
    for (let i = 0; i < 2; i++) {
      expect((await execute({ query: '{ a', context })).errors?.[0]?.message).toContain('Syntax Error');
      expect((await execute({ query: '{ b }', context })).errors?.[0]?.message).toContain(
        'Cannot query field',
      );
    }
  });

  it('answers a document that keeps coming back as it did the first time', async () => {
    const execute = createSubgraphExecutor({
      schema: schemaWith('type Query { loads: Int store: Int }', (field, own) => {
        if (field === 'store') throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'disk I/O error');
        return ++own.loads;
      }),
      createContext: () => ({ loads: 0 }),
    });
    const ask = async () =>
      JSON.parse(JSON.stringify(await execute({ query: '{ loads again: loads store }', context })));
    const first = await ask();
    expect(first).toMatchObject({
      data: { loads: 1, again: 2, store: null },
      errors: [{ path: ['store'], extensions: { code: 'DEPENDENCY_UNAVAILABLE' } }],
    });
    for (let use = 2; use <= 5; use++) expect(await ask()).toEqual(first);
  });

  it('gives our own errors their code and public words, with the path', async () => {
    const execute = createSubgraphExecutor({
      schema: schemaWith('type Query { input: Int store: Int }', (field) => {
        if (field === 'input')
          throw new MarqueeError('BAD_USER_INPUT', { message: 'too long', field: 'search' });
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'database /var/lib/a.sqlite: disk I/O error');
      }),
      createContext: () => ({ loads: 0 }),
    });
    const { data, errors } = await execute({ query: '{ input store }', context });
    expect(data).toEqual({ input: null, store: null });
    expect(errors?.map((error) => error.toJSON())).toMatchObject([
      {
        message: 'too long',
        path: ['input'],
        extensions: { code: 'BAD_USER_INPUT', field: 'search', retryable: false },
      },
      { path: ['store'], extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } },
    ]);
    expect(JSON.stringify(errors)).not.toContain('/var/lib');
  });
});
