import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../config.ts';
import { SUBGRAPH_VARIABLES, toSubgraphConfig } from './service-config.ts';

const load = (environment: Record<string, string>) =>
  toSubgraphConfig(
    parseConfig(z.object(SUBGRAPH_VARIABLES), {
      MARQUEE_GATEWAY_SECRET: 'a secret of the tests, 32 bytes long',
      ...environment,
    }),
  );
const PAIR = { MARQUEE_TLS_CERT: '/c', MARQUEE_TLS_KEY: '/k' };

it('a subgraph speaks plain HTTP by default, and TLS with a certificate and its key', () => {
  expect(load({}).tls).toBeUndefined();
  expect(load(PAIR).tls).toEqual({ cert: '/c', key: '/k', clientNames: [] });
  expect(
    load({ ...PAIR, MARQUEE_TLS_CLIENT_CA: '/ca', MARQUEE_TLS_CLIENT_NAMES: 'gateway, edge' }).tls,
  ).toEqual({ cert: '/c', key: '/k', clientCa: '/ca', clientNames: ['gateway', 'edge'] });
});

it.each([
  [{ MARQUEE_TLS_CERT: '/c' }],
  [{ MARQUEE_TLS_KEY: '/k' }],
  [{ MARQUEE_TLS_CLIENT_CA: '/ca' }],
  [{ ...PAIR, MARQUEE_TLS_CLIENT_NAMES: 'gateway' }],
])('half a configuration of TLS is a mistake, and never plain HTTP: %o', (environment) => {
  expect(() => load(environment)).toThrow(/CONFIG_INVALID|MARQUEE_TLS_/);
});
