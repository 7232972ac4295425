/**
 * What a developer sees in the browser: a start page that shows a persona's home and lets one react to it, and
 * a GraphQL editor with the shipped operations. Both work without internet; neither exists in production.
 */
import type { FastifyInstance } from 'fastify';
import type { GatewayOptions } from '../options.ts';
import { addEditor } from './editor.route.ts';
import { addStartPage } from './start-page.route.ts';

export type ExplorerOptions = Pick<GatewayOptions, 'personas' | 'exampleOperations'>;

export async function addExplorer(server: FastifyInstance, options: ExplorerOptions): Promise<void> {
  addStartPage(server, options);
  await addEditor(server, options);
}
