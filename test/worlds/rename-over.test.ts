import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renameOver } from '../../extension/worlds/rename-over.ts';

/** A system where the first attempts fail with `code`; it tells how often it was asked, and how long it slept. */
function busy(code: string, failures: number, holdsOpenFiles: boolean) {
  const told = { attempts: 0, slept: 0 };
  const system = {
    holdsOpenFiles,
    rename: () => {
      if (told.attempts++ < failures) throw Object.assign(new Error(code), { code });
    },
    sleep: (ms: number) => {
      told.slept += ms;
    },
  };
  return { told, system };
}

describe('a rename over a file that somebody has open', () => {
  for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
    it(`is tried again on Windows, which says ${code}`, () => {
      const { told, system } = busy(code, 4, true);
      renameOver('new', 'old', system);
      assert.deepEqual(told, { attempts: 5, slept: 1 + 2 + 4 + 8 });
    });
  }

  it('fails when they do not let go', () => {
    const { told, system } = busy('EPERM', Infinity, true);
    assert.throws(() => renameOver('new', 'old', system), { code: 'EPERM' });
    assert.ok(told.slept >= 500 && told.slept < 600, `${told.slept}`);
  });

  it('fails at once where the reason is another one', () => {
    const { told, system } = busy('ENOSPC', 1, true);
    assert.throws(() => renameOver('new', 'old', system), { code: 'ENOSPC' });
    assert.equal(told.attempts, 1);
  });

  it('fails at once where an open file is in nobody’s way', () => {
    const { told, system } = busy('EACCES', 1, false);
    assert.throws(() => renameOver('new', 'old', system), { code: 'EACCES' });
    assert.equal(told.attempts, 1);
  });
});
