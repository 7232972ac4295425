/**
 * The scanning thread. Requests are handled one at a time in the order they were sent, so a search sees all
 * that was published before it and nothing that was published after.
 */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { ScanReply, ScanRequest } from './messages.ts';
import { ScannedCollection } from './scanned-collection.ts';
import { Module } from './webassembly.ts';

const kernel = new Module(readFileSync(new URL('./scan.wasm', import.meta.url)));
const collections = new Map<number, ScannedCollection>();
const NONE: ScanReply = { outcome: 'done', neighbours: [] };

function handle(request: ScanRequest): ScanReply {
  switch (request.type) {
    case 'publish': {
      const collection = collections.get(request.collection) ?? new ScannedCollection(kernel, request);
      collections.set(request.collection, collection);
      collection.publish(request);
      return NONE;
    }
    case 'drop':
      collections.delete(request.collection);
      return NONE;
    case 'search': {
      const collection = collections.get(request.collection);
      // Nothing has been published to it yet.
      if (collection === undefined) return { outcome: 'done', neighbours: request.queries.map(emptyAnswer) };
      const neighbours = collection.search(request.queries, request.deadlineAt);
      return neighbours === undefined ? { outcome: 'expired' } : { outcome: 'done', neighbours };
    }
  }
}

function emptyAnswer() {
  return { slots: new Uint32Array(0), scores: new Float32Array(0) };
}

parentPort!.on('message', ({ id, request }: { id: number; request: ScanRequest }) => {
  let reply: ScanReply;
  try {
    reply = handle(request);
  } catch (error) {
    reply = { outcome: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  const buffers =
    reply.outcome === 'done'
      ? reply.neighbours.flatMap(({ slots, scores }) => [slots.buffer, scores.buffer])
      : [];
  parentPort!.postMessage({ id, reply }, buffers as ArrayBuffer[]);
});
