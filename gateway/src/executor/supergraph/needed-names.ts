/** Keys of gathered data that federation itself may be in want of, whether a client asked for them or not. */
import type { LoadedSupergraph } from './supergraph.ts';

export function neededNames({
  machineFields,
  virtualFields,
}: Pick<LoadedSupergraph, 'machineFields' | 'virtualFields'>): (dataKey: string) => boolean {
  const required = new Set([...virtualFields.byName.values()].map(({ name }) => name));
  return (dataKey) => machineFields.has(dataKey) || required.has(dataKey);
}
