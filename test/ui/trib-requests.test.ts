import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Target } from '../../extension/ui/targets.ts';
import { canBeRehearsed, changes, commandLine, type TribRequest } from '../../extension/ui/trib-requests.ts';

const request = (subcommand: TribRequest['subcommand']): TribRequest => ({
  ...{ subcommand, title: subcommand, newcomers: [] },
  words: (seed) => [seed],
});

const target = (cluster: string | undefined): Target => ({
  ...{ name: 'staging', cluster, nodes: [], allowsChanges: false },
  access: async () => ({}),
  consoleOn: async ({ host, port }) => ({ host, port, name: host }),
  refresh: async () => {},
});

describe('what redis-trib is asked for', () => {
  it('is shown as it would be typed, but for passwords', () => {
    const words = ['--from', '10.0.0.9:6379', '--from-pass', 'secret', '--copy', '10.0.0.1:6379', '', 'a b'];
    assert.equal(
      commandLine(request('import'), words),
      'redis-trib import --from 10.0.0.9:6379 --from-pass *** --copy 10.0.0.1:6379 "" "a b"',
    );
  });

  it('changes something unless it only looks', () => {
    for (const looks of ['check', 'info', 'backup'] as const)
      assert.equal(changes(request(looks)), false, looks);
    for (const name of ['create', 'fix', 'reshard', 'call', 'import', 'set-timeout'] as const)
      assert.equal(changes(request(name)), true, name);
  });

  it('is rehearsed when it is about the shape of a cluster elsewhere', () => {
    assert.equal(canBeRehearsed(request('reshard'), target('p')), true);
    assert.equal(canBeRehearsed(request('reshard'), target(undefined)), false, 'the lab is for trying');
    assert.equal(canBeRehearsed(request('import'), target('p')), false, 'a copy has none of the data');
  });
});
