/** How partitions are divided among the members of a group. Pure: every member works out the same from the same view. */

/**
 * How many partitions a member should hold: the quotas of all members differ by at most one and add up to all partitions,
 * and none is above ceil(partitions / members).
 * @param members ids of the live members, in any order, without repetition.
 */
export function quotaOf(member: string, members: readonly string[], partitions: number): number {
  const place = members.filter((other) => other < member).length;
  const share = Math.floor(partitions / members.length);
  return place < partitions % members.length ? share + 1 : share;
}

/**
 * Free partitions in the order in which a member should try to claim them. Members begin at different places, so that
 * several that claim at once seldom want the same.
 */
export function claimOrder(
  free: readonly number[],
  member: string,
  members: readonly string[],
): readonly number[] {
  if (free.length === 0) return free;
  const place = members.filter((other) => other < member).length;
  const from = Math.floor((place * free.length) / Math.max(1, members.length)) % free.length;
  return [...free.slice(from), ...free.slice(0, from)];
}
