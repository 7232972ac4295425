/**
 * Usage on disk, beside the registry: every gateway writes its own file, `operations list` and schema checks read them
 * all. Counts are kept over restarts as long as the process keeps its name.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Component, type Logger, READY } from '@marquee/service-kit';
import type { DocumentUsage, UsageEntry } from './document-usage.ts';

const WRITE_EVERY_MS = 5_000;
const MAX_FILES = 1_000;
/** Of all processes of one name so far: those that were used most, for names are easily made up and seldom used twice. */
const MAX_KEPT = 20_000;

export function usageFolder(registry: string): string {
  return join(registry, 'usage');
}

/** @param name of this process among all that serve with the registry; becomes the file's name. */
export function createUsageFile(
  registry: string,
  name: string,
  usage: DocumentUsage,
  logger: Logger,
): Component & { flush(): Promise<void> } {
  const folder = usageFolder(registry);
  const file = join(folder, `${name.replace(/[^\w.-]/g, '_')}.json`);
  let before: readonly UsageEntry[] = [];
  let written = 0;
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    const { changes } = usage;
    if (changes === written) return;
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(`${file}.tmp`, JSON.stringify(mostUsed(summed([...before, ...usage.entries()]))));
      await rename(`${file}.tmp`, file);
      written = changes;
    } catch (error) {
      logger.warn({ err: error, file }, 'usage was not written');
    }
  }

  return {
    name: 'document-usage',
    async start() {
      before = await readUsageFile(file);
      timer = setInterval(() => void flush(), WRITE_EVERY_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
    readiness: () => READY,
    flush,
  };
}

/** Of all gateways together; empty when none has written any. */
export async function readUsage(registry: string): Promise<readonly UsageEntry[]> {
  const names = await readdir(usageFolder(registry)).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).slice(0, MAX_FILES);
  const entries = await Promise.all(files.map((name) => readUsageFile(join(usageFolder(registry), name))));
  return summed(entries.flat());
}

/** Counts are worth less than serving: a damaged file counts as none. */
async function readUsageFile(file: string): Promise<readonly UsageEntry[]> {
  try {
    const entries: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(entries) ? (entries as UsageEntry[]).filter(({ count }) => count > 0) : [];
  } catch {
    return [];
  }
}

function mostUsed(entries: readonly UsageEntry[]): readonly UsageEntry[] {
  if (entries.length <= MAX_KEPT) return entries;
  return entries.toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt).slice(0, MAX_KEPT);
}

function summed(entries: readonly UsageEntry[]): readonly UsageEntry[] {
  const sums = new Map<string, UsageEntry>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.id, entry.client, entry.version]);
    const known = sums.get(key);
    sums.set(
      key,
      known === undefined
        ? entry
        : {
            ...known,
            count: known.count + entry.count,
            lastAt: Math.max(known.lastAt, entry.lastAt),
          },
    );
  }
  return [...sums.values()];
}
