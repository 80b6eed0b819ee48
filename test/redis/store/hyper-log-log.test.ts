import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { CorruptHyperLogLog, HyperLogLog } from '../../../extension/redis/store/hyper-log-log.ts';

const SPARSE_MAX = 3000;

function add(logLog: HyperLogLog, element: string): boolean {
  const bytes = Buffer.from(element);
  return logLog.add(bytes, 0, bytes.length, SPARSE_MAX);
}

describe('a HyperLogLog', () => {
  it('estimates within the error of 16384 registers', () => {
    const logLog = HyperLogLog.empty();
    assert.equal(logLog.estimate(), 0n);
    let added = 0;
    for (const size of [1, 10, 100, 1000, 10_000, 100_000]) {
      for (; added < size; added++) add(logLog, `element:${added}`);
      // The standard error is 1.04 / sqrt(16384) = 0.8 %.
      const error = Math.abs(Number(logLog.estimate()) - size) / size;
      assert.ok(error < 3 * 0.0082, `${size}: ${error}`);
    }
    assert.equal(logLog.dense, true);
    assert.equal(logLog.bytes.length, 12_304);
  });

  it('is small while it is sparse', () => {
    const logLog = HyperLogLog.empty();
    assert.equal(logLog.bytes.length, 18);
    for (let i = 0; i < 100; i++) add(logLog, `element:${i}`);
    assert.equal(logLog.dense, false);
    assert.ok(logLog.bytes.length < 18 + 3 * 100);
  });

  it('says whether an element told it anything', () => {
    const logLog = HyperLogLog.empty();
    assert.equal(add(logLog, 'a'), true);
    assert.equal(add(logLog, 'a'), false);
    logLog.toDense();
    assert.equal(add(logLog, 'a'), false);
    assert.equal(add(logLog, 'b'), true);
  });

  it('keeps its estimate until a register changes', () => {
    const logLog = HyperLogLog.empty();
    add(logLog, 'a');
    assert.equal(logLog.cached, undefined);
    assert.equal(logLog.estimate(), 1n);
    assert.equal(logLog.cached, 1n);
    add(logLog, 'b');
    assert.equal(logLog.cached, undefined);
  });

  it('has the same registers dense and sparse', () => {
    const sparse = HyperLogLog.empty();
    const dense = HyperLogLog.empty();
    dense.toDense();
    for (let i = 0; i < 500; i++) for (const logLog of [sparse, dense]) add(logLog, `element:${i}`);
    assert.deepEqual([sparse.dense, dense.dense], [false, true]);
    const [a, b] = [new Uint8Array(16_384), new Uint8Array(16_384)];
    sparse.mergeInto(a);
    dense.mergeInto(b);
    assert.deepEqual(a, b);
  });

  it('refuses broken runs', () => {
    const short = HyperLogLog.empty();
    short.bytes[17] = 0;
    assert.throws(() => short.estimate(), CorruptHyperLogLog);
    const cut = new HyperLogLog(HyperLogLog.empty().bytes.slice(0, 17));
    assert.throws(() => cut.toDense(), CorruptHyperLogLog);
    assert.throws(() => add(cut, 'a'), CorruptHyperLogLog);
    assert.equal(HyperLogLog.isOne(Buffer.from('HYLL')), false);
    assert.equal(HyperLogLog.isOne(Buffer.from('HYLL\x00'.padEnd(16, '\x00'))), false);
    assert.equal(HyperLogLog.isOne(Buffer.from('HYLL\x02'.padEnd(16, '\x00'))), false);
  });
});
