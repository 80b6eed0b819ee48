import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClientPort } from '../../../extension/node/clients/client-port.ts';
import type { Network, NetworkError } from '../../../extension/redis/world.ts';

const IN_USE: NetworkError = { code: 'EADDRINUSE', message: '' };
const BIND = [{ host: '127.0.0.1', word: '127.0.0.1', optional: false }];

/** A network that opens ports when the test says so, unless they were closed before: then nobody hears of them. */
class SlowNetwork implements Pick<Network, 'listen'> {
  readonly opening = new Map<number, (error?: NetworkError) => void>();
  readonly closed: number[] = [];

  listen: Network['listen'] = ({ port }, _accept, ready) => {
    this.opening.set(port, ready);
    return {
      close: () => {
        this.closed.push(port);
        this.opening.delete(port);
      },
    };
  };

  settle(port: number, error?: NetworkError): void {
    this.opening.get(port)?.(error);
  }
}

function clientPort() {
  const network = new SlowNetwork();
  const port = new ClientPort(network, () => ({ data() {}, closed() {} }));
  /** How each `open` ended. */
  const answers: string[] = [];
  const open = (number: number) => {
    port.close();
    port.open(BIND, [{ port: number }], (failure) => answers.push(failure?.code ?? 'open'));
  };
  return { port, network, answers, open };
}

describe('the port of clients', () => {
  it('that is changed again before it is open leaves nobody waiting', () => {
    const { port, network, answers, open } = clientPort();
    open(7777);
    open(8888);
    assert.deepEqual(answers, ['open'], 'it has been overtaken');
    network.settle(8888);
    assert.deepEqual(answers, ['open', 'open']);
    assert.equal(port.addresses[0]?.port, 8888);
    open(9999);
    network.settle(9999, IN_USE);
    assert.deepEqual(answers, ['open', 'open', 'EADDRINUSE']);
  });

  it('is not closed by the failure of one that was to be opened before', () => {
    const { port, network, answers, open } = clientPort();
    open(7777);
    const late = network.opening.get(7777);
    open(8888);
    network.settle(8888);
    late?.(IN_USE);
    assert.deepEqual(answers, ['open', 'open']);
    assert.deepEqual(network.closed, [7777]);
    assert.equal(port.addresses[0]?.port, 8888);
  });
});
