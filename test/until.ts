/** Waiting for what comes about by itself: no test sleeps for a time that is long enough today. */

/** Only a test that fails waits for so long: what is waited for comes sooner on the slowest machine. */
const LIMIT_MS = 30_000;
const PERIOD_MS = 10;

/** A condition that throws is not true yet. `seen` tells what there was instead. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what = String(isSo),
  seen = () => '',
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    let cause: unknown;
    try {
      if (await isSo()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${LIMIT_MS / 1000} s: ${what}\n${seen()}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}
