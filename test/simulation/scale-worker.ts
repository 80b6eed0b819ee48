/** A thread of `run.ts` with a heap of its own size: measures one cluster. */
import { parentPort, workerData } from 'node:worker_threads';
import { measureScale } from './scale.ts';

Error.stackTraceLimit = 0;
const nodes: number = workerData;
measureScale(nodes, (line) => parentPort?.postMessage(line));
