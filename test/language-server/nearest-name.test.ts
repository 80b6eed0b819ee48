import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesOf, nearestName } from '../../language-server/features/nearest-name.ts';

const nearest = (written: string): string | undefined => nearestName(written, namesOf('redis-7.2'));

test('the name somebody meant', () => {
  const meant: Record<string, string | undefined> = {
    'clustre-enabled': 'cluster-enabled',
    cluster_enabled: 'cluster-enabled',
    clusterenabled: 'cluster-enabled',
    'cluster-node-timout': 'cluster-node-timeout',
    prot: 'port',
    'max-memory': 'maxmemory',
    appendOnly: 'appendonly',
    'cluster-conf-file': 'cluster-config-file',
    'vm-swap-file': undefined,
    frobnicate: undefined,
    '': undefined,
    x: undefined,
  };
  for (const [written, name] of Object.entries(meant)) assert.equal(nearest(written), name, written);
});

test('only names of the target are offered', () => {
  assert.equal(nearestName('replicaoff', namesOf('redis-4.0')), undefined);
  assert.equal(nearestName('slaveoff', namesOf('redis-4.0')), 'slaveof');
});
