/** Waiting for nodes that are busy with something else for a moment. */
import { messageOf } from '../redis/caught.ts';

/** Who answers so will soon answer otherwise: it loads, runs a script, has not heard of the slot yet. */
const PASSING = /\b(LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|BUSY)\b/;
const RETRY_MS = 50;

/** True after a moment when it is worth trying again: `failures` times it was, one after the other. */
export async function isPassing(error: unknown, failures: number, limitMs: number): Promise<boolean> {
  if (!PASSING.test(messageOf(error)) || failures * RETRY_MS >= limitMs) return false;
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  return true;
}

/** Asks a node until it has time for an answer, or an error of another kind. */
export async function patiently<T>(limitMs: number, ask: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!(await isPassing(error, failures, limitMs))) throw error;
    }
  }
}
