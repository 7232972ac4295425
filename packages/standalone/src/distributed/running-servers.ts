/**
 * Where the servers of a local installation listen while it runs, for commands that work on it from outside: their ports
 * are drawn anew at every start. `<folder>/servers.json`, readable by its owner alone; gone when the installation stops.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const runningServersSchema = z.object({
  NATS_URL: z.string(),
  REDIS_URL: z.string(),
  POSTGRES_URL: z.string(),
  QDRANT_URL: z.string().optional(),
  MARQUEE_PARTITIONS: z.string(),
});
/** As variables, so that they are read like any other configuration. */
export type RunningServers = z.infer<typeof runningServersSchema>;

const fileIn = (folder: string): string => join(folder, 'servers.json');

export async function tellRunningServers(folder: string, servers: RunningServers): Promise<void> {
  await writeFile(fileIn(folder), JSON.stringify(servers), { mode: 0o600 });
}

/** Undefined when none runs in that folder; after a crash it may tell of servers that are gone. */
export async function readRunningServers(folder: string): Promise<RunningServers | undefined> {
  try {
    return runningServersSchema.parse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

export function forgetRunningServers(folder: string): Promise<void> {
  return rm(fileIn(folder), { force: true });
}
