/** The subgraphs of a test world as HTTP servers of their own, and the supergraph that has their addresses. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Faults, federate, type World } from '../src/executor/test/world.ts';

const NO_FAULTS: Faults = new Map();

export interface SubgraphServers {
  readonly supergraphSdl: string;
  /** By subgraph. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Headers of every request so far. */
  readonly seen: (IncomingHttpHeaders & { readonly subgraph: string })[];
  /** The next so many connections to the subgraph are closed without an answer. */
  drop(subgraph: string, requests: number): void;
  /** Requests wait until the promise resolves. */
  holdUntil(released: Promise<unknown>): void;
  stop(): Promise<void>;
}

export async function startSubgraphs(world: World): Promise<SubgraphServers> {
  const federation = federate(world);
  const servers: Server[] = [];
  const addresses: Record<string, string> = {};
  const seen: SubgraphServers['seen'] = [];
  const drops = new Map<string, number>();
  let held: Promise<unknown> = Promise.resolve();
  let { supergraphSdl } = federation;
  for (const name of Object.keys(world.subgraphs)) {
    const source = federation.source(name, NO_FAULTS);
    const server = createServer(async (request, response) => {
      seen.push({ ...request.headers, subgraph: name });
      const left = drops.get(name) ?? 0;
      if (left > 0) {
        drops.set(name, left - 1);
        request.socket.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { query, operationName, variables } = JSON.parse(Buffer.concat(chunks).toString());
      await held;
      const answer = await source.fetch({
        query,
        operationName,
        kind: 'query',
        variables: variables ?? {},
        context: undefined,
        headers: undefined,
      });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    supergraphSdl = supergraphSdl.replace(`inprocess://${name}`, address);
    addresses[name] = address;
    servers.push(server);
  }
  return {
    supergraphSdl,
    addresses,
    seen,
    drop: (subgraph, requests) => void drops.set(subgraph, requests),
    holdUntil(released) {
      held = released;
    },
    async stop() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await Promise.all(servers.map((server) => server.listening && once(server, 'close')));
    },
  };
}
