/**
 * The Qdrant that a campaign needs to have a catalogue indexer: one that is given, else a release on PATH, else one that speaks
 * Qdrant's language from memory and holds every request against its description. What is killed is the indexer: the server
 * stays, so its own durability is nothing that a campaign says anything about.
 */
import { mkdir } from 'node:fs/promises';
import { findBinary, startLocalQdrant } from '@marquee/local-servers';
import { startSpokenQdrant } from '../../packages/vector-index/src/qdrant/test/spoken-qdrant.ts';

export interface VectorServer {
  readonly url: string;
  /** For people. */
  readonly kind: string;
  /** What it was asked that Qdrant would not understand; empty where a real one answers. */
  violations(): readonly string[];
  stop(): Promise<void>;
}

/** @param folder for the data of a server that is started here */
export async function vectorServer(folder: string, given: string | undefined): Promise<VectorServer> {
  const none = (): readonly string[] => [];
  if (given !== undefined)
    return { url: given, kind: 'given', violations: none, stop: async () => undefined };
  if (findBinary('qdrant') !== undefined) {
    await mkdir(folder, { recursive: true });
    const server = await startLocalQdrant({ folder });
    return { url: server.url, kind: 'local', violations: none, stop: () => server.stop() };
  }
  const spoken = await startSpokenQdrant();
  const { url } = spoken;
  return { url, kind: 'spoken, from memory', violations: () => spoken.violations, stop: () => spoken.stop() };
}
