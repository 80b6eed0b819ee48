/** What a lab's worker thread does: an InThreadLab at the end of a message port. */
import { parentPort } from 'node:worker_threads';
import { InThreadLab } from './in-thread-lab.ts';
import { toldBy } from './message.ts';
import type { Message as Told } from './protocol.ts';
import type { Message, Outcome, Request } from './worker-protocol.ts';

/** `serving` is called whenever the lab has been started. */
export function runLabThread(serving: () => void): void {
  if (parentPort === null) throw new Error('This is the lab’s worker thread; it does nothing by itself.');
  const port = parentPort;
  const lab = new InThreadLab();
  const tell = (message: Message) => port.postMessage(message);

  lab.onSnapshot((snapshot) => tell({ type: 'snapshot', snapshot }));
  lab.onTimeline((entries) => tell({ type: 'timeline', entries }));

  port.on('message', async (request: Request) => {
    let error: Told | undefined;
    let outcome: Outcome;
    try {
      outcome = await carryOut(lab, request);
    } catch (thrown) {
      error = toldBy(thrown);
    }
    // What the answer is about must not come after it.
    tell({ type: 'snapshot', snapshot: lab.snapshot });
    tell({ type: 'result', id: request.id, error, outcome });
    if (request.order === 'start' && error === undefined) serving();
    if (request.order === 'dispose') port.close();
  });
}

async function carryOut(lab: InThreadLab, request: Request): Promise<Outcome> {
  switch (request.order) {
    case 'start':
      await lab.start(request.options);
      return undefined;
    case 'act':
      await lab.act(request.port, request.action);
      return undefined;
    case 'disturb':
      await lab.disturb(request.fault);
      return undefined;
    case 'gossip':
      await lab.watchGossip(request.wanted);
      return undefined;
    case 'netSplit':
      return lab.netSplit(request.port);
    case 'stop':
      await lab.stop();
      return undefined;
    case 'dispose':
      await lab.dispose();
      return undefined;
  }
}
