/**
 * The store alone, without sockets: bytes per key, nanoseconds per operation and the longest pause while it fills.
 * Run it as `node --expose-gc test/bench/store.ts [keys]`.
 */
import { Buffer } from 'node:buffer';
import { encodeCommand } from '../../extension/redis/resp/encode-command.ts';
import { ReplyWriter } from '../../extension/redis/resp/reply-writer.ts';
import { RequestDecoder } from '../../extension/redis/resp/request-decoder.ts';
import { Keyspace } from '../../extension/redis/store/keyspace.ts';

const KEYS = Number(process.argv[2] ?? 1_000_000);
/** Commands that arrive in one read: what `redis-benchmark -P 16 -c 50` sends at once, about. */
const BATCH = 512;
const VALUE = 'v'.repeat(16);

const now = Date.now();
const db = new Keyspace(0, { now: () => now });
const reply = new ReplyWriter();
const decoder = new RequestDecoder({ maxBulkBytes: 2 ** 29, maxHeldBytes: 2 ** 30 });

/** Requests on `count` keys of 11 bytes in random order, as a client sends them: in batches. */
function requests(name: string, ...rest: string[]): Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at < KEYS; at += BATCH) {
    const batch: Buffer[] = [];
    for (let i = at; i < Math.min(at + BATCH, KEYS); i++) {
      // 7919 is prime to any power of ten: every key comes up once.
      const key = `key:${String((i * 7919) % KEYS).padStart(7, '0')}`;
      batch.push(encodeCommand([name, key, ...rest]).bytes);
    }
    batches.push(Buffer.concat(batch));
  }
  return batches;
}

/** Decodes and runs every request; prints nanoseconds for each and the longest batch in milliseconds. */
function measure(label: string, batches: readonly Buffer[], run: () => void): void {
  let longest = 0;
  const start = process.hrtime.bigint();
  let last = start;
  for (const batch of batches) {
    decoder.feed(batch, 0, batch.length);
    while (decoder.next()) run();
    reply.clear();
    const time = process.hrtime.bigint();
    if (time - last > longest) longest = Number(time - last);
    last = time;
  }
  const each = Number(last - start) / KEYS;
  console.log(
    `${label.padEnd(28)} ${each.toFixed(0).padStart(5)} ns  longest batch ${(longest / 1e6).toFixed(1)} ms`,
  );
}

const { args } = decoder;

function set(): void {
  db.setString(args, 1, 2);
  reply.ok();
}

function get(): void {
  const entry = db.find(args, 1);
  if (entry === 0) reply.null();
  else db.replyString(entry, reply);
}

const sets = requests('SET', VALUE);
const gets = requests('GET');
globalThis.gc?.();
const before = process.memoryUsage();
measure('decode only', gets, () => reply.ok());
measure('SET, new keys', sets, set);
globalThis.gc?.();
const after = process.memoryUsage();
measure('SET, existing keys', sets, set);
measure('GET', gets, get);
measure('GET, once more', gets, get);

const perKey = (bytes: number) => `${(bytes / db.size).toFixed(1)} bytes/key`;
console.log(`${db.size} keys of 11 bytes with values of ${VALUE.length}`);
console.log(
  `in use ${perKey(db.usedBytes)}, array buffers ${perKey(after.arrayBuffers - before.arrayBuffers)}`,
);
console.log(`resident set ${perKey(after.rss - before.rss)}`);
