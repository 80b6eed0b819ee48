/** Expressions and what Lua 5.1.5 itself makes of them, its values in a row. */
export const facts: Readonly<Record<string, readonly (readonly [expressions: string, values: string])[]>> = {
  operators: [
    [
      "1 + 2, '10' + 5, '0x10' * 2, 2 ^ 10, 7 % 3, -7 % 3, 7 % -3, -2 ^ 2, 2 ^ 3 ^ 2",
      '3 15 32 1024 1 2 -2 -4 512',
    ],
    ["1 .. 2, 'a' .. 'b' .. 1.5, 10 .. ''", '12 ab1.5 10'],
    [
      "1 < 2, 'a' < 'b', 'a' < 'B', 1 == 1.0, '1' == 1, nil == false, 'x' ~= 'y'",
      'true true false true false false true',
    ],
    ["not nil, not 0, nil and 1, false or 'x', 1 and 2, nil or false", 'true false nil x 2 false'],
    ["#'abc', #{1, 2, 3}, #{n = 1}, #'a\\0b'", '3 3 0 3'],
    ['0 / 0 ~= 0 / 0, 1 / 0, -1 / 0', 'true inf -inf'],
  ],
  'numbers as text': [
    [
      '1e15, 1e14, 1e100, 123456789012345, 0.1, 1 / 3, 1e-5, 0.0001, 2 ^ 53, 2 ^ 63, 5e-324, 10 / 2',
      '1e+15 1e+14 1e+100 1.2345678901234e+14 0.1 0.33333333333333 1e-05 0.0001 9.007199254741e+15 9.2233720368548e+18 4.9406564584125e-324 5',
    ],
    [
      "tonumber('  12  '), tonumber('1e2'), tonumber('0x1F'), tonumber('abc'), tonumber(''), tonumber('1 2'), tonumber('5.'), tonumber('.5')",
      '12 100 31 nil nil nil 5 0.5',
    ],
    [
      "tonumber('ff', 16), tonumber('zz', 36), tonumber('8', 8), tonumber('0x1f', 16), tonumber('-ff', 16) == 2 ^ 64 - 255",
      '255 1295 nil 31 true',
    ],
    [
      "string.format('%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%%|%i', 42, 42, 42, 42, 255, 255, 8, 65, 7.9)",
      '   42|42   |00042|+42|ff|FF|10|A|%|7',
    ],
    [
      "string.format('%e|%.3f|%g|%g|%.3g|%.0f|%.0f|%5.1f', 12345.678, 3.14159, 1e20, 0.0001, 0.00012345, 0.5, 1.5, 2.25)",
      '1.234568e+04|3.142|1e+20|0.0001|0.000123|0|2|  2.2',
    ],
    [
      "string.format('%q|%s|%10.3s|%-5s|', 'a\"b\\n\\\\', 'str', 'abcdef', 'ab')",
      '"a\\"b\\\n\\\\"|str|       abc|ab   |',
    ],
  ],
  functions: [
    ["select('#', (function(...) return ... end)(1, nil, nil)), (function() return 1, 2 end)(), 3", '3 1 3'],
    ['(function(...) local a, b = ... return b, a end)(1, 2)', '2 1'],
    ['(function(a, ...) return arg.n, arg[1] end)(1, 2, 3)', '2 2'],
    ['((function() return 1, 2 end)())', '1'],
    ['select(-1, 1, 2, 3), unpack({1, 2, 3}, 2)', '3 2 3'],
    [
      '(function() local t = {} for i = 1, 3 do t[i] = function() i = i + 1 return i end end return t[1](), t[1](), t[2]() end)()',
      '2 3 3',
    ],
    [
      "(function(n) local function down(n) if n == 0 then return 'bottom' end return down(n - 1) end return down(n) end)(100000)",
      'bottom',
    ],
    [
      '(function() local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end return sum(10000) end)()',
      '50005000',
    ],
  ],
  tables: [
    ["table.concat({1, 2, 3}, ','), table.concat({}, ','), table.concat({1, 2, 3}, '-', 2, 3)", '1,2,3  2-3'],
    [
      '(function() local t = {3, 1, 2} table.sort(t) local u = {3, 1, 2} table.sort(u, function(a, b) return a > b end) return table.concat(t), table.concat(u) end)()',
      '123 321',
    ],
    [
      '(function() local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) return table.remove(t), table.remove(t, 1), #t end)()',
      '3 0 2',
    ],
    [
      '(function() local t = {} t[3] = 3 t[2] = 2 t[1] = 1 local n = #t t[#t] = nil return n, #t end)()',
      '3 2',
    ],
    [
      "(function() local t = {} for i = 1, 100 do t['k' .. i] = i end for k in pairs(t) do t[k] = nil end return next(t) end)()",
      'nil',
    ],
    ['(function() local i, a = 1, {} i, a[i] = i + 1, 20 return i, a[1], a[2] end)()', '2 20 nil'],
    ['table.maxn({1, 2, [10] = 3}), table.getn({1, 2}), next({}), rawequal({}, {})', '10 2 nil false'],
  ],
  metatables: [
    ["setmetatable({}, {__index = function(t, k) return k .. '!' end}).foo", 'foo!'],
    ['setmetatable({}, {__index = setmetatable({a = 1}, {__index = {b = 2}})}).b', '2'],
    ['setmetatable({}, {__call = function(self, a, b) return b, a end})(1, 2)', '2 1'],
    [
      '(function() local log = {} local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.x = 5 return t.x end)()',
      '10',
    ],
    [
      "(function() local m = {__add = function() return 'add' end, __concat = function() return 'cat' end, __eq = function() return true end, __lt = function() return true end, __le = function() return false end, __unm = function() return 'unm' end, __tostring = function() return 'text' end} local a, b = setmetatable({}, m), setmetatable({}, m) return a + 1, 1 + a, a .. 'x', 1 .. a, a == b, a < b, a <= b, a > b, -a, tostring(a) end)()",
      'add add cat cat true true false true unm text',
    ],
    [
      "getmetatable(setmetatable({}, {__metatable = 'locked'})), getmetatable('').__index == string",
      'locked true',
    ],
  ],
  strings: [
    [
      "string.find('hello world', 'wor'), string.find('a.b', '.', 1, true), string.find('abc', 'b', -1), string.find('', '')",
      '7 2 nil 1 0',
    ],
    [
      "string.match('key=val', '(%w+)=(%w+)'), string.match('  trim  ', '^%s*(.-)%s*$'), string.match('abc', '()b()')",
      'key trim 2 3',
    ],
    [
      "string.gsub('hello world', 'o', '0'), string.gsub('abc', '%w', '%0%0'), string.gsub('abc', '', '-')",
      'hell0 w0rld aabbcc -a-b-c- 4',
    ],
    [
      "string.gsub('hello', 'l', {l = 'L'}), string.gsub('hello', '.', function(c) if c == 'l' then return 'LL' end end, 3)",
      'heLLo heLLlo 3',
    ],
    [
      "string.gsub('THE (quick) fox', '%b()', ''), string.find('foo bar', '%f[%a]%a+', 2), string.gsub('a b', '(%w) (%w)', '%2 %1')",
      'THE  fox 5 b a 1',
    ],
    [
      "string.byte('ABC', 1, -1), string.char(72, 105), ('x'):rep(3), ('abc'):reverse(), ('aBc'):upper(), ('hello'):sub(2, -2), ('hello'):sub(-3)",
      '65 Hi xxx cba ABC ell llo',
    ],
    [
      "(function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end return table.concat(t, ' ') end)()",
      'a1 b2',
    ],
  ],
  coroutines: [
    [
      "(function() local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) local d, e = coroutine.yield(c * 2) return d + e end) local r = {} for _, x in ipairs({{1, 2}, {10}, {3, 4}, {}}) do local ok, v = coroutine.resume(co, unpack(x)) r[#r + 1] = tostring(v) end return table.concat(r, ' '), coroutine.status(co) end)()",
      '3 20 7 cannot resume dead coroutine dead',
    ],
    [
      '(function() local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) return gen(), gen(), gen() end)()',
      '1 2 3',
    ],
    ["coroutine.resume(coroutine.create(function() pcall(coroutine.yield) return 'end' end))", 'true end'],
    [
      'coroutine.resume(coroutine.create(function() table.sort({3, 2, 1}, function(a, b) coroutine.yield() return a < b end) end))',
      'false attempt to yield across metamethod/C-call boundary',
    ],
    ["pcall(coroutine.wrap(function() error('inside') end))", 'false g.lua:1: inside'],
  ],
  errors: [
    ["pcall(error, 'x')", 'false x'],
    ['pcall(error, {})  ~= nil', 'true'],
    ["pcall(function() error('msg') end)", 'false g.lua:1: msg'],
    ["pcall(function() error('msg', 0) end)", 'false msg'],
    ["pcall(function() local function f() error('msg', 2) end f() end)", 'false g.lua:1: msg'],
    ['pcall(function() local x; x.y = 1 end)', "false g.lua:1: attempt to index local 'x' (a nil value)"],
    [
      'pcall(function() return nothing.x end)',
      "false g.lua:1: attempt to index global 'nothing' (a nil value)",
    ],
    [
      'pcall(function() local t = {} t.a.b = 1 end)',
      "false g.lua:1: attempt to index field 'a' (a nil value)",
    ],
    ['pcall(function() return 1 + {} end)', 'false g.lua:1: attempt to perform arithmetic on a table value'],
    [
      "pcall(function() local s = 'a' return s + 1 end)",
      "false g.lua:1: attempt to perform arithmetic on local 's' (a string value)",
    ],
    ['pcall(function() return {} .. 1 end)', 'false g.lua:1: attempt to concatenate a table value'],
    ["pcall(function() return 1 < '2' end)", 'false g.lua:1: attempt to compare number with string'],
    ['pcall(function() return {} < {} end)', 'false g.lua:1: attempt to compare two table values'],
    ['pcall(function() return #nil end)', 'false g.lua:1: attempt to get length of a nil value'],
    ['pcall(function() nothing() end)', "false g.lua:1: attempt to call global 'nothing' (a nil value)"],
    [
      'pcall(function() local t = {} t:foo() end)',
      "false g.lua:1: attempt to call method 'foo' (a nil value)",
    ],
    ['pcall(function() local t = {} t.x() end)', "false g.lua:1: attempt to call field 'x' (a nil value)"],
    [
      'pcall(function() string.rep() end)',
      "false g.lua:1: bad argument #1 to 'rep' (string expected, got no value)",
    ],
    [
      "pcall(function() ('x'):rep({}) end)",
      "false g.lua:1: bad argument #1 to 'rep' (number expected, got table)",
    ],
    ['pcall(string.rep)', "false bad argument #1 to '?' (string expected, got no value)"],
    ["pcall(function() for i = 'a', 2 do end end)", "false g.lua:1: 'for' initial value must be a number"],
    ['pcall(function() local t = {} t[nil] = 1 end)', 'false g.lua:1: table index is nil'],
    ["pcall(next, {}, 'no')", "false invalid key to 'next'"],
    ['pcall(assert, false)', 'false assertion failed!'],
    ["pcall(assert, nil, 'told')", 'false told'],
    ['pcall(table.concat, {1, {}, 3})', "false invalid value (table) at index 2 in table for 'concat'"],
    ["pcall(string.find, 'a', '[')", "false malformed pattern (missing ']')"],
    ["pcall(string.find, 'a', '%')", "false malformed pattern (ends with '%')"],
    ['pcall(setmetatable, {})', "false bad argument #2 to '?' (nil or table expected)"],
    ["pcall(string.format, '%d', 'x')", "false bad argument #2 to '?' (number expected, got string)"],
    ["pcall(string.format, '%y', 1)", "false invalid option '%y' to 'format'"],
    ['pcall(unpack, {}, 1, 1e7)', 'false too many results to unpack'],
    ["xpcall(function() error('E') end, function(m) return 'H:' .. m end)", 'false H:g.lua:1: E'],
    [
      'pcall(function() local function f() return 1 + f() end return f() end)',
      'false g.lua:1: stack overflow',
    ],
  ],
  'what is no chunk': [
    ['loadstring("x =", \'=c\')', "nil c:1: unexpected symbol near '<eof>'"],
    ['loadstring("x = 1 y", \'=c\')', "nil c:1: '=' expected near '<eof>'"],
    ['loadstring("local", \'=c\')', "nil c:1: '<name>' expected near '<eof>'"],
    ['loadstring("if x then", \'=c\')', "nil c:1: 'end' expected near '<eof>'"],
    ['loadstring("for i = 1", \'=c\')', "nil c:1: ',' expected near '<eof>'"],
    ['loadstring("f(", \'=c\')', "nil c:1: unexpected symbol near '<eof>'"],
    ["loadstring(\"x = 'abc\", '=c')", "nil c:1: unfinished string near '<eof>'"],
    ['loadstring("x = [[abc", \'=c\')', "nil c:1: unfinished long string near '<eof>'"],
    ['loadstring("--[[abc", \'=c\')', "nil c:1: unfinished long comment near '<eof>'"],
    ['loadstring("x = 1e", \'=c\')', "nil c:1: malformed number near '1e'"],
    ['loadstring("x = \\"\\\\300\\"", \'=c\')', "nil c:1: escape sequence too large near '\"'"],
    ['loadstring("break", \'=c\')', "nil c:1: no loop to break near '<eof>'"],
    ['loadstring("function f(a,", \'=c\')', "nil c:1: <name> or '...' expected near '<eof>'"],
    [
      'loadstring("function f() return ... end", \'=c\')',
      "nil c:1: cannot use '...' outside a vararg function near '...'",
    ],
    ['loadstring("a = b = c", \'=c\')', "nil c:1: unexpected symbol near '='"],
    ['loadstring("(a) = 1", \'=c\')', "nil c:1: syntax error near '='"],
    ['loadstring("f() = 1", \'=c\')', "nil c:1: unexpected symbol near '='"],
    ['loadstring("x = }", \'=c\')', "nil c:1: unexpected symbol near '}'"],
    ['loadstring("end", \'=c\')', "nil c:1: '<eof>' expected near 'end'"],
    ['loadstring("a\\n(b)", \'=c\')', "nil c:2: ambiguous syntax (function call x new statement) near '('"],
    ['loadstring("goto x", \'=c\')', "nil c:1: '=' expected near 'x'"],
    ['loadstring("x = @", \'=c\')', "nil c:1: unexpected symbol near '@'"],
    ['loadstring("for k in", \'=c\')', "nil c:1: unexpected symbol near '<eof>'"],
    ['loadstring("a,b", \'=c\')', "nil c:1: '=' expected near '<eof>'"],
    ['loadstring("x = {1, 2", \'=c\')', "nil c:1: '}' expected near '<eof>'"],
    ['loadstring("$", \'=c\')', "nil c:1: unexpected symbol near '$'"],
    ['loadstring("x = function a() end", \'=c\')', "nil c:1: '(' expected near 'a'"],
    ['loadstring("return 1,", \'=c\')', "nil c:1: unexpected symbol near '<eof>'"],
    ['loadstring("while true do", \'=c\')', "nil c:1: 'end' expected near '<eof>'"],
    ['loadstring("x = 1 .. ", \'=c\')', "nil c:1: unexpected symbol near '<eof>'"],
  ],
};
