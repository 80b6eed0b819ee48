/**
 * Bus messages to bytes and back. A message is a header of 2,256 bytes and a body by its type; pings end in gossip
 * entries and extensions. The total length stands in the header and must be exactly what type and counts add up to.
 */
import { Buffer } from 'node:buffer';
import { ID_LENGTH } from './constants.ts';
import type { FramePool } from './frame-pool.ts';
import { readAddress, readId } from './interned-texts.ts';
import {
  type Body,
  type Extensions,
  type GossipEntry,
  type Header,
  MESSAGE_TYPES,
  type Message,
  type MessageType,
  type NodeId,
  type PingBody,
} from './message.ts';
import { BITMAP_SIZE } from './slot-bitmap.ts';

export const HEADER_SIZE = 2256;
/** Signature and total length: what must be there before anything is known. */
export const PREFIX_SIZE = 8;
const SIGNATURE = 0x52_43_6d_62; // RCmb
const VERSION = 1;
const GOSSIP_SIZE = 104;
export const IP_SIZE = 46;

// Where the header's fields are.
const AT = {
  length: 4,
  version: 8,
  port: 10,
  type: 12,
  count: 14,
  currentEpoch: 16,
  configEpoch: 24,
  offset: 32,
  sender: 40,
  slots: 80,
  primary: 2128,
  ip: 2168,
  extensions: 2214,
  tlsPort: 2246,
  busPort: 2248,
  flags: 2250,
  state: 2252,
  messageFlags: 2253,
} as const;

// Where the fields of a gossip entry are, from its beginning; its id comes first, and two spare bytes last.
const IN_GOSSIP = {
  pingSent: 40,
  pongReceived: 44,
  ip: 48,
  port: 94,
  busPort: 96,
  flags: 98,
  tlsPort: 100,
} as const;

// Flags of the message, as opposed to those of the node.
const PAUSED = 1;
const FORCE_ACK = 2;
const HAS_EXTENSIONS = 4;

const EXTENSION_HEADER = 8;
const EXTENSION = { hostname: 0, nodename: 1, forgotten: 2, shardId: 3 } as const;
const FORGOTTEN_SIZE = EXTENSION_HEADER + ID_LENGTH + 8;
const SHARD_ID_SIZE = EXTENSION_HEADER + ID_LENGTH;

/**
 * The bytes of one message. Numbers go by way of the view: a Buffer's own methods check each of them, by code that is three
 * functions deep, and a message has dozens.
 */
interface Frame {
  readonly bytes: Buffer;
  readonly numbers: DataView;
}

function frameOf(bytes: Buffer): Frame {
  return { bytes, numbers: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** Why bytes are no message. `silent`: nothing to warn about (another bus version). */
export interface Refusal {
  readonly refused: string;
  readonly silent: boolean;
}

/** Total length of the message that begins with these 8 bytes; undefined when they are no message's. */
export function messageLength(bytes: Uint8Array, start: number): number | undefined {
  const prefix = new DataView(bytes.buffer, bytes.byteOffset + start, PREFIX_SIZE);
  const length = prefix.getUint32(4);
  return prefix.getUint32(0) === SIGNATURE && length >= HEADER_SIZE ? length : undefined;
}

/** The type of a message that stands whole at `start`, for statistics; undefined for one of a later version. */
export function messageType(bytes: Uint8Array, start: number): MessageType | undefined {
  return MESSAGE_TYPES[(bytes[start + AT.type] << 8) | bytes[start + AT.type + 1]];
}

/** Reads the message `bytes[start, end)`. Bitmaps, channels and payloads of the result are views into `bytes`. */
export function decodeMessage(bytes: Uint8Array, start: number, end: number): Message | Refusal {
  const frame = frameOf(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
  if (frame.numbers.getUint16(AT.version) !== VERSION)
    return { refused: 'another bus version', silent: true };
  const number = frame.numbers.getUint16(AT.type);
  const type = MESSAGE_TYPES[number];
  if (type === undefined) return { refused: `Received unknown packet type: ${number}`, silent: false };
  const expected = expectedLength(frame, type);
  if (typeof expected === 'string') return { refused: expected, silent: false };
  if (expected !== end - start) {
    return {
      refused: `Received invalid ${type} packet of length ${end - start} but expected length ${expected}`,
      silent: false,
    };
  }
  const header = readHeader(frame);
  if (!Number.isSafeInteger(header.currentEpoch) || !Number.isSafeInteger(header.configEpoch)) {
    return { refused: `Received invalid ${type} packet with an epoch beyond 2^53`, silent: false };
  }
  return { header, body: readBody(frame, type) };
}

/** What type and counts say the length must be; a text when the counts themselves lead beyond the end. */
function expectedLength(frame: Frame, type: MessageType): number | string {
  switch (type) {
    case 'ping':
    case 'pong':
    case 'meet':
      return pingLength(frame, type);
    case 'fail':
      return HEADER_SIZE + ID_LENGTH;
    case 'publish':
    case 'publishshard':
      if (frame.bytes.length < HEADER_SIZE + 8) return HEADER_SIZE + 8;
      return (
        HEADER_SIZE + 8 + frame.numbers.getUint32(HEADER_SIZE) + frame.numbers.getUint32(HEADER_SIZE + 4)
      );
    case 'auth-req':
    case 'auth-ack':
    case 'mfstart':
      return HEADER_SIZE;
    case 'update':
      return HEADER_SIZE + 8 + ID_LENGTH + BITMAP_SIZE;
    case 'module':
      if (frame.bytes.length < HEADER_SIZE + 13) return HEADER_SIZE + 13;
      return HEADER_SIZE + 13 + frame.numbers.getUint32(HEADER_SIZE + 8);
  }
}

function pingLength(frame: Frame, type: MessageType): number | string {
  let length = HEADER_SIZE + GOSSIP_SIZE * frame.numbers.getUint16(AT.count);
  if (!(frame.bytes[AT.messageFlags] & HAS_EXTENSIONS)) return length;
  for (let left = frame.numbers.getUint16(AT.extensions); left > 0; left--) {
    const room = frame.bytes.length - length;
    const size = room >= EXTENSION_HEADER ? frame.numbers.getUint32(length) : EXTENSION_HEADER;
    if (size % 8 !== 0) return `Received a ${type} packet without proper padding (${size} bytes)`;
    if (size < EXTENSION_HEADER || size > room) {
      return `Received invalid ${type} packet with extension data that exceeds total packet length (${frame.bytes.length})`;
    }
    length += size;
  }
  return length;
}

function readHeader(frame: Frame): Header {
  const messageFlags = frame.bytes[AT.messageFlags];
  return {
    sender: readId(frame.bytes, frame.numbers, AT.sender),
    currentEpoch: readU64(frame, AT.currentEpoch),
    configEpoch: readU64(frame, AT.configEpoch),
    replicationOffset: readU64(frame, AT.offset),
    slots: frame.bytes.subarray(AT.slots, AT.slots + BITMAP_SIZE),
    primaryId: frame.bytes[AT.primary] === 0 ? undefined : readId(frame.bytes, frame.numbers, AT.primary),
    announcedIp: readAddress(frame.bytes, AT.ip),
    port: frame.numbers.getUint16(AT.port),
    tlsPort: frame.numbers.getUint16(AT.tlsPort),
    busPort: frame.numbers.getUint16(AT.busPort),
    flags: frame.numbers.getUint16(AT.flags),
    clusterOk: frame.bytes[AT.state] === 0,
    paused: (messageFlags & PAUSED) !== 0,
    forceAck: (messageFlags & FORCE_ACK) !== 0,
    hasExtensions: (messageFlags & HAS_EXTENSIONS) !== 0,
  };
}

function readBody(frame: Frame, type: MessageType): Body {
  const at = HEADER_SIZE;
  switch (type) {
    case 'ping':
    case 'pong':
    case 'meet':
      return { type, gossip: readGossip(frame), extensions: readExtensions(frame) };
    case 'fail':
      return { type, about: readText(frame, at, ID_LENGTH) };
    case 'publish':
    case 'publishshard': {
      const split = at + 8 + frame.numbers.getUint32(at);
      return { type, channel: frame.bytes.subarray(at + 8, split), message: frame.bytes.subarray(split) };
    }
    case 'auth-req':
    case 'auth-ack':
    case 'mfstart':
      return { type };
    case 'update':
      return {
        type,
        configEpoch: readU64(frame, at),
        about: readText(frame, at + 8, ID_LENGTH),
        slots: frame.bytes.subarray(at + 8 + ID_LENGTH),
      };
    case 'module':
      return {
        type,
        moduleId: frame.numbers.getBigUint64(at, true),
        kind: frame.bytes[at + 12],
        payload: frame.bytes.subarray(at + 13),
      };
  }
}

function readGossip(frame: Frame): GossipEntry[] {
  const entries: GossipEntry[] = [];
  const end = HEADER_SIZE + GOSSIP_SIZE * frame.numbers.getUint16(AT.count);
  for (let at = HEADER_SIZE; at < end; at += GOSSIP_SIZE) {
    entries.push({
      id: readId(frame.bytes, frame.numbers, at),
      pingSent: frame.numbers.getUint32(at + IN_GOSSIP.pingSent),
      pongReceived: frame.numbers.getUint32(at + IN_GOSSIP.pongReceived),
      ip: readAddress(frame.bytes, at + IN_GOSSIP.ip),
      port: frame.numbers.getUint16(at + IN_GOSSIP.port),
      busPort: frame.numbers.getUint16(at + IN_GOSSIP.busPort),
      flags: frame.numbers.getUint16(at + IN_GOSSIP.flags),
      tlsPort: frame.numbers.getUint16(at + IN_GOSSIP.tlsPort),
    });
  }
  return entries;
}

function readExtensions(frame: Frame): Extensions {
  if (!(frame.bytes[AT.messageFlags] & HAS_EXTENSIONS)) return {};
  const found: { hostname?: string; nodename?: string; shardId?: NodeId } = {};
  const forgotten: { id: NodeId; seconds: number }[] = [];
  const unknown: number[] = [];
  let at = HEADER_SIZE + GOSSIP_SIZE * frame.numbers.getUint16(AT.count);
  for (let left = frame.numbers.getUint16(AT.extensions); left > 0; left--) {
    const size = frame.numbers.getUint32(at);
    const type = frame.numbers.getUint16(at + 4);
    const data = at + EXTENSION_HEADER;
    const room = size - EXTENSION_HEADER;
    if (type === EXTENSION.hostname) found.hostname = readText(frame, data, room);
    else if (type === EXTENSION.nodename) found.nodename = readText(frame, data, room);
    else if (type === EXTENSION.forgotten && size === FORGOTTEN_SIZE) {
      forgotten.push({ id: readText(frame, data, ID_LENGTH), seconds: readU64(frame, data + ID_LENGTH) });
    } else if (type === EXTENSION.shardId && size === SHARD_ID_SIZE) {
      found.shardId = readId(frame.bytes, frame.numbers, data);
    } else unknown.push(type);
    at += size;
  }
  return { ...found, forgotten, unknown };
}

/** The message as it goes over the wire; in `pool`, or in an array of its own. */
export function encodeMessage(header: Header, body: Body, pool?: FramePool): Buffer {
  const length = encodedLength(body);
  const frame = frameOf(pool === undefined ? Buffer.alloc(length) : pool.take(length).fill(0));
  frame.numbers.setUint32(0, SIGNATURE);
  frame.numbers.setUint32(AT.length, frame.bytes.length);
  frame.numbers.setUint16(AT.version, VERSION);
  frame.numbers.setUint16(AT.type, MESSAGE_TYPES.indexOf(body.type));
  writeHeader(frame, header);
  writeBody(frame, body);
  return frame.bytes;
}

function encodedLength(body: Body): number {
  switch (body.type) {
    case 'ping':
    case 'pong':
    case 'meet':
      return HEADER_SIZE + GOSSIP_SIZE * body.gossip.length + extensionsLength(body.extensions);
    case 'fail':
      return HEADER_SIZE + ID_LENGTH;
    case 'publish':
    case 'publishshard':
      return HEADER_SIZE + 8 + body.channel.length + body.message.length;
    case 'auth-req':
    case 'auth-ack':
    case 'mfstart':
      return HEADER_SIZE;
    case 'update':
      return HEADER_SIZE + 8 + ID_LENGTH + BITMAP_SIZE;
    case 'module':
      return HEADER_SIZE + 13 + body.payload.length;
  }
}

function extensionsLength(extensions: Extensions): number {
  return (
    (extensions.hostname ? textExtensionSize(extensions.hostname) : 0) +
    (extensions.nodename ? textExtensionSize(extensions.nodename) : 0) +
    (extensions.forgotten?.length ?? 0) * FORGOTTEN_SIZE +
    (extensions.shardId ? SHARD_ID_SIZE : 0)
  );
}

/** Text, its closing NUL, and padding to a multiple of eight. */
function textExtensionSize(text: string): number {
  return EXTENSION_HEADER + Math.ceil((text.length + 1) / 8) * 8;
}

function writeHeader(frame: Frame, header: Header): void {
  frame.numbers.setUint16(AT.port, header.port);
  writeU64(frame, header.currentEpoch, AT.currentEpoch);
  writeU64(frame, header.configEpoch, AT.configEpoch);
  writeU64(frame, header.replicationOffset, AT.offset);
  frame.bytes.write(header.sender, AT.sender, ID_LENGTH, 'latin1');
  frame.bytes.set(header.slots, AT.slots);
  if (header.primaryId !== undefined) frame.bytes.write(header.primaryId, AT.primary, ID_LENGTH, 'latin1');
  // One byte less than there is room for: readers rely on a closing NUL.
  if (header.announcedIp !== '') frame.bytes.write(header.announcedIp, AT.ip, IP_SIZE - 1, 'latin1');
  frame.numbers.setUint16(AT.tlsPort, header.tlsPort);
  frame.numbers.setUint16(AT.busPort, header.busPort);
  frame.numbers.setUint16(AT.flags, header.flags);
  frame.bytes[AT.state] = header.clusterOk ? 0 : 1;
  frame.bytes[AT.messageFlags] =
    (header.paused ? PAUSED : 0) |
    (header.forceAck ? FORCE_ACK : 0) |
    (header.hasExtensions ? HAS_EXTENSIONS : 0);
}

function writeBody(frame: Frame, body: Body): void {
  const at = HEADER_SIZE;
  switch (body.type) {
    case 'ping':
    case 'pong':
    case 'meet':
      writePing(frame, body);
      break;
    case 'fail':
      frame.bytes.write(body.about, at, ID_LENGTH, 'latin1');
      break;
    case 'publish':
    case 'publishshard':
      frame.numbers.setUint32(at, body.channel.length);
      frame.numbers.setUint32(at + 4, body.message.length);
      frame.bytes.set(body.channel, at + 8);
      frame.bytes.set(body.message, at + 8 + body.channel.length);
      break;
    case 'update':
      writeU64(frame, body.configEpoch, at);
      frame.bytes.write(body.about, at + 8, ID_LENGTH, 'latin1');
      frame.bytes.set(body.slots, at + 8 + ID_LENGTH);
      break;
    case 'module':
      frame.numbers.setBigUint64(at, body.moduleId, true);
      frame.numbers.setUint32(at + 8, body.payload.length);
      frame.bytes[at + 12] = body.kind;
      frame.bytes.set(body.payload, at + 13);
      break;
  }
}

function writePing(frame: Frame, body: PingBody): void {
  frame.numbers.setUint16(AT.count, body.gossip.length);
  let at = HEADER_SIZE;
  for (const entry of body.gossip) {
    frame.bytes.write(entry.id, at, ID_LENGTH, 'latin1');
    frame.numbers.setUint32(at + IN_GOSSIP.pingSent, entry.pingSent);
    frame.numbers.setUint32(at + IN_GOSSIP.pongReceived, entry.pongReceived);
    frame.bytes.write(entry.ip, at + IN_GOSSIP.ip, IP_SIZE - 1, 'latin1');
    frame.numbers.setUint16(at + IN_GOSSIP.port, entry.port);
    frame.numbers.setUint16(at + IN_GOSSIP.busPort, entry.busPort);
    frame.numbers.setUint16(at + IN_GOSSIP.flags, entry.flags);
    frame.numbers.setUint16(at + IN_GOSSIP.tlsPort, entry.tlsPort);
    at += GOSSIP_SIZE;
  }
  writeExtensions(frame, body.extensions, at);
}

function writeExtensions(frame: Frame, extensions: Extensions, start: number): void {
  let at = start;
  let count = 0;
  const open = (type: number, size: number): number => {
    frame.numbers.setUint32(at, size);
    frame.numbers.setUint16(at + 4, type);
    const data = at + EXTENSION_HEADER;
    at += size;
    count++;
    return data;
  };
  const { hostname, nodename, shardId, forgotten = [] } = extensions;
  if (hostname) frame.bytes.write(hostname, open(EXTENSION.hostname, textExtensionSize(hostname)), 'latin1');
  if (nodename) frame.bytes.write(nodename, open(EXTENSION.nodename, textExtensionSize(nodename)), 'latin1');
  for (const { id, seconds } of forgotten) {
    const data = open(EXTENSION.forgotten, FORGOTTEN_SIZE);
    frame.bytes.write(id, data, ID_LENGTH, 'latin1');
    writeU64(frame, seconds, data + ID_LENGTH);
  }
  if (shardId) frame.bytes.write(shardId, open(EXTENSION.shardId, SHARD_ID_SIZE), ID_LENGTH, 'latin1');
  frame.numbers.setUint16(AT.extensions, count);
}

/** Up to `room` bytes, or to the first NUL. */
function readText(frame: Frame, at: number, room: number): string {
  const nul = frame.bytes.indexOf(0, at);
  return frame.bytes.toString('latin1', at, nul < 0 ? at + room : Math.min(nul, at + room));
}

function readU64(frame: Frame, at: number): number {
  return frame.numbers.getUint32(at) * 2 ** 32 + frame.numbers.getUint32(at + 4);
}

function writeU64(frame: Frame, value: number, at: number): void {
  frame.numbers.setUint32(at, Math.floor(value / 2 ** 32));
  frame.numbers.setUint32(at + 4, value >>> 0);
}
