/**
 * The payload of DUMP, RESTORE and MIGRATE: type, value, RDB version (u16), CRC-64 of all that stands before it, both
 * little-endian.
 */
import { Buffer } from 'node:buffer';
import type { Binary } from '../../bytes.ts';
import type { EncodingLimits } from '../encoding-limits.ts';
import type { Collection } from '../keyspace.ts';
import { Crc64 } from './crc64.ts';
import { RDB_VERSION_READ, RDB_VERSION_WRITTEN, RdbError, RdbOpcode } from './format.ts';
import { RdbReader } from './reader.ts';
import { ValueReader } from './value-reader.ts';
import { typeOf, writeValue } from './value-writer.ts';
import { RdbWriter } from './writer.ts';

/** Version and checksum. */
const FOOTER_BYTES = 10;

export function dumpPayload(value: Uint8Array | Collection, compress: boolean): Uint8Array {
  const writer = new RdbWriter(compress);
  writer.byte(typeOf(value));
  writeValue(writer, value);
  return sealed(writer);
}

/** How many bytes of an RDB the value takes, without its type. */
export function serializedLength(value: Uint8Array | Collection, compress: boolean): number {
  const writer = new RdbWriter(compress);
  writeValue(writer, value);
  return writer.size;
}

function sealed(writer: RdbWriter): Uint8Array {
  writer.byte(RDB_VERSION_WRITTEN & 255);
  writer.byte(RDB_VERSION_WRITTEN >> 8);
  const body = writer.take();
  const crc = new Crc64();
  crc.update(body);
  return Buffer.concat([body, crc.digest()]);
}

/** FUNCTION DUMP: the sources of libraries, as an RDB file holds them. */
export function dumpLibraries(sources: readonly Binary[], compress: boolean): Uint8Array {
  const writer = new RdbWriter(compress);
  for (const source of sources) {
    writer.byte(RdbOpcode.function);
    writer.binary(source);
  }
  return sealed(writer);
}

/** The sources of a payload for which `isDumpPayload` holds; `other`: it holds something else; undefined: broken. */
export function restoreLibraries(bytes: Uint8Array): Binary[] | 'other' | undefined {
  const reader = new RdbReader(bytes, 0, bytes.length - FOOTER_BYTES);
  const sources: Binary[] = [];
  try {
    while (!reader.atEnd) {
      if (reader.byte() !== RdbOpcode.function) return 'other';
      sources.push(reader.binary());
    }
    return sources;
  } catch (error) {
    if (error instanceof RdbError) return undefined;
    throw error;
  }
}

/** True when the version is one we can read and the checksum is right, if anybody asks. */
export function isDumpPayload(bytes: Uint8Array, verify = true): boolean {
  if (bytes.length < FOOTER_BYTES) return false;
  const footer = bytes.length - FOOTER_BYTES;
  if ((bytes[footer] | (bytes[footer + 1] << 8)) > RDB_VERSION_READ) return false;
  if (!verify) return true;
  const crc = new Crc64();
  crc.update(bytes, 0, footer + 2);
  return Buffer.compare(bytes.subarray(footer + 2), crc.digest()) === 0;
}

/**
 * The value of a payload for which `isDumpPayload` holds; undefined when it is not a (whole, non-empty) value, and
 * `refused` hears why.
 */
export function restoreValue(
  bytes: Uint8Array,
  limits: EncodingLimits,
  refused: (why: string) => void = () => {},
): Uint8Array | Collection | undefined {
  const reader = new RdbReader(bytes, 0, bytes.length - FOOTER_BYTES);
  try {
    const value = new ValueReader(reader.byte(), limits).read(reader);
    if (value !== undefined && reader.atEnd) return value;
    refused(value === undefined ? 'The value is empty' : 'Bytes are left behind the value');
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    refused(error.message);
  }
  return undefined;
}
