/** Reads what a client sends: arrays of bulk strings, each handed over as words. */
import type { Buffer } from 'node:buffer';
import { ReplyDecoder } from '../../extension/redis/resp/reply-decoder.ts';

export class RequestLog {
  readonly #decoder: ReplyDecoder;

  constructor(onRequest: (argv: readonly string[]) => void) {
    // A request has the form of an array reply.
    this.#decoder = new ReplyDecoder((request) => {
      if (request.type === 'array')
        onRequest(request.items.map((item) => (item.type === 'bulk' ? item.value : '')));
    });
  }

  feed(bytes: Buffer): void {
    this.#decoder.feed(bytes);
  }
}
