import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { ERROR_CATALOGUE } from '@marquee/service-kit';
import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { maskError } from './error-masking.ts';
import { httpError } from './http-errors.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
/** What an error looks like in our source: thrown, in `userErrors` or `rejected`, or in the extensions of an error. */
const WRITTEN = [
  /new MarqueeError\(\s*'([A-Z_]+)'/g,
  /httpErrorBody\(\s*'([A-Z_]+)'/g,
  /extensions: \{[^}]*?code: '([A-Z_]+)'/g,
  /(?:userErrors|rejected)\b[^;]{0,40}?code: '([A-Z_]+)'/g,
  /\brefuse\([^)]*?'([A-Z]+_[A-Z_]+)'/g,
];

async function writtenCodes(): Promise<ReadonlyMap<string, string>> {
  const codes = new Map<string, string>();
  const sources = glob(['gateway/src/**/*.ts', 'subgraphs/*/src/**/*.ts', 'packages/*/src/**/*.ts'], {
    cwd: ROOT,
  });
  for await (const file of sources) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(ROOT + file, 'utf8');
    for (const pattern of WRITTEN) {
      for (const [, code] of text.matchAll(pattern)) codes.set(code!, file);
    }
  }
  return codes;
}

/** As they leave: Apollo Server's own, what subgraphs put on theirs, and whatever else something throws. */
const codes = fc.oneof(
  fc.constantFrom(...Object.values(ApolloServerErrorCode), ...Object.keys(ERROR_CATALOGUE)),
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'DOWNSTREAM_SERVICE_ERROR'),
);

describe('every code that can leave the gateway is in the catalogue', () => {
  it('those written in our source', async () => {
    const written = await writtenCodes();
    expect(written.size).toBeGreaterThan(15);
    const unknown = [...written].filter(([code]) => !Object.hasOwn(ERROR_CATALOGUE, code));
    expect(unknown).toEqual([]);
  });

  it('those of Apollo Server', () => {
    for (const code of Object.values(ApolloServerErrorCode)) expect(ERROR_CATALOGUE).toHaveProperty(code);
  });

  it('those of GraphQL errors, whatever was thrown', () => {
    fc.assert(
      fc.property(codes, fc.boolean(), fc.boolean(), (code, fromSubgraph, hideSchemaDetails) => {
        const extensions = { code, ...(fromSubgraph ? { serviceName: 'content' } : {}) };
        const original = new GraphQLError('private words', { extensions });
        const { formatted } = maskError({ message: 'm', extensions }, original, { hideSchemaDetails });
        expect(Object.hasOwn(ERROR_CATALOGUE, String(formatted.extensions?.code))).toBe(true);
        expect(typeof formatted.extensions?.retryable).toBe('boolean');
      }),
    );
  });

  it('those of HTTP errors, whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything(), fc.integer({ min: 100, max: 999 }), codes, (thrown, statusCode, code) => {
        for (const error of [thrown, Object.assign(new Error('x'), { statusCode, code })]) {
          const { body, status } = httpError(error, 'r-1');
          expect(Object.hasOwn(ERROR_CATALOGUE, String(body.errors[0].extensions.code))).toBe(true);
          expect(status).toBeGreaterThanOrEqual(400);
          expect(status).toBeLessThan(600);
        }
      }),
    );
  });
});
