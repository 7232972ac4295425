/**
 * Whether a Redis is one that the store may use: a primary, that does not throw values without a time to live away
 * when its memory is full, and that nobody has filled under another layout of keys.
 */
import { Cluster } from 'ioredis';
import type { KeyLayout } from './key-layout.ts';
import { primariesOf, type RedisClient } from './redis-client.ts';
import type { RedisTrouble } from './redis-trouble.ts';

export type ServerVerdict = RedisTrouble | { readonly code: 'OK' | 'DATA_CORRUPT'; readonly reason: string };

/** Rejects with the client's error when a server does not answer. Writes the layout's name where there is none. */
export async function checkServers(
  client: RedisClient,
  layout: KeyLayout,
): Promise<ServerVerdict & { fresh: boolean }> {
  for (const primary of primariesOf(client)) {
    const complaint = complaintAbout(await primary.info(), client instanceof Cluster);
    if (complaint !== undefined) return { code: 'CONFIG_INVALID', reason: complaint, fresh: false };
  }
  const fresh = (await client.set(layout.nameKey, layout.name, 'NX')) === 'OK';
  const found = fresh ? layout.name : await client.get(layout.nameKey);
  if (found === layout.name) return { code: 'OK', reason: '', fresh };
  return {
    code: 'DATA_CORRUPT',
    reason: `was filled under the layout "${found}" and this process uses "${layout.name}": give it another key prefix or an empty database`,
    fresh,
  };
}

function complaintAbout(info: string, asCluster: boolean): string | undefined {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
  if (field('role') === 'slave') return 'is a read-only replica; give the address of its primary';
  if (!asCluster && field('cluster_enabled') === '1') {
    return 'is a node of a Redis Cluster; list its nodes as a cluster';
  }
  const policy = field('maxmemory_policy');
  if (policy?.startsWith('allkeys-')) {
    return `evicts values without a time to live (maxmemory-policy ${policy}); set it to noeviction or volatile-lru`;
  }
  return undefined;
}
