/** What has to happen in one step on the server. */

/**
 * KEYS: of each entry its subjects' versions, the owner's first, then its own. ARGV: how long a version lives, the number
 * of entries, then of each: how many subjects, whether the first is an owner, versions as read, time to live, text.
 * Answers how many were written. A version that the script has made counts as the one that was not there.
 */
export const WRITE = `
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000000 + clock[2])
local made, k, a, written = {}, 1, 3, 0
for _ = 1, tonumber(ARGV[2]) do
  local count, owned = tonumber(ARGV[a]), ARGV[a + 1] == '1'
  local seen, current = {}, {}
  for s = 1, count do
    local version = redis.call('GET', KEYS[k + s - 1]) or ''
    current[s] = version
    seen[s] = made[KEYS[k + s - 1]] and '' or version
  end
  local prefix = owned and '' or ','
  if count == 0 then prefix = '' end
  local known = prefix .. table.concat(seen, ',')
  if known == ARGV[a + 2] or (prefix .. table.concat(current, ',')) == ARGV[a + 2] then
    if owned and current[1] == '' then
      current[1] = now
      made[KEYS[k]] = true
      redis.call('SET', KEYS[k], now, 'PX', ARGV[1])
    end
    redis.call('SET', KEYS[k + count], prefix .. table.concat(current, ',') .. '\\n' .. ARGV[a + 4], 'PX', ARGV[a + 3])
    written = written + 1
  end
  k, a = k + count + 1, a + 5
end
return written
`;

/** KEYS: versions. ARGV: how long a version lives. Sent twice, it only goes further. */
export const ADVANCE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
for _, key in ipairs(KEYS) do
  local version = math.max(now, tonumber(redis.call('GET', key) or '0') + 1)
  redis.call('SET', key, string.format('%.0f', version), 'PX', ARGV[1])
end
return #KEYS
`;
