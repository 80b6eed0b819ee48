/**
 * A HyperLogLog in the bytes of a string, exactly as Redis lays it out: a header of 16 bytes (`HYLL`, the encoding, a
 * cached cardinality), then 16384 registers, either dense (6 bits each, lowest bits first) or sparse, as run lengths:
 *
 *     00xxxxxx            1 … 64 registers are 0
 *     01xxxxxx yyyyyyyy   1 … 16384 registers are 0
 *     1vvvvvxx            1 … 4 registers are 1 … 32
 */
import type { Hash64 } from '../murmur-hash.ts';
import { murmurHash64 } from '../murmur-hash.ts';

/** 14 bits of the hash choose the register, the other 50 give its value. */
const REGISTER_BITS = 14;
const REGISTERS = 1 << REGISTER_BITS;
const VALUE_BITS = 64 - REGISTER_BITS;
const SEED = 0xadc83b19;

const HEADER = 16;
const ENCODING_AT = 4;
const CARDINALITY_AT = 8;
/** The highest bit of the cached cardinality says that it is out of date. */
const STALE_AT = 15;
const STALE = 0x80;
const DENSE = 0;
const SPARSE = 1;
const DENSE_SIZE = HEADER + (REGISTERS * 6) / 8;

const ZERO_RUN_MAX = 64;
const VALUE_RUN_MAX = 4;
const SPARSE_VALUE_MAX = 32;
/** Opcodes looked at for neighbours to merge after a change. */
const MERGE_SCAN = 5;

/** The sparse form is broken: its runs do not make 16384 registers. */
export class CorruptHyperLogLog extends Error {}

/** A run of equal registers, as one opcode has it. */
interface Run {
  /** Bytes of the opcode. */
  readonly size: 1 | 2;
  readonly length: number;
  readonly value: number;
}

export class HyperLogLog {
  /** The string. Replaced when it grows or becomes dense. */
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  static empty(): HyperLogLog {
    const zeros = zeroRun(REGISTERS);
    const bytes = new Uint8Array(HEADER + zeros.length);
    bytes.set([0x48, 0x59, 0x4c, 0x4c, SPARSE]);
    bytes.set(zeros, HEADER);
    return new HyperLogLog(bytes);
  }

  /** Whether the string could be one: magic, known encoding, size. */
  static isOne(bytes: Uint8Array): boolean {
    const magic = bytes[0] === 0x48 && bytes[1] === 0x59 && bytes[2] === 0x4c && bytes[3] === 0x4c;
    if (bytes.length < HEADER || !magic || bytes[ENCODING_AT] > SPARSE) return false;
    return bytes[ENCODING_AT] === SPARSE || bytes.length === DENSE_SIZE;
  }

  get dense(): boolean {
    return this.bytes[ENCODING_AT] === DENSE;
  }

  /** Adds the element `source[start, end)`; true when that changed a register. `sparseMax`: hll-sparse-max-bytes. */
  add(source: Uint8Array, start: number, end: number, sparseMax: number): boolean {
    murmurHash64(source, start, end, SEED, hash);
    const index = hash.low & (REGISTERS - 1);
    // The position of the lowest set bit of the upper 50 bits, from 1; 51 when there is none.
    const low = (hash.low >>> REGISTER_BITS) | (hash.high << (32 - REGISTER_BITS));
    const high = hash.high >>> REGISTER_BITS;
    let value = VALUE_BITS + 1;
    if (low !== 0) value = lowestBit(low) + 1;
    else if (high !== 0) value = 32 + lowestBit(high) + 1;
    return this.raise(index, value, sparseMax);
  }

  /** Sets a register to `value` if it is smaller; true when it was. */
  raise(index: number, value: number, sparseMax: number): boolean {
    if (!this.dense) {
      if (value <= SPARSE_VALUE_MAX) {
        const raised = this.#raiseSparse(index, value, sparseMax);
        if (raised !== 'full') return raised;
      }
      this.toDense();
    }
    if (denseRegister(this.bytes, index) >= value) return false;
    setDenseRegister(this.bytes, index, value);
    return true;
  }

  /** Raises `registers` (16384 bytes) to this one's. */
  mergeInto(registers: Uint8Array): void {
    if (this.dense) {
      for (let i = 0; i < REGISTERS; i++) {
        const value = denseRegister(this.bytes, i);
        if (value > registers[i]) registers[i] = value;
      }
      return;
    }
    let index = 0;
    this.eachRun(({ length, value }) => {
      if (index + length > REGISTERS) throw new CorruptHyperLogLog();
      if (value > 0) {
        for (let i = index; i < index + length; i++) if (value > registers[i]) registers[i] = value;
      }
      index += length;
    });
    if (index !== REGISTERS) throw new CorruptHyperLogLog();
  }

  /** Visits the runs of the sparse form. */
  eachRun(visit: (run: Run) => void): void {
    for (let at = HEADER; at < this.bytes.length; ) {
      const run = runAt(this.bytes, at);
      visit(run);
      at += run.size;
    }
  }

  toDense(): void {
    if (this.dense) return;
    const registers = new Uint8Array(REGISTERS);
    this.mergeInto(registers);
    const dense = new Uint8Array(DENSE_SIZE);
    dense.set(this.bytes.subarray(0, HEADER));
    dense[ENCODING_AT] = DENSE;
    for (let i = 0; i < REGISTERS; i++) if (registers[i] > 0) setDenseRegister(dense, i, registers[i]);
    this.bytes = dense;
  }

  /** The cardinality as last computed; undefined when registers have changed since. */
  get cached(): bigint | undefined {
    if ((this.bytes[STALE_AT] & STALE) !== 0) return undefined;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset).getBigUint64(CARDINALITY_AT, true);
  }

  forgetCached(): void {
    this.bytes[STALE_AT] |= STALE;
  }

  /** Estimates the cardinality and keeps it. */
  estimate(): bigint {
    const registers = new Uint8Array(REGISTERS);
    this.mergeInto(registers);
    const cardinality = estimateCardinality(registers);
    new DataView(this.bytes.buffer, this.bytes.byteOffset).setBigUint64(CARDINALITY_AT, cardinality, true);
    return cardinality;
  }

  /** 'full' when the result would not fit, or exceed `sparseMax`. */
  #raiseSparse(index: number, value: number, sparseMax: number): boolean | 'full' {
    const { bytes } = this;
    let at = HEADER;
    let first = 0;
    let previous = HEADER;
    let run = runAt(bytes, at);
    while (first + run.length <= index) {
      first += run.length;
      previous = at;
      at += run.size;
      if (at >= bytes.length) throw new CorruptHyperLogLog();
      run = runAt(bytes, at);
    }
    if (run.value >= value) return false;
    if (run.length === 1 && run.size === 1) {
      bytes[at] = valueOpcode(value, 1);
    } else {
      const before = run.value === 0 ? zeroRun(index - first) : valueRun(run.value, index - first);
      const left = first + run.length - 1 - index;
      const behind = run.value === 0 ? zeroRun(left) : valueRun(run.value, left);
      const sequence = [...before, valueOpcode(value, 1), ...behind];
      const growth = sequence.length - run.size;
      if (growth > 0 && bytes.length + growth > sparseMax) return 'full';
      this.#replace(at, run.size, sequence);
    }
    this.#mergeNeighbours(previous);
    this.forgetCached();
    return true;
  }

  #replace(at: number, size: number, sequence: readonly number[]): void {
    const { bytes } = this;
    const replaced = new Uint8Array(bytes.length - size + sequence.length);
    replaced.set(bytes.subarray(0, at));
    replaced.set(sequence, at);
    replaced.set(bytes.subarray(at + size), at + sequence.length);
    this.bytes = replaced;
  }

  /** Joins runs of equal values that a change has made neighbours, looking at the few opcodes from `at` on. */
  #mergeNeighbours(at: number): void {
    for (let looked = 0; looked < MERGE_SCAN && at < this.bytes.length; looked++) {
      const run = runAt(this.bytes, at);
      const next = at + run.size;
      const neighbour = run.value > 0 && next < this.bytes.length ? runAt(this.bytes, next) : undefined;
      const length = run.length + (neighbour?.length ?? 0);
      if (neighbour?.value === run.value && length <= VALUE_RUN_MAX) {
        this.#replace(at, 2, [valueOpcode(run.value, length)]);
      } else {
        at += run.size;
      }
    }
  }
}

const hash: Hash64 = { high: 0, low: 0 };

function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}

function runAt(bytes: Uint8Array, at: number): Run {
  const opcode = bytes[at];
  if ((opcode & 0x80) !== 0) {
    return { size: 1, length: (opcode & 0x3) + 1, value: ((opcode >> 2) & 0x1f) + 1 };
  }
  if ((opcode & 0x40) === 0) return { size: 1, length: (opcode & 0x3f) + 1, value: 0 };
  if (at + 1 >= bytes.length) throw new CorruptHyperLogLog();
  return { size: 2, length: (((opcode & 0x3f) << 8) | bytes[at + 1]) + 1, value: 0 };
}

function zeroRun(length: number): number[] {
  if (length === 0) return [];
  if (length <= ZERO_RUN_MAX) return [length - 1];
  return [0x40 | ((length - 1) >> 8), (length - 1) & 0xff];
}

function valueRun(value: number, length: number): number[] {
  return length === 0 ? [] : [valueOpcode(value, length)];
}

function valueOpcode(value: number, length: number): number {
  return 0x80 | ((value - 1) << 2) | (length - 1);
}

function denseRegister(bytes: Uint8Array, index: number): number {
  const at = HEADER + ((index * 6) >> 3);
  const shift = (index * 6) & 7;
  // The last register ends with the last byte: what is read behind it is shifted out.
  return ((bytes[at] >> shift) | ((bytes[at + 1] ?? 0) << (8 - shift))) & 0x3f;
}

function setDenseRegister(bytes: Uint8Array, index: number, value: number): void {
  const at = HEADER + ((index * 6) >> 3);
  const shift = (index * 6) & 7;
  bytes[at] = (bytes[at] & ~(0x3f << shift)) | (value << shift);
  if (shift > 2) bytes[at + 1] = (bytes[at + 1] & ~(0x3f >> (8 - shift))) | (value >> (8 - shift));
}

/** 1 / (2 ln 2), the estimator's constant for infinitely many registers. */
const ALPHA = 0.7213475204444817;

/**
 * The improved raw estimator of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
 * (arXiv:1702.01284), from how many registers have each value.
 */
export function estimateCardinality(registers: Uint8Array): bigint {
  const histogram = new Uint32Array(64);
  for (let i = 0; i < REGISTERS; i++) histogram[registers[i]]++;
  let z = REGISTERS * tau((REGISTERS - histogram[VALUE_BITS + 1]) / REGISTERS);
  for (let value = VALUE_BITS; value >= 1; value--) z = (z + histogram[value]) * 0.5;
  z += REGISTERS * sigma(histogram[0] / REGISTERS);
  return BigInt(Math.round((ALPHA * REGISTERS * REGISTERS) / z));
}

export const emptyRegisters = (): Uint8Array => new Uint8Array(REGISTERS);

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let x = start;
  let y = 1;
  let z = start;
  for (;;) {
    x *= x;
    const before = z;
    z += x * y;
    y += y;
    if (z === before) return z;
  }
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - start;
  for (;;) {
    x = Math.sqrt(x);
    const before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
    if (z === before) return z / 3;
  }
}
