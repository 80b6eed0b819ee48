/**
 * Memory for entries, outside V8's heap: slabs cut into blocks of fixed size classes, each class with a list of freed
 * blocks. An address counts units of 8 bytes; 0 is no block. Nothing is ever moved, and a freed block serves its own
 * class again.
 */
import { Buffer } from 'node:buffer';

/** Slabs have 1 MiB, 2^17 units, so that an address is a slab's number and a place in it. */
const SLAB_SHIFT = 17;
const UNIT_MASK = (1 << SLAB_SHIFT) - 1;
const SLAB_BYTES = 1 << (SLAB_SHIFT + 3);
/** The first slab is small, the next ones double: an empty node costs next to nothing. */
const FIRST_SLAB_BYTES = 16 * 1024;
/** Larger blocks get a slab of their own. At most an eighth of a slab's end is lost to a block that did not fit. */
const LARGEST_SHARED_BYTES = SLAB_BYTES / 8;
/** Addresses are kept in Int32Arrays: 2^14 slabs, 16 GiB of small blocks. */
const MAX_SLABS = 2 ** (31 - SLAB_SHIFT);

/** Up to here a class for every 8 bytes, beyond it eight classes for each doubling (at most 12.5 % are lost). */
const FINE_BYTES = 256;
const FINE_CLASSES = FINE_BYTES / 8;
const FINE_BITS = 8;

/** The size class of a block that holds `size` bytes. */
export function sizeClass(size: number): number {
  if (size <= FINE_BYTES) return (size + 7) >> 3;
  const doubling = 31 - Math.clz32(size - 1);
  const eighth = (size - 1 - (1 << doubling)) >> (doubling - 3);
  return FINE_CLASSES + (doubling - FINE_BITS) * 8 + eighth + 1;
}

/** How many bytes a block of a class holds. */
export function classBytes(sizeClass: number): number {
  if (sizeClass <= FINE_CLASSES) return sizeClass * 8;
  const beyond = sizeClass - FINE_CLASSES - 1;
  const doubling = FINE_BITS + (beyond >> 3);
  return 2 ** doubling + ((beyond & 7) + 1) * 2 ** (doubling - 3);
}

const CLASS_COUNT = sizeClass(2 ** 31 - 1) + 1;
const NO_SLAB = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

export class Arena {
  /** Slab n holds the addresses from n << 17 on; as bytes and as 32-bit words. */
  private slabs: Buffer[] = [];
  private words: Int32Array[] = [];
  /** Numbers of slabs that belonged to large blocks, to be used again. */
  private vacant: number[] = [];
  /** By class: the first freed block; its first word holds the next one. */
  private readonly freed = new Int32Array(CLASS_COUNT);
  /** Where the shared slab being filled goes on, and where it ends; in units. */
  private next = 0;
  private limit = 0;
  private nextSlabBytes = FIRST_SLAB_BYTES;
  /** Bytes of all blocks in use. */
  usedBytes = 0;
  /** Bytes of all slabs. */
  heldBytes = 0;

  /** The slab that holds a block, its bytes from `offset(address)` on. */
  slab(address: number): Buffer {
    return this.slabs[address >>> SLAB_SHIFT];
  }

  /** The same slab as words: the block starts at `offset(address) >> 2`. */
  slabWords(address: number): Int32Array {
    return this.words[address >>> SLAB_SHIFT];
  }

  offset(address: number): number {
    return (address & UNIT_MASK) << 3;
  }

  /** A block for `size` bytes; what it holds is undefined. */
  allocate(size: number): number {
    const kind = sizeClass(size);
    const bytes = classBytes(kind);
    this.usedBytes += bytes;
    const freed = this.freed[kind];
    if (freed !== 0) {
      this.freed[kind] = this.slabWords(freed)[this.offset(freed) >> 2];
      return freed;
    }
    if (bytes > LARGEST_SHARED_BYTES) {
      // Address 0 means no block: the first slab is never one of its own.
      if (this.slabs.length === 0) this.startSharedSlab(8);
      return this.addSlab(bytes) << SLAB_SHIFT;
    }
    const units = bytes >> 3;
    if (this.next + units > this.limit) this.startSharedSlab(bytes);
    const address = this.next;
    this.next += units;
    return address;
  }

  /** Gives back a block that was allocated for `size` bytes. */
  free(address: number, size: number): void {
    const kind = sizeClass(size);
    const bytes = classBytes(kind);
    this.usedBytes -= bytes;
    if (bytes > LARGEST_SHARED_BYTES) {
      this.dropSlab(address >>> SLAB_SHIFT);
      return;
    }
    this.slabWords(address)[this.offset(address) >> 2] = this.freed[kind];
    this.freed[kind] = address;
  }

  clear(): void {
    this.slabs = [];
    this.words = [];
    this.vacant = [];
    this.freed.fill(0);
    this.next = 0;
    this.limit = 0;
    this.nextSlabBytes = FIRST_SLAB_BYTES;
    this.usedBytes = 0;
    this.heldBytes = 0;
  }

  /** A slab into which a block of `wanted` bytes fits, besides the unit that may have to stay unused. */
  private startSharedSlab(wanted: number): void {
    this.recycleRest();
    let bytes = this.nextSlabBytes;
    while (bytes < wanted + 8) bytes *= 2;
    this.nextSlabBytes = Math.min(2 * bytes, SLAB_BYTES);
    const first = this.addSlab(bytes) << SLAB_SHIFT;
    // Address 0 means no block: the very first unit stays unused.
    this.next = Math.max(first, 1);
    this.limit = first + (bytes >> 3);
  }

  /** The rest of a full slab becomes free blocks, the largest that fit first. */
  private recycleRest(): void {
    for (let rest = this.limit - this.next; rest > 0; rest = this.limit - this.next) {
      const fitting = rest <= FINE_CLASSES ? rest : sizeClass(rest * 8 + 1) - 1;
      this.slabWords(this.next)[this.offset(this.next) >> 2] = this.freed[fitting];
      this.freed[fitting] = this.next;
      this.next += classBytes(fitting) >> 3;
    }
  }

  private addSlab(bytes: number): number {
    const number = this.vacant.pop() ?? this.slabs.length;
    if (number >= MAX_SLABS) throw new RangeError('the keyspace is full: 16384 slabs are in use');
    const slab = Buffer.allocUnsafeSlow(bytes);
    this.slabs[number] = slab;
    this.words[number] = new Int32Array(slab.buffer, slab.byteOffset, bytes >> 2);
    this.heldBytes += bytes;
    return number;
  }

  private dropSlab(number: number): void {
    this.heldBytes -= this.slabs[number].length;
    this.slabs[number] = NO_SLAB;
    this.words[number] = NO_WORDS;
    this.vacant.push(number);
  }
}
