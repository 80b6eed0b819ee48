/** A thread of `run.ts`: does its share, and tells of each seed as it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { runShare, type Share } from './share.ts';

// Errors are answers here, by the thousand: to remember where each came from would cost 5 % of the time. A replay does.
Error.stackTraceLimit = 0;
const share: Share = workerData;
for (const outcome of runShare(share)) parentPort?.postMessage(outcome);
