/**
 * CLUSTER and the redirections, the same to us and to redis-server, each alone in its cluster: every error to the byte.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../until.ts';
import { mayDiffer } from './differences.ts';
import { OurServer } from './our-server.ts';
import { RawConnection } from './raw-connection.ts';
import { needsRedisServer, RedisServer } from './redis-server.ts';

const UNKNOWN = '0'.repeat(40);

/** Ids and times differ between any two nodes. */
function readable(reply: Buffer, id: string): string {
  return reply
    .toString('latin1')
    .replaceAll(id, '<me>')
    .replace(/\b214[56]\d\b/g, '<port>')
    .replace(/\b314[56]\d\b/g, '<bus>');
}

/** Words of a command; each line is sent in turn. */
const FRESH = `
cluster
cluster nosuch
cluster nodes extra
cluster meet
cluster meet 127.0.0.1
cluster meet localhost 7000
cluster meet 127.0.0.1 x
cluster meet 127.0.0.1 7000 x
cluster meet 127.0.0.1 0
cluster meet 127.0.0.1 70000
cluster meet 127.0.0.1 60000
cluster meet 127.0.0.1 7000 17000 1
cluster info
cluster slots
cluster keyslot {user1000}.following
cluster keyslot
cluster countkeysinslot 0
cluster countkeysinslot 16384
cluster countkeysinslot -1
cluster countkeysinslot x
cluster getkeysinslot 0 10
cluster getkeysinslot 0 -1
cluster getkeysinslot 16384 1
cluster getkeysinslot 0 x
get foo
set foo bar
mget a b
ping
cluster set-config-epoch x
cluster set-config-epoch -1
cluster set-config-epoch 3
cluster set-config-epoch 4
cluster addslots
cluster addslots x
cluster addslots 16384
cluster addslots -1
cluster addslots 01
cluster addslots 1 1
cluster addslots 1 2
cluster addslots 2
cluster delslots 3
cluster delslots 2 2
cluster addslotsrange 5
cluster addslotsrange 5 4
cluster addslotsrange 5 6 7
cluster addslotsrange 0 1
cluster addslotsrange 3 3 4 16384
cluster delslotsrange 1 3
cluster delslotsrange 1 2
cluster slots
cluster addslotsrange 0 16383
cluster slots
cluster forget ${UNKNOWN}
cluster forget <me>
cluster replicate ${UNKNOWN}
cluster replicate <me>
cluster replicas ${UNKNOWN}
cluster replicas <me>
cluster slaves <me>
cluster count-failure-reports ${UNKNOWN}
cluster count-failure-reports <me>
cluster failover
cluster failover force
cluster failover now
cluster failover force now
cluster setslot
cluster setslot 1 node
cluster setslot x migrating ${UNKNOWN}
cluster setslot 16384 stable
cluster setslot 1 migrating ${UNKNOWN}
cluster setslot 1 importing ${UNKNOWN}
cluster setslot 1 node ${UNKNOWN}
cluster setslot 1 node <me>
cluster setslot 1 migrating <me>
cluster setslot 1 importing <me>
cluster setslot 1 stable
cluster setslot 1 stable <me>
cluster setslot 1 nonsense <me>
cluster bumpepoch
cluster bumpepoch
cluster reset medium
cluster reset hard now
cluster saveconfig
cluster nodes
`;

/** When all slots are served. */
const SERVING = `
set foo bar
get foo
mget foo bar
mget {foo}a {foo}b
cluster countkeysinslot 12182
cluster getkeysinslot 12182 10
cluster flushslots
cluster reset
cluster reset hard
del foo
asking
readonly
readwrite
select 0
select 1
swapdb 0 1
spublish ch message
cluster flushslots
get foo
cluster slots
`;

function lines(script: string): string[][] {
  return script
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}

describe('CLUSTER, as redis-server answers it', needsRedisServer, () => {
  let ours: OurServer;
  let theirs: RedisServer;
  let us: RawConnection;
  let them: RawConnection;
  let ourId = '';
  let theirId = '';

  before(async () => {
    ours = await OurServer.start(21_450, 'cluster-enabled yes');
    theirs = await RedisServer.start(21_460, '--cluster-enabled', 'yes');
    us = await RawConnection.open(ours.port);
    them = await RawConnection.open(theirs.port);
    ourId = await ours.call('CLUSTER', 'MYID');
    theirId = await theirs.call('CLUSTER', 'MYID');
  });

  after(async () => {
    us.close();
    them.close();
    ours.stop();
    await theirs.stop();
  });

  /** Sends each line to both, and returns what they answered differently. */
  const compare = async (script: string): Promise<string[]> => {
    const different: string[] = [];
    for (const argv of lines(script)) {
      const our = readable(await us.send(...argv.map((word) => word.replace('<me>', ourId))), ourId);
      const their = readable(await them.send(...argv.map((word) => word.replace('<me>', theirId))), theirId);
      if (our !== their && !mayDiffer(argv, 'reply'))
        different.push(`${argv.join(' ')}: ${our}${argv.join(' ')}: ${their}`);
    }
    return different;
  };

  it('a fresh node, and every way to ask wrongly', async () => {
    assert.deepEqual(await compare(FRESH), []);
  });

  it('a node that serves all slots', async () => {
    // A redis-server waits two seconds and its node timeout before it says ok for the first time.
    await until(async () => (await theirs.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    assert.deepEqual(await compare(SERVING), []);
  });

  it('SHARDS has the same form', async () => {
    const form = (reply: Buffer): string => reply.toString().replace(/\$40\r\n\w{40}|:\d+/g, '#');
    assert.equal(form(await us.send('cluster', 'shards')), form(await them.send('cluster', 'shards')));
  });
});
