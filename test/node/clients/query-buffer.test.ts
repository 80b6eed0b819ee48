/** What a session has for its input: it grows with what is sent and is given back when nothing is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, SimulatedNode } from '../simulated-node.ts';

const KIB = 1024;

/** A node, somebody who watches, and a session with what CLIENT LIST says of it. */
function started(...lines: string[]) {
  const node = SimulatedNode.started(lines);
  const control = node.client();
  const client = node.client();
  client.call('CLIENT', 'SETNAME', 'watched');
  const say = (name: string) => {
    const line = String(control.call('CLIENT', 'LIST'))
      .split('\n')
      .find((text) => text.includes('watched'));
    return Number(field(line ?? '', name));
  };
  return { control, client, say, size: () => say('qbuf') + say('qbuf-free') };
}

describe('the query buffer of a session', () => {
  it('is there while something is sent, and gone after more than two seconds of silence', () => {
    const { control, client, say, size } = started();
    assert.deepEqual([say('qbuf'), say('qbuf-free')], [0, 16 * KIB]);
    assert.ok(say('tot-mem') > 32 * KIB, 'the buffer for replies counts, too');
    control.wait(2900);
    assert.equal(size(), 16 * KIB);
    control.wait(1200);
    assert.equal(size(), 0);
    client.call('PING');
    assert.equal(size(), 16 * KIB);
  });

  it('has room for all of a large argument as soon as its length is known', () => {
    const { control, client, say, size } = started();
    client.sendRaw('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000000\r\nbegun');
    control.wait(20);
    assert.deepEqual([say('qbuf'), say('argv-mem')], [5, 30]);
    assert.ok(size() >= 1_000_000);
    control.wait(1500);
    assert.ok(size() >= 1_000_000);
    control.wait(4000);
    assert.deepEqual([say('qbuf'), size() < 5000], [5, true]);
    client.sendRaw(`${'x'.repeat(999_995)}\r\n`);
    assert.equal(client.next(), 'OK');
    assert.equal(client.call('STRLEN', 'a'), 1_000_000);
  });

  it('shrinks to what is sent of late', () => {
    const { control, client, size } = started('hz 100');
    control.call('DEBUG', 'PAUSE-CRON', 1);
    client.call('SET', 'x', 'a'.repeat(400_000));
    control.wait(500);
    assert.ok(size() >= 400_000);
    control.call('DEBUG', 'PAUSE-CRON', 0);
    control.wait(100);
    client.call('SET', 'x', 'a'.repeat(100));
    assert.ok(size() > 0 && size() <= 16 * KIB);
  });

  it('is not trimmed below the argument that is under way', () => {
    const { control, client, size } = started('hz 100');
    client.call('SET', 'x', 'a'.repeat(400_000));
    client.sendRaw('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$150000\r\nbegun');
    control.wait(1000);
    assert.ok(size() > 149_000 && size() < 160_000);
  });
});

describe('DEBUG REPLYBUFFER', () => {
  it('says when the buffers for replies are resized', () => {
    const { control, client, say } = started();
    control.call('DEBUG', 'REPLYBUFFER', 'RESIZING', 0);
    control.wait(20_000);
    assert.equal(say('rbs'), 16 * KIB);
    control.call('DEBUG', 'REPLYBUFFER', 'RESIZING', 1);
    assert.equal(control.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 100), 'OK');
    control.wait(500);
    assert.equal(say('rbs'), KIB);
    control.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 'never');
    control.call('SET', 'large', 'x'.repeat(32 * KIB));
    for (let i = 0; i < 10; i++) {
      client.call('GET', 'large');
      control.wait(100);
    }
    assert.equal(say('rbs'), 16 * KIB);
    control.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 'reset');
    control.wait(4000);
    assert.equal(say('rbs'), 16 * KIB);
    control.wait(2000);
    assert.equal(say('rbs'), KIB);
    assert.ok(Number(field(control.call('INFO', 'stats'), 'reply_buffer_shrinks')) >= 2);
    assert.equal(
      control.call('DEBUG', 'REPLYBUFFER', 'PEAK-RESET-TIME', 'soon'),
      '-ERR value is not an integer or out of range',
    );
  });
});
