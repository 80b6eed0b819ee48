/** HyperLogLogs: counting distinct elements in 12 KiB, within a percent or so. */
import { errors } from '../errors.ts';
import {
  CorruptHyperLogLog,
  emptyRegisters,
  estimateCardinality,
  HyperLogLog,
} from '../store/hyper-log-log.ts';
import {
  ADMIN,
  type Call,
  type Command,
  command,
  DENYOOM,
  FAST,
  type Handler,
  MAY_REPLICATE,
  READONLY,
  WRITE,
} from './command.ts';
import { type KeySpec, keyAt, keys, NO_KEYS } from './key-spec.ts';

const MERGED: readonly KeySpec[] = [...keyAt(1, 'RW access insert'), ...keys(2, -1, 1, 'RO access')];

export const hyperLogLogs: readonly Command[] = [
  // name, arity, flags, keys, handler
  command('pfadd', -2, WRITE | DENYOOM | FAST, keyAt(1, 'RW insert'), checked(pfadd)),
  command('pfcount', -2, READONLY | MAY_REPLICATE, keys(1, -1, 1, 'RW access'), checked(pfcount)),
  command('pfmerge', -2, WRITE | DENYOOM, MERGED, checked(pfmerge)),
  command('pfdebug', 3, WRITE | DENYOOM | ADMIN, keyAt(2, 'RW access'), checked(pfdebug)),
  command('pfselftest', 1, ADMIN, NO_KEYS, checked(pfselftest)),
];

/** Anybody can SET a string that begins like a HyperLogLog and goes on like nothing. */
function checked(handler: (call: Call) => void): Handler {
  return (call) => {
    try {
      handler(call);
    } catch (error) {
      throw error instanceof CorruptHyperLogLog ? errors.corruptLogLog() : error;
    }
  };
}

/** A copy of the one at key i; undefined when absent. */
function logLogAt({ args, db }: Call, i: number): HyperLogLog | undefined {
  const entry = db.find(args, i);
  if (entry === 0) return undefined;
  const bytes = db.stringBytes(entry);
  if (!HyperLogLog.isOne(bytes)) throw errors.notLogLog();
  return new HyperLogLog(bytes);
}

function store({ args, db }: Call, i: number, { bytes }: HyperLogLog): void {
  db.setStringAt(args, i, bytes, 0, bytes.length, true);
}

/** PFADD key [element ...]: 1 when the estimate may have changed, or the key is new. */
function pfadd(call: Call): void {
  const { args, db } = call;
  const known = logLogAt(call, 1);
  const logLog = known ?? HyperLogLog.empty();
  let changes = known === undefined ? 1 : 0;
  for (let i = 2; i < args.count; i++) {
    if (logLog.add(args.bytes, args.starts[i], args.ends[i], db.limits.sparseLogLogBytes)) changes++;
  }
  if (changes > 0) {
    logLog.forgetCached();
    store(call, 1, logLog);
    call.changed(1, 'pfadd', changes);
  }
  call.reply.integer(changes > 0 ? 1 : 0);
}

/** PFCOUNT key [key ...]: of one key the estimate is kept in the string, which is a change that replicas share. */
function pfcount(call: Call): void {
  const { args, reply } = call;
  if (args.count > 2) {
    const registers = emptyRegisters();
    for (let i = 1; i < args.count; i++) logLogAt(call, i)?.mergeInto(registers);
    reply.integer(estimateCardinality(registers));
    return;
  }
  const logLog = logLogAt(call, 1);
  if (logLog === undefined) {
    reply.integer(0);
    return;
  }
  const { cached } = logLog;
  if (cached !== undefined) {
    reply.integer(cached);
    return;
  }
  reply.integer(logLog.estimate());
  store(call, 1, logLog);
  call.changed(1);
}

/** PFMERGE destination [source ...]: the destination is a source, too; dense if any of them is. */
function pfmerge(call: Call): void {
  const { args, db } = call;
  const registers = emptyRegisters();
  let dense = false;
  for (let i = 1; i < args.count; i++) {
    const source = logLogAt(call, i);
    source?.mergeInto(registers);
    if (source?.dense) dense = true;
  }
  const merged = logLogAt(call, 1) ?? HyperLogLog.empty();
  if (dense) merged.toDense();
  for (const [index, value] of registers.entries()) {
    if (value > 0) merged.raise(index, value, db.limits.sparseLogLogBytes);
  }
  merged.forgetCached();
  store(call, 1, merged);
  call.changed(1, 'pfadd');
  call.reply.ok();
}

/** PFDEBUG GETREG|DECODE|ENCODING|TODENSE key */
function pfdebug(call: Call): void {
  const { args, reply } = call;
  const logLog = logLogAt(call, 2);
  if (logLog === undefined) throw errors.noSuchLogLog();
  if (args.is(1, 'getreg')) {
    makeDense(call, logLog);
    const registers = emptyRegisters();
    logLog.mergeInto(registers);
    reply.array(registers.length);
    for (const value of registers) reply.integer(value);
  } else if (args.is(1, 'decode')) {
    if (logLog.dense) throw errors.logLogNotSparse();
    const runs: string[] = [];
    logLog.eachRun(({ size, length, value }) => {
      const zeros = size === 2 ? `Z:${length}` : `z:${length}`;
      runs.push(value > 0 ? `v:${value},${length}` : zeros);
    });
    reply.binary(runs.join(' '));
  } else if (args.is(1, 'encoding')) {
    reply.simple(logLog.dense ? 'dense' : 'sparse');
  } else if (args.is(1, 'todense')) {
    reply.integer(makeDense(call, logLog) ? 1 : 0);
  } else {
    throw errors.unknownPfdebug(args.binary(1));
  }
}

function makeDense(call: Call, logLog: HyperLogLog): boolean {
  if (logLog.dense) return false;
  logLog.toDense();
  store(call, 2, logLog);
  call.changed(2);
  return true;
}

/** Elements that PFSELFTEST counts: in a tenth of a second. */
const TESTED_ELEMENTS = 100_000;
/** The standard error of 16384 registers, and how many times as much passes for chance. */
const STANDARD_ERROR = 1.04 / Math.sqrt(16384);
const TOLERATED_ERRORS = 6;

/** PFSELFTEST: random elements are counted sparse and dense, which must agree and be near the truth. */
function pfselftest(call: Call): void {
  const { db, random, reply } = call;
  const sparse = HyperLogLog.empty();
  const dense = HyperLogLog.empty();
  dense.toDense();
  const element = random.bytes(16);
  let checkpoint = 1;
  for (let count = 1; count <= TESTED_ELEMENTS; count++) {
    new DataView(element.buffer, element.byteOffset).setUint32(0, count);
    for (const logLog of [sparse, dense]) {
      logLog.add(element, 0, element.length, db.limits.sparseLogLogBytes);
    }
    if (count < checkpoint) continue;
    checkpoint *= 10;
    const estimate = Number(dense.estimate());
    if (estimate !== Number(sparse.estimate())) throw errors.selfTestFailed('dense/sparse disagree');
    // Of a few elements one more may fall into a register that is taken.
    const tolerated = Math.max(1, Math.ceil(TOLERATED_ERRORS * STANDARD_ERROR * count));
    if (Math.abs(estimate - count) > tolerated) {
      throw errors.selfTestFailed(`Too big error. card:${count} abserr:${Math.abs(estimate - count)}`);
    }
  }
  reply.ok();
}
