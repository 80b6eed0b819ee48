/** REPLCONF rdb-filter-only: an image of some parts only, for tools that want no data. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { RdbLoader } from '../../../extension/node/persistence/loader.ts';
import { encodeCommand } from '../../../extension/redis/resp/encode-command.ts';
import { Keyspace } from '../../../extension/redis/store/keyspace.ts';
import { RdbFileReader } from '../../../extension/redis/store/rdb/file-reader.ts';
import { PORT, SimulatedNode } from '../simulated-node.ts';

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
/** `$EOF:`, 40 characters and an end of line. */
const FIRST_LINE = 47;

function node(): SimulatedNode {
  const made = SimulatedNode.started(['repl-diskless-sync-delay 0', 'repl-diskless-sync no']);
  const client = made.client();
  client.call('SET', 'k', 'v');
  assert.equal(client.call('FUNCTION', 'LOAD', LIBRARY), 'lib');
  return made;
}

/** What a tool is sent that asks for an image with these options: how many keys, and which libraries. */
function image(from: SimulatedNode, ...options: string[]) {
  const { simulation, host } = from;
  let received = '';
  let closed = false;
  const connection = simulation.world('10.2.0.1').network.connect(
    { host, port: PORT },
    {
      connected() {
        for (const argv of [['REPLCONF', 'rdb-only', '1', 'capa', 'eof', ...options], ['SYNC']])
          connection.write(encodeCommand(argv).bytes.slice());
      },
      data(bytes, start, end) {
        received += Buffer.from(bytes.subarray(start, end)).toString('latin1');
      },
      closed() {
        closed = true;
      },
    },
  );
  simulation.runUntil(() => closed, 5000);
  const at = received.indexOf('$EOF:');
  const database = new Keyspace(0, { now: () => 0 });
  const loader = new RdbLoader({
    databases: [database],
    log: () => {},
    dropExpiredAt: undefined,
    wallMs: 0,
  });
  const bytes = Buffer.from(received.slice(at + FIRST_LINE), 'latin1');
  const reader = new RdbFileReader(loader, true);
  reader.feed(bytes, 0, bytes.length);
  assert.ok(reader.done);
  return { keys: database.size, libraries: loader.functionLibraries };
}

describe('an image by rdb-filter-only', () => {
  it('holds the parts that are named, sent through the socket in any case', () => {
    const from = node();
    assert.deepEqual(image(from, 'rdb-filter-only', 'functions'), { keys: 0, libraries: [LIBRARY] });
    assert.deepEqual(image(from, 'rdb-filter-only', ''), { keys: 0, libraries: [] });
  });

  it('knows functions only', () => {
    const client = node().client();
    assert.equal(
      client.call('REPLCONF', 'rdb-filter-only', 'functions keys'),
      '-ERR Unsupported rdb-filter-only option: keys',
    );
    assert.equal(client.call('REPLCONF', 'rdb-filter-only', '"'), '-ERR Missing rdb-filter-only values');
  });
});
