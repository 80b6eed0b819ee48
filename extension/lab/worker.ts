/** A lab's worker thread: the bundle of what it does comes compiled, where an earlier run has kept that. */
import { enableCompileCache } from 'node:module';
import { keepCompiled } from './code-cache.ts';

// Of this thread only. Not in Node 20.
enableCompileCache?.();
// The thread's parent hears of a failure.
void import('./whole-lab.ts').then(({ runLabThread }) => runLabThread(keepCompiled));
