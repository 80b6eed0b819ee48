/** One run of a script by itself, slice by slice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMPATIBLE } from '../../../extension/node/scripting/flags.ts';
import { ScriptRun } from '../../../extension/node/scripting/script-run.ts';
import { compile } from '../../../extension/redis/lua/compiler.ts';
import { NO_VALUES } from '../../../extension/redis/lua/values.ts';
import { newState } from '../../redis/lua/lua-under-test.ts';

const GIB = 1024 ** 3;

function running(source: string, memory: { held: number }): ScriptRun {
  const state = newState();
  const call = compile(state, source, '@user_script', state.globals);
  const clock = { monotonicMs: () => 0, wallMs: () => 0, after: () => ({ cancel() {} }) };
  const program = { call, args: NO_VALUES, name: 'sha', flags: COMPATIBLE, isEval: true, readOnly: false };
  const heldBytes = () => memory.held;
  return new ScriptRun(program, {
    state,
    clock,
    readOnly: false,
    obeyed: false,
    atOnce: false,
    debugged: undefined,
    heldBytes,
  });
}

describe('a run', () => {
  it('goes on slice by slice, until it has ended', () => {
    const run = running('local n = 0 for i = 1, 5e6 do n = n + 1 end return n', { held: 0 });
    let slices = 1;
    while (!run.go()) slices++;
    assert.equal(slices, 3);
    assert.equal(run.value, 5e6);
    assert.equal(run.failure, undefined);
  });

  it('is ended when it takes more memory than the process can bear', () => {
    const memory = { held: GIB };
    const run = running('while true do end', memory);
    assert.equal(run.go(), false);
    assert.equal(run.go(), false);
    memory.held += 2 * GIB;
    assert.equal(run.go(), true);
    assert.equal(run.failure?.message, 'ERR not enough memory script: sha, on @user_script:1.');
  });
});
