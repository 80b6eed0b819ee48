import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOptions } from '../../extension/trib/options.ts';

const allowed = { slots: 'value', yes: 'flag', weight: 'list' } as const;

describe('options', () => {
  it('stand before or after the arguments, with a blank or an equals sign', () => {
    for (const argv of [
      ['--slots', '5', '--yes', 'h:1'],
      ['h:1', '--slots=5', '--yes'],
    ]) {
      const { options, args } = parseOptions('reshard', argv, allowed, false);
      assert.equal(options.number('slots', 0), 5);
      assert.ok(options.has('yes'));
      assert.deepEqual(args, ['h:1']);
    }
  });

  it("take redis-cli's spelling as well", () => {
    const { options } = parseOptions(
      'rebalance',
      ['--cluster-weight', 'a=1', '--weight', 'b=2'],
      allowed,
      false,
    );
    assert.deepEqual(options.list('weight'), ['a=1', 'b=2']);
  });

  it("take valkey-cli's names, but leave them to a command that is called", () => {
    const masters = { 'only-masters': 'flag', 'use-empty-masters': 'flag' } as const;
    const given = (argv: readonly string[]) => parseOptions('call', argv, masters, true);
    assert.ok(given(['--cluster-use-empty-primaries', 'h:1']).options.has('use-empty-masters'));
    assert.ok(given(['--only-primaries', 'h:1', 'PING']).options.has('only-masters'));
    assert.ok(given(['h:1', 'PING', '--cluster-only-primaries']).options.has('only-masters'));
    assert.deepEqual(given(['h:1', 'ECHO', '--only-primaries']).args, ['h:1', 'ECHO', '--only-primaries']);
  });

  it('take several weights after one name, and the short name of the password', () => {
    const argv = ['--cluster-weight', 'a=1', 'b=0.5', 'h:1', '-a', 'secret'];
    const { options, args } = parseOptions('rebalance', argv, { ...allowed, pass: 'value' }, false);
    assert.deepEqual(options.list('weight'), ['a=1', 'b=0.5']);
    assert.equal(options.text('pass'), 'secret');
    assert.deepEqual(args, ['h:1']);
  });

  it('leave the options of a called command alone', () => {
    const argv = ['h:1', 'CLIENT', '--slots', '-a'];
    assert.deepEqual(parseOptions('call', argv, allowed, true).args, argv);
  });

  it("are found behind a called command where only redis-cli's spelling can be meant", () => {
    const argv = ['h:1', 'GET', '--cluster-yes', '--cluster-key', '--yes'];
    const { options, args } = parseOptions('call', argv, allowed, true);
    assert.ok(options.has('yes'));
    assert.deepEqual(args, ['h:1', 'GET', '--cluster-key', '--yes']);
  });

  it('are refused when unknown, when their value is missing and when it is no number', () => {
    assert.throws(
      () => parseOptions('check', ['--bogus'], allowed, false),
      /Unknown option 'bogus' for command 'check'/,
    );
    assert.throws(
      () => parseOptions('check', ['--constructor'], allowed, false),
      /Unknown option 'constructor'/,
    );
    assert.throws(() => parseOptions('reshard', ['--slots'], allowed, false), /needs a value/);
    const { options } = parseOptions('reshard', ['--slots', 'many'], allowed, false);
    assert.throws(() => options.number('slots', 0), /needs a number, not 'many'/);
    const half = parseOptions('create', ['--slots', '1.5'], allowed, false);
    assert.throws(() => half.options.count('slots', 0), /needs a whole number, not '1\.5'/);
  });
});
