/** What has to happen in one step on the server. Its keys are in one part, so that a cluster can run it. */

/**
 * KEYS: the version of an owner, an entry of theirs. ARGV: the version as read, the entry, its time to live.
 * Whoever removes an owner's entries ends the version first: none can be written behind their back.
 */
export const WRITE_OWNED = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
`;
