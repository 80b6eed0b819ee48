/** DEBUG RELOAD and LOADAOF: what a restart would make of the data; and AOF-FLUSH-SLEEP. */
import type { Park } from '../../redis/commands/command.ts';
import { errors, type ReplyError } from '../../redis/errors.ts';
import type { NodeCall } from '../call.ts';

const OPTIONS = new Set(['merge', 'noflush', 'nosave']);

/** Saves and loads again. MERGE: keys of the file replace those that are there; NOFLUSH: what is there stays. */
export function reload(call: NodeCall): Park | undefined {
  const { args, node } = call;
  if (node.loading) throw errors.loading();
  const words = args.binaries(2).map((word) => word.toLowerCase());
  if (words.some((word) => !OPTIONS.has(word))) throw errors.reloadOption();
  if (!words.includes('nosave') && !node.persistence.save()) throw errors.saveFailedNow();
  if (!words.includes('noflush')) emptyAll(call);
  return answered(call, errors.reloadFailed, (done) => {
    node.persistence.reading.again(words.includes('merge'), (failure) => {
      if (failure === undefined) node.log('notice', 'DB reloaded by DEBUG RELOAD');
      done(failure);
    });
  });
}

export function loadAppendOnly(call: NodeCall): Park | undefined {
  const { node } = call;
  if (node.loading) throw errors.loading();
  emptyAll(call);
  return answered(call, errors.aofReloadFailed, (done) => {
    node.appendOnly.reload((failure) => {
      if (failure === undefined) {
        node.persistence.dirty = 0;
        node.log('notice', 'Append Only File loaded by DEBUG LOADAOF');
      } else node.log('warning', failure);
      done(failure);
    });
  });
}

/** For seeing that replies wait for the file. */
export function aofFlushSleep({ args, node, reply }: NodeCall): void {
  const microseconds = Number.parseInt(args.binary(2), 10);
  node.appendOnly.flushSleepMs = microseconds > 0 ? microseconds / 1000 : 0;
  reply.ok();
}

function emptyAll({ databases, node }: NodeCall): void {
  node.persistence.functionLibraries = [];
  node.data.clear(databases);
}

/** Small files are in at once; others let the session wait. */
function answered(
  { client, mayPark, reply }: NodeCall,
  error: () => ReplyError,
  load: (done: (failure?: string) => void) => void,
): Park | undefined {
  let parked = false;
  let outcome: { readonly failure: string | undefined } | undefined;
  load((failure) => {
    outcome = { failure };
    if (parked) client.resume((late) => (failure === undefined ? late.ok() : late.error(error())));
  });
  if (outcome !== undefined || !mayPark) {
    if (outcome?.failure !== undefined) throw error();
    reply.ok();
    return undefined;
  }
  parked = true;
  return client.park({ timedOut: (late) => late.ok() });
}
