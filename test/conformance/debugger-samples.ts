/** Scripts whose lines are stepped through: calls, tables and conditions over several lines, every loop, functions. */
export const samples: readonly string[] = [
  `local x = redis.call('get',
  KEYS[1])
local t = {
  1,
  2,
  a = 'b',
  [3] = f,
  {
    5
  },
}
return t`,
  `local function add(a,
  b)
  return a +
    b
end
local s = 0
while s < 3 do
  s = add(s, 1)
end
repeat
  s = s - 1
  local z = s
until z <= 0
for i = 1, 2 do s = s + i end
for i = 3,
 1, -1
 do
  s = s + i
end
for k, v in pairs({a = 1}) do
  s = s + v
end
for k, v in
  ipairs({1, 2})
do
  s = s + v
  s = s * 1
end
if s > 3 then
  s = 1
elseif s == 2 then
  s = 2
else
  s = 3
end
if s == 1 and
   s ~= 2 then
  s = 4
end
if not (s == 4) then s = 5 else s = 6 end
local u
local v, w = 1
return s`,
  `local a = function()
  return 1
end
local b = function(x) return x end
b(a())
b(
  a(),
  2
)
local s = 'a' ..
  'b' ..
  tostring(
    3
  )
local o = {}
function o:inc(by)
  self[1] = by
  return self
end
o:inc(1)
 :inc(2)
o.n =
  5
local x = o.n == 5 and 'yes' or
  'no'
local r = pcall(function()
  error('boom')
end)
do
  local q = 1
end
while true do
  if x then break end
end
local co = coroutine.create(function(a)
  local b = coroutine.yield(a)
  return b
end)
coroutine.resume(co, 1)
coroutine.resume(co, 2)
return #s, -x
`,
  `local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
local function tail(n) if n == 0 then return 'done' end
  return tail(n - 1)
end
tail(2)
return fact(3)`,
  `for i = 1, 3 do redis.call('incr', 'c') end return redis.call('get', 'c')`,
  `

local x = 1

-- comment
return x


`,
  ``,
  `local t = {} t.a = {} t.a.b = 1
t['c'] = nil
local y = t.a and
  t.a.b
local z = (
  y
)
g = 5
return z`,
  `local function v(...)
  local a, b = ...
  local n = select('#', ...)
  return n, ...
end
local a, b, c = v(1, 2, 3)
v()
local list = {v(1)}
local m = {v(1), x = v(2), v(3)}
return {a, b, c}`,
  `local n = 0
local function visit(t)
  for i, x in ipairs(t) do
    if type(x) == 'table' then visit(x) else n = n + x end
  end
end
visit({1, {2, 3}, 4})
table.sort({3, 1, 2}, function(a, b)
  return a < b
end)
local s = string.gsub('abc', '%w', function(c)
  return c:upper()
end)
return n`,
  `return redis.pcall('get', 'x', 'y')`,
  `return redis.call('lpush', 'k1')`,
  `redis.call('set', 'str', 'x')
redis.pcall('lpush', 'str', 'x')
redis.call('hset', 'h', 'f', 'v')
redis.setresp(3)
redis.call('hgetall', 'h')
redis.call('mget', 'str', 'none')
redis.call('lrange', 'nolist', 0, -1)
redis.call('sadd', 's1', 'm')
redis.call('smembers', 's1')
redis.call('zadd', 'z', 1.5, 'm')
redis.call('zscore', 'z', 'm')
redis.call('get', 'none')
redis.call('mset', '1','1','2','2','3','3','4','4','5','5','6','6')
redis.log(redis.LOG_DEBUG, 'x')
return redis.status_reply('fine')`,
];
