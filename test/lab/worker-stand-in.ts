/** A worker that behaves as the lab's does at the port, and dies when told to. */
import { parentPort } from 'node:worker_threads';
import { say } from '../../extension/lab/message.ts';
import { snapshotOf } from '../../extension/lab/snapshots.ts';
import type { Message, Request } from '../../extension/lab/worker-protocol.ts';
import { acquireLock } from '../../extension/worlds/file-lock.ts';
import { views } from './node-status.ts';

const tell = (message: Message) => parentPort?.postMessage(message);

parentPort?.on('message', (request: Request) => {
  if (request.order === 'start') {
    // Held until this thread dies.
    acquireLock(`${request.options.folder}/7000/nodes.lock`);
    const view = { state: 'ready', options: request.options, startedInMs: 1, error: undefined } as const;
    tell({ type: 'snapshot', snapshot: snapshotOf({ ...view, nodes: views() }) });
    tell({ type: 'timeline', entries: [{ at: 0, port: undefined, kind: 'lab', ...say('ready') }] });
    tell({ type: 'result', id: request.id, error: undefined });
  } else if (request.order === 'act' && request.action === 'kill') throw new Error('out of luck');
  else if (request.order === 'act')
    tell({ type: 'result', id: request.id, error: say('no {0} today', request.action) });
  else {
    tell({ type: 'result', id: request.id, error: undefined });
    if (request.order === 'dispose') parentPort?.close();
  }
});
