/** Mercurius' gateway, compiling operations on their first use. */
import { readFileSync } from 'node:fs';
import mercuriusGateway from '@mercuriusjs/gateway';
import Fastify from 'fastify';

const services = JSON.parse(readFileSync(process.env.SERVICES, 'utf8'));
const server = Fastify();
server.register(mercuriusGateway, { jit: 1, gateway: { services } });
await server.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
