/** What has to happen in one step on the server. Each knows one key, so that it runs on a cluster too. */

/**
 * KEYS: the subject's. ARGV: the window's length in ms, limit, amount, what is owed. Stored is `<window> <used>`, where the
 * window is the number of whole lengths since 1970 by the server's clock. Answers whether the amount was admitted, what is
 * used, and ms until the window ends. A clock that was set back by less than a window goes on with the window it had.
 */
export const TAKE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local size, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local amount, owed = tonumber(ARGV[3]), tonumber(ARGV[4])
local window, used = math.floor(now / size), 0
local stored = redis.call('GET', KEYS[1])
if stored then
  local known, count = string.match(stored, '^(%d+) (%d+)$')
  known = tonumber(known)
  if known == window or known == window + 1 then
    window = known
    used = tonumber(count)
  end
end
used = used + owed
local admitted = 0
if used + amount <= limit then
  used = used + amount
  admitted = 1
end
local ends = (window + 1) * size - now
if owed > 0 or (admitted == 1 and amount > 0) then
  redis.call('SET', KEYS[1], string.format('%.0f %.0f', window, used), 'PX', string.format('%.0f', ends))
end
return { admitted, used, ends }
`;

/**
 * KEYS: the gateways'. ARGV: a gateway, for how long it counts. Answers how many do. Nobody shortens how long the others are
 * remembered: gateways of two configurations may be there at once.
 */
export const ATTEND = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local until_ms = now + tonumber(ARGV[2])
redis.call('ZADD', KEYS[1], string.format('%.0f', until_ms), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local lasts = 2 * tonumber(ARGV[2])
if redis.call('PTTL', KEYS[1]) < lasts then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lasts))
end
return redis.call('ZCARD', KEYS[1])
`;
