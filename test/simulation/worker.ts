/** A thread of `run.ts`: does its share, and tells of each seed as it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { runShare, type Share } from './share.ts';

const share: Share = workerData;
for (const outcome of runShare(share)) parentPort?.postMessage(outcome);
