/**
 * A client that asks PING every millisecond, in a thread of its own, and notes the longest time it waited: what a stalled
 * event loop looks like from outside. Shared memory holds that figure, in microseconds.
 */
import net from 'node:net';
import { workerData } from 'node:worker_threads';

const { port, shared }: { readonly port: number; readonly shared: SharedArrayBuffer } = workerData;
const worst = new Int32Array(shared);
const socket = net.connect(port, '127.0.0.1');
socket.setNoDelay();
/** When the PING was sent that has no answer yet. */
let asked: number | undefined;
const timer = setInterval(() => {
  if (asked !== undefined) return;
  asked = performance.now();
  socket.write('*1\r\n$4\r\nPING\r\n');
}, 1);
socket.on('data', () => {
  const waited = Math.round((performance.now() - (asked ?? 0)) * 1000);
  if (waited > Atomics.load(worst, 0)) Atomics.store(worst, 0, waited);
  asked = undefined;
});
socket.on('close', () => clearInterval(timer));
