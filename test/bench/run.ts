/**
 * `npm run bench [start|throughput|memory|slot-hash|reshard|failover|full-sync|language|stalls …]`: what we claim about
 * speed, measured on the shipped bundle beside Debian's redis-server in one run. Ratios are ours / theirs; quote CPU per
 * request beside rps, for rps on a shared machine varies by a third from minute to minute. Nothing here passes or fails.
 */
import os from 'node:os';
import { buildAll } from '../../esbuild.mjs';
import { failover } from './failover.ts';
import { fullSync } from './full-sync.ts';
import { language } from './language.ts';
import { memory } from './memory.ts';
import { reshard } from './reshard.ts';
import { slotHash } from './slot-hash.ts';
import { stalls } from './stalls.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  start,
  throughput,
  memory,
  'slot-hash': slotHash,
  reshard,
  failover,
  'full-sync': fullSync,
  language,
  stalls,
};
const asked = process.argv.slice(2);
for (const name of asked)
  if (!(name in parts)) throw new Error(`no such part: ${name} (${Object.keys(parts).join(', ')})`);

await buildAll();
console.log(`\n${os.cpus()[0]?.model ?? 'unknown'} x ${os.cpus().length}, Node ${process.version}`);
for (const [name, part] of Object.entries(parts))
  if (asked.length === 0 || asked.includes(name)) await part();
