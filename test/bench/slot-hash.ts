/** Nanoseconds per key of our slot hash beside npm's cluster-key-slot, in one process. */
import clusterKeySlot from 'cluster-key-slot';
import { keySlot } from '../../extension/redis/slots.ts';
import { median } from './servers.ts';

const KEYS = 4096;
const ROUNDS = 200;

export function slotHash(): void {
  // 24 bytes, as hot applications use: a prefix, a number, a suffix.
  const keys = Array.from({ length: KEYS }, (_, i) =>
    Buffer.from(`user:${String(i * 7919).padStart(9, '0')}:profile:x`),
  );
  const ours = () => keys.reduce((sum, key) => sum + keySlot(key, 0, key.length), 0);
  const theirs = () => keys.reduce((sum, key) => sum + clusterKeySlot(key), 0);
  if (ours() !== theirs()) throw new Error('the two hashes disagree');
  const [a, b] = [ours, theirs].map((hash) =>
    median(Array.from({ length: ROUNDS }, () => nanoseconds(hash))),
  );
  console.log('\nslot hash of a 24-byte key (bytes in, slot out)');
  console.log(`ours ${a.toFixed(0)} ns, cluster-key-slot ${b.toFixed(0)} ns, ratio ${(a / b).toFixed(2)}`);
}

function nanoseconds(hash: () => number): number {
  const startedAt = performance.now();
  hash();
  return ((performance.now() - startedAt) * 1e6) / KEYS;
}
