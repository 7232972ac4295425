/**
 * Qdrant's point ids are numbers or UUIDs, ours are any text: a title's point has the UUID (version 5, RFC 9562) of its
 * id in a namespace of our own, so that the same title is the same point in every collection and from every process.
 */
import { createHash } from 'node:crypto';

/** Drawn once at random; never to be changed, or every stored point would be a stranger. */
const NAMESPACE = Buffer.from('6f3d0f8e2b5c4a7f9d1e8c6b4a2f0e1d', 'hex');

export function pointIdOf(titleId: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(titleId).digest().subarray(0, 16);
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
