/** Channels, patterns, keyspace events; and how both protocols carry them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedNode } from '../simulated-node.ts';

describe('publish and subscribe', () => {
  it('tells subscribers of channels and of patterns', () => {
    const node = SimulatedNode.started();
    const [subscriber, publisher] = [node.client(), node.client()];
    assert.deepEqual(subscriber.call('SUBSCRIBE', 'news'), ['subscribe', 'news', 1]);
    assert.deepEqual(subscriber.call('PSUBSCRIBE', 'n*'), ['psubscribe', 'n*', 2]);
    assert.equal(publisher.call('PUBLISH', 'news', 'hello'), 2);
    assert.deepEqual(subscriber.next(), ['message', 'news', 'hello']);
    assert.deepEqual(subscriber.next(), ['pmessage', 'n*', 'news', 'hello']);
    assert.equal(publisher.call('PUBLISH', 'other', 'x'), 0);
    assert.deepEqual(publisher.call('PUBSUB', 'NUMSUB', 'news', 'none'), ['news', 1, 'none', 0]);
    assert.deepEqual(publisher.call('PUBSUB', 'CHANNELS', 'n*'), ['news']);
    assert.equal(publisher.call('PUBSUB', 'NUMPAT'), 1);
  });

  it('reaches those who want no replies, from the confirmation on', () => {
    for (const protocol of [2, 3]) {
      const node = SimulatedNode.started();
      const subscriber = node.client();
      subscriber.call('HELLO', protocol);
      subscriber.send('CLIENT', 'REPLY', 'OFF');
      assert.deepEqual(subscriber.call('SUBSCRIBE', 'c'), ['subscribe', 'c', 1]);
      subscriber.send('PING');
      node.client().call('PUBLISH', 'c', 'hello');
      assert.deepEqual(subscriber.next(), ['message', 'c', 'hello']);
    }
  });

  it('counts down when unsubscribing, and answers about nothing when there is nothing', () => {
    const client = SimulatedNode.started().client();
    assert.deepEqual(client.call('UNSUBSCRIBE'), ['unsubscribe', null, 0]);
    client.send('SUBSCRIBE', 'a', 'b');
    assert.deepEqual(
      [client.next(), client.next()],
      [
        ['subscribe', 'a', 1],
        ['subscribe', 'b', 2],
      ],
    );
    client.send('UNSUBSCRIBE');
    assert.deepEqual(
      [client.next(), client.next()],
      [
        ['unsubscribe', 'a', 1],
        ['unsubscribe', 'b', 0],
      ],
    );
    assert.equal(client.call('PING'), 'PONG');
  });

  it('leaves a RESP2 subscriber only what it can tell from messages', () => {
    const client = SimulatedNode.started().client();
    client.call('SUBSCRIBE', 'a');
    assert.match(String(client.call('GET', 'k')), /^-ERR Can't execute 'get': only \(P\|S\)SUBSCRIBE/);
    assert.deepEqual(client.call('PING', 'x'), ['pong', 'x']);
    assert.equal(client.call('RESET'), 'RESET');
    assert.equal(client.call('GET', 'k'), null);
  });

  it('pushes to a RESP3 subscriber, behind the reply of what it is doing', () => {
    const client = SimulatedNode.started().client();
    client.call('HELLO', 3);
    client.call('SUBSCRIBE', 'a');
    client.send('SET', 'k', 1);
    client.send('PUBLISH', 'a', 'to myself');
    assert.equal(client.next(), 'OK');
    assert.equal(client.next(), 1);
    assert.deepEqual(client.next(), ['message', 'a', 'to myself']);
  });

  it('forgets a session that is gone', () => {
    const node = SimulatedNode.started();
    const subscriber = node.client();
    subscriber.call('SUBSCRIBE', 'a');
    subscriber.connection.destroy();
    node.simulation.runFor(50);
    assert.equal(node.client().call('PUBLISH', 'a', 'x'), 0);
  });

  it('keeps shard channels apart', () => {
    const node = SimulatedNode.started();
    const [subscriber, publisher] = [node.client(), node.client()];
    assert.deepEqual(subscriber.call('SSUBSCRIBE', 'a'), ['ssubscribe', 'a', 1]);
    assert.equal(publisher.call('PUBLISH', 'a', 'x'), 0);
    assert.equal(publisher.call('SPUBLISH', 'a', 'y'), 1);
    assert.deepEqual(subscriber.next(), ['smessage', 'a', 'y']);
    assert.deepEqual(publisher.call('PUBSUB', 'SHARDCHANNELS'), ['a']);
    assert.deepEqual(publisher.call('PUBSUB', 'SHARDNUMSUB', 'a'), ['a', 1]);
  });
});

describe('keyspace notifications', () => {
  function listening(classes: string): {
    events: () => unknown[];
    run: (...argv: (string | number)[]) => void;
  } {
    const node = SimulatedNode.started([`notify-keyspace-events ${classes}`]);
    const [listener, client] = [node.client(), node.client()];
    listener.call('PSUBSCRIBE', '__key*__:*');
    return {
      events: () =>
        listener.wait(200).map((message) => (Array.isArray(message) ? message.slice(2) : message)),
      run: (...argv) => client.call(...argv),
    };
  }

  it('tell the event by key, and the key by event', () => {
    const { events, run } = listening('KEA');
    run('SET', 'k', 1);
    assert.deepEqual(events(), [
      ['__keyspace@0__:k', 'set'],
      ['__keyevent@0__:set', 'k'],
    ]);
  });

  it('come for the classes that were asked for', () => {
    const { events, run } = listening('Elx');
    run('SET', 'k', 1, 'PX', 20);
    run('RPUSH', 'l', 'a');
    assert.deepEqual(events(), [
      ['__keyevent@0__:rpush', 'l'],
      ['__keyevent@0__:expired', 'k'],
    ]);
  });

  it('tell of keys that come to be, and of those that are not there', () => {
    const { events, run } = listening('Enm');
    run('SET', 'k', 1);
    run('SET', 'k', 2);
    run('RENAME', 'k', 'other');
    run('GET', 'k');
    run('MGET', 'k', 'other', 'x');
    run('INCR', 'counter');
    run('DEL', 'nothing');
    assert.deepEqual(events(), [
      ['__keyevent@0__:new', 'k'],
      ['__keyevent@0__:new', 'other'],
      ['__keyevent@0__:keymiss', 'k'],
      ['__keyevent@0__:keymiss', 'k'],
      ['__keyevent@0__:keymiss', 'x'],
      ['__keyevent@0__:new', 'counter'],
    ]);
  });

  it('need a channel to come on', () => {
    const { events, run } = listening('A');
    run('SET', 'k', 1);
    assert.deepEqual(events(), []);
  });
});
