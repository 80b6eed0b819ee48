import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile } from '../../../extension/redis/lua/compiler.ts';
import { Execution } from '../../../extension/redis/lua/execution.ts';
import { NO_VALUES } from '../../../extension/redis/lua/values.ts';
import { facts } from './facts.ts';
import { newState, run } from './lua-under-test.ts';

const SHOW =
  "local function show(...) local t = {} for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end " +
  "return table.concat(t, ' ') end ";

describe('Lua', () => {
  for (const [what, rows] of Object.entries(facts)) {
    it(`agrees with Lua 5.1 about ${what}`, () => {
      for (const [expressions, values] of rows) {
        const [shown] = run(`${SHOW}return show(${expressions})`);
        assert.equal(shown, values, expressions);
      }
    });

    it(`means the same by ${what} when a debugger looks at every line`, () => {
      for (const [expressions, values] of rows) {
        const [shown] = run(`${SHOW}return show(${expressions})`, newState(), true);
        assert.equal(shown, values, expressions);
      }
    });
  }

  it('knows blocks, loops and local names', () => {
    const source = `
      local seen = {}
      local function see(x) seen[#seen + 1] = tostring(x) end
      for i = 10, 1, -3 do see(i) end
      for i = 1, 0 do see('never') end
      local i = 0
      repeat local last = i; i = i + 1 until last >= 2
      see(i)
      while true do i = i + 1 if i > 5 then break end end
      see(i)
      do local i = 'inner' see(i) end
      see(i)
      for k, v in ipairs({5, 6, nil, 8}) do see(k .. '=' .. v) end
      return table.concat(seen, ' ')`;
    assert.deepEqual(run(source), ['10 7 4 1 3 6 inner 6 1=5 2=6']);
  });

  it('gives loaded chunks an environment of their own', () => {
    const source = `
      local f = loadstring('y = 5 return y')
      local env = {}
      setfenv(f, env)
      return f(), env.y, y`;
    assert.deepEqual(run(source), [5, 5, undefined]);
  });

  it('has the random numbers of Redis: the same everywhere for the same seed', () => {
    assert.deepEqual(
      run('math.randomseed(1) return math.random(100), math.random(100), math.random(5, 6)'),
      [5, 46, 6],
    );
  });

  it('refuses what nests too deep, and takes what is only long', () => {
    const sum = (terms: number) => `return ${Array.from({ length: terms }, () => '1').join(' + ')}`;
    assert.deepEqual(run(sum(500)), [500]);
    assert.throws(() => run(sum(200_000)), /chunk has too many syntax levels/);
    assert.deepEqual(run(`return ${Array.from({ length: 150 }, () => "'a'").join(' .. ')}`), [
      'a'.repeat(150),
    ]);
  });

  it('sorts what contradicts itself as Lua does', () => {
    const source =
      'local t = {} for i = 1, 50 do t[i] = i % 7 end table.sort(t, function(a, b) return a <= b end) return 1';
    assert.throws(() => run(source), /invalid order function for sorting|attempt to compare/);
  });
});

describe('a run', () => {
  it('can stop at a loop or a call and go on later, wherever it is', () => {
    const state = newState();
    const source = `
      local n = 0
      local function work() for i = 1, 20000 do n = n + 1 end return n end
      pcall(work)
      local co = coroutine.wrap(function() while true do work() coroutine.yield() end end)
      co() co()
      table.sort({3, 1, 2}, function(a, b) work() return a < b end)
      return n`;
    let pauses = 0;
    const call = compile(state, source, '@c', state.globals);
    const execution = new Execution(state, call, NO_VALUES, () => true);
    while (!execution.run()) pauses++;
    assert.ok(pauses >= 10, `${pauses} pauses`);
    const [n] = execution.values ?? [];
    assert.equal(Number(n) % 20000, 0);
  });
});
