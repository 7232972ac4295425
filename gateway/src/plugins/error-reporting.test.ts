import { createLogger } from '@marquee/service-kit';
import { afterEach, expect, it } from 'vitest';
import { ask, gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

interface Line {
  readonly msg: string;
  readonly code?: string;
  readonly subgraph?: string;
  readonly fields?: number;
  readonly requestId?: string;
  readonly errorCodes?: readonly string[];
}

let gateway: Gateway;
afterEach(() => gateway.stop());

async function logging(): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const destination = { write: (text: string) => void lines.push(JSON.parse(text) as Line) };
  gateway = gatewayOver(smallGraph(), {
    logger: createLogger({ service: 'gateway', level: 'info', destination }),
  });
  await gateway.start();
  return lines;
}

const MANY = `{ ${Array.from({ length: 8 }, (_, i) => `a${i}: unavailable`).join(' ')} broken }`;

it('says once per request, code and subgraph what failed, not once per field', async () => {
  const lines = await logging();
  await ask(gateway, MANY);
  const failed = lines.filter(({ msg }) => msg === 'request failed');
  expect(failed).toEqual([
    expect.objectContaining({ code: 'DEPENDENCY_UNAVAILABLE', subgraph: 'content', fields: 8 }),
    expect.objectContaining({ code: 'INTERNAL_SERVER_ERROR', subgraph: 'content', fields: 1 }),
  ]);
  expect(failed[0]?.requestId).toBeDefined();
});

it('says so of a few requests while an outage lasts, and of every request which codes it ended with', async () => {
  const lines = await logging();
  for (let i = 0; i < 12; i++) await ask(gateway, MANY);
  const count = (message: string) => lines.filter(({ msg }) => msg === message).length;
  expect(count('request failed')).toBe(2 * 5);
  expect(count('graphql')).toBe(12);
  for (const { errorCodes } of lines.filter(({ msg }) => msg === 'graphql'))
    expect(errorCodes?.toSorted()).toEqual(['DEPENDENCY_UNAVAILABLE', 'DOWNSTREAM_SERVICE_ERROR']);
});
