/**
 * Loaded into the process of every test file that has one to itself: a file whose tests are over and that still does not
 * end has left something open, and fails. Node's `--test-force-exit` would end it too, but loses results on their way to
 * the runner.
 */
import { afterEach, beforeEach } from 'node:test';

/**
 * Many times what sets a file's tests up, or is closed behind them, on a machine that has ten times more to do than it
 * can: hooks of a whole file are not seen here.
 */
const GRACE_MS = 240_000;

let running = 0;
let endedAt = performance.now();

beforeEach(() => {
  running++;
});
afterEach(() => {
  running--;
  endedAt = performance.now();
});
// Only what else keeps the process alive lets this timer run.
setInterval(() => {
  if (running > 0 || performance.now() - endedAt < GRACE_MS) return;
  console.error(`left open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}, 1000).unref();
