/**
 * Bus messages to bytes and back. A message is a header of 2,256 bytes and a body by its type; pings end in gossip
 * entries and extensions. The total length stands in the header and must be exactly what type and counts add up to.
 */
import { Buffer } from 'node:buffer';
import { ID_LENGTH } from './constants.ts';
import type { FramePool } from './frame-pool.ts';
import { readAddress, readId } from './known-texts.ts';
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
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (frame.readUInt16BE(AT.version) !== VERSION) return { refused: 'another bus version', silent: true };
  const number = frame.readUInt16BE(AT.type);
  const type = MESSAGE_TYPES[number];
  if (type === undefined) return { refused: `Received unknown packet type: ${number}`, silent: false };
  const expected = expectedLength(frame, type);
  if (typeof expected === 'string') return { refused: expected, silent: false };
  if (expected !== frame.length) {
    return {
      refused: `Received invalid ${type} packet of length ${frame.length} but expected length ${expected}`,
      silent: false,
    };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const header = readHeader(frame, view);
  if (!Number.isSafeInteger(header.currentEpoch) || !Number.isSafeInteger(header.configEpoch)) {
    return { refused: `Received invalid ${type} packet with an epoch beyond 2^53`, silent: false };
  }
  return { header, body: readBody(frame, view, type) };
}

/** What type and counts say the length must be; a text when the counts themselves lead beyond the end. */
function expectedLength(frame: Buffer, type: MessageType): number | string {
  switch (type) {
    case 'ping':
    case 'pong':
    case 'meet':
      return pingLength(frame, type);
    case 'fail':
      return HEADER_SIZE + ID_LENGTH;
    case 'publish':
    case 'publishshard':
      if (frame.length < HEADER_SIZE + 8) return HEADER_SIZE + 8;
      return HEADER_SIZE + 8 + frame.readUInt32BE(HEADER_SIZE) + frame.readUInt32BE(HEADER_SIZE + 4);
    case 'auth-req':
    case 'auth-ack':
    case 'mfstart':
      return HEADER_SIZE;
    case 'update':
      return HEADER_SIZE + 8 + ID_LENGTH + BITMAP_SIZE;
    case 'module':
      if (frame.length < HEADER_SIZE + 13) return HEADER_SIZE + 13;
      return HEADER_SIZE + 13 + frame.readUInt32BE(HEADER_SIZE + 8);
  }
}

function pingLength(frame: Buffer, type: MessageType): number | string {
  let length = HEADER_SIZE + GOSSIP_SIZE * frame.readUInt16BE(AT.count);
  if (!(frame[AT.messageFlags] & HAS_EXTENSIONS)) return length;
  for (let left = frame.readUInt16BE(AT.extensions); left > 0; left--) {
    const room = frame.length - length;
    const size = room >= EXTENSION_HEADER ? frame.readUInt32BE(length) : EXTENSION_HEADER;
    if (size % 8 !== 0) return `Received a ${type} packet without proper padding (${size} bytes)`;
    if (size < EXTENSION_HEADER || size > room) {
      return `Received invalid ${type} packet with extension data that exceeds total packet length (${frame.length})`;
    }
    length += size;
  }
  return length;
}

function readHeader(frame: Buffer, view: DataView): Header {
  const messageFlags = frame[AT.messageFlags];
  return {
    sender: readId(frame, view, AT.sender),
    currentEpoch: readU64(frame, AT.currentEpoch),
    configEpoch: readU64(frame, AT.configEpoch),
    replicationOffset: readU64(frame, AT.offset),
    slots: frame.subarray(AT.slots, AT.slots + BITMAP_SIZE),
    primaryId: frame[AT.primary] === 0 ? undefined : readId(frame, view, AT.primary),
    announcedIp: readAddress(frame, AT.ip),
    port: frame.readUInt16BE(AT.port),
    tlsPort: frame.readUInt16BE(AT.tlsPort),
    busPort: frame.readUInt16BE(AT.busPort),
    flags: frame.readUInt16BE(AT.flags),
    clusterOk: frame[AT.state] === 0,
    paused: (messageFlags & PAUSED) !== 0,
    forceAck: (messageFlags & FORCE_ACK) !== 0,
    hasExtensions: (messageFlags & HAS_EXTENSIONS) !== 0,
  };
}

function readBody(frame: Buffer, view: DataView, type: MessageType): Body {
  const at = HEADER_SIZE;
  switch (type) {
    case 'ping':
    case 'pong':
    case 'meet':
      return { type, gossip: readGossip(frame, view), extensions: readExtensions(frame, view) };
    case 'fail':
      return { type, about: readText(frame, at, ID_LENGTH) };
    case 'publish':
    case 'publishshard': {
      const split = at + 8 + frame.readUInt32BE(at);
      return { type, channel: frame.subarray(at + 8, split), message: frame.subarray(split) };
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
        slots: frame.subarray(at + 8 + ID_LENGTH),
      };
    case 'module':
      return {
        type,
        moduleId: frame.readBigUInt64LE(at),
        kind: frame[at + 12],
        payload: frame.subarray(at + 13),
      };
  }
}

function readGossip(frame: Buffer, view: DataView): GossipEntry[] {
  const entries: GossipEntry[] = [];
  const end = HEADER_SIZE + GOSSIP_SIZE * frame.readUInt16BE(AT.count);
  for (let at = HEADER_SIZE; at < end; at += GOSSIP_SIZE) {
    entries.push({
      id: readId(frame, view, at),
      pingSent: view.getUint32(at + IN_GOSSIP.pingSent),
      pongReceived: view.getUint32(at + IN_GOSSIP.pongReceived),
      ip: readAddress(frame, at + IN_GOSSIP.ip),
      port: view.getUint16(at + IN_GOSSIP.port),
      busPort: view.getUint16(at + IN_GOSSIP.busPort),
      flags: view.getUint16(at + IN_GOSSIP.flags),
      tlsPort: view.getUint16(at + IN_GOSSIP.tlsPort),
    });
  }
  return entries;
}

function readExtensions(frame: Buffer, view: DataView): Extensions {
  if (!(frame[AT.messageFlags] & HAS_EXTENSIONS)) return {};
  const found: { hostname?: string; nodename?: string; shardId?: NodeId } = {};
  const forgotten: { id: NodeId; seconds: number }[] = [];
  const unknown: number[] = [];
  let at = HEADER_SIZE + GOSSIP_SIZE * frame.readUInt16BE(AT.count);
  for (let left = frame.readUInt16BE(AT.extensions); left > 0; left--) {
    const size = frame.readUInt32BE(at);
    const type = frame.readUInt16BE(at + 4);
    const data = at + EXTENSION_HEADER;
    const room = size - EXTENSION_HEADER;
    if (type === EXTENSION.hostname) found.hostname = readText(frame, data, room);
    else if (type === EXTENSION.nodename) found.nodename = readText(frame, data, room);
    else if (type === EXTENSION.forgotten && size === FORGOTTEN_SIZE) {
      forgotten.push({ id: readText(frame, data, ID_LENGTH), seconds: readU64(frame, data + ID_LENGTH) });
    } else if (type === EXTENSION.shardId && size === SHARD_ID_SIZE) {
      found.shardId = readId(frame, view, data);
    } else unknown.push(type);
    at += size;
  }
  return { ...found, forgotten, unknown };
}

/** The message as it goes over the wire; in `pool`, or in an array of its own. */
export function encodeMessage(header: Header, body: Body, pool?: FramePool): Buffer {
  const length = encodedLength(body);
  const frame = pool === undefined ? Buffer.alloc(length) : pool.take(length).fill(0);
  frame.writeUInt32BE(SIGNATURE, 0);
  frame.writeUInt32BE(frame.length, AT.length);
  frame.writeUInt16BE(VERSION, AT.version);
  frame.writeUInt16BE(MESSAGE_TYPES.indexOf(body.type), AT.type);
  writeHeader(frame, header);
  writeBody(frame, body);
  return frame;
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

function writeHeader(frame: Buffer, header: Header): void {
  frame.writeUInt16BE(header.port, AT.port);
  writeU64(frame, header.currentEpoch, AT.currentEpoch);
  writeU64(frame, header.configEpoch, AT.configEpoch);
  writeU64(frame, header.replicationOffset, AT.offset);
  frame.write(header.sender, AT.sender, ID_LENGTH, 'latin1');
  frame.set(header.slots, AT.slots);
  if (header.primaryId !== undefined) frame.write(header.primaryId, AT.primary, ID_LENGTH, 'latin1');
  // One byte less than there is room for: readers rely on a closing NUL.
  frame.write(header.announcedIp, AT.ip, IP_SIZE - 1, 'latin1');
  frame.writeUInt16BE(header.tlsPort, AT.tlsPort);
  frame.writeUInt16BE(header.busPort, AT.busPort);
  frame.writeUInt16BE(header.flags, AT.flags);
  frame[AT.state] = header.clusterOk ? 0 : 1;
  frame[AT.messageFlags] =
    (header.paused ? PAUSED : 0) |
    (header.forceAck ? FORCE_ACK : 0) |
    (header.hasExtensions ? HAS_EXTENSIONS : 0);
}

function writeBody(frame: Buffer, body: Body): void {
  const at = HEADER_SIZE;
  switch (body.type) {
    case 'ping':
    case 'pong':
    case 'meet':
      writePing(frame, body);
      break;
    case 'fail':
      frame.write(body.about, at, ID_LENGTH, 'latin1');
      break;
    case 'publish':
    case 'publishshard':
      frame.writeUInt32BE(body.channel.length, at);
      frame.writeUInt32BE(body.message.length, at + 4);
      frame.set(body.channel, at + 8);
      frame.set(body.message, at + 8 + body.channel.length);
      break;
    case 'update':
      writeU64(frame, body.configEpoch, at);
      frame.write(body.about, at + 8, ID_LENGTH, 'latin1');
      frame.set(body.slots, at + 8 + ID_LENGTH);
      break;
    case 'module':
      frame.writeBigUInt64LE(body.moduleId, at);
      frame.writeUInt32BE(body.payload.length, at + 8);
      frame[at + 12] = body.kind;
      frame.set(body.payload, at + 13);
      break;
  }
}

function writePing(frame: Buffer, body: PingBody): void {
  frame.writeUInt16BE(body.gossip.length, AT.count);
  let at = HEADER_SIZE;
  for (const entry of body.gossip) {
    frame.write(entry.id, at, ID_LENGTH, 'latin1');
    frame.writeUInt32BE(entry.pingSent, at + IN_GOSSIP.pingSent);
    frame.writeUInt32BE(entry.pongReceived, at + IN_GOSSIP.pongReceived);
    frame.write(entry.ip, at + IN_GOSSIP.ip, IP_SIZE - 1, 'latin1');
    frame.writeUInt16BE(entry.port, at + IN_GOSSIP.port);
    frame.writeUInt16BE(entry.busPort, at + IN_GOSSIP.busPort);
    frame.writeUInt16BE(entry.flags, at + IN_GOSSIP.flags);
    frame.writeUInt16BE(entry.tlsPort, at + IN_GOSSIP.tlsPort);
    at += GOSSIP_SIZE;
  }
  writeExtensions(frame, body.extensions, at);
}

function writeExtensions(frame: Buffer, extensions: Extensions, start: number): void {
  let at = start;
  let count = 0;
  const open = (type: number, size: number): number => {
    frame.writeUInt32BE(size, at);
    frame.writeUInt16BE(type, at + 4);
    const data = at + EXTENSION_HEADER;
    at += size;
    count++;
    return data;
  };
  const { hostname, nodename, shardId, forgotten = [] } = extensions;
  if (hostname) frame.write(hostname, open(EXTENSION.hostname, textExtensionSize(hostname)), 'latin1');
  if (nodename) frame.write(nodename, open(EXTENSION.nodename, textExtensionSize(nodename)), 'latin1');
  for (const { id, seconds } of forgotten) {
    const data = open(EXTENSION.forgotten, FORGOTTEN_SIZE);
    frame.write(id, data, ID_LENGTH, 'latin1');
    writeU64(frame, seconds, data + ID_LENGTH);
  }
  if (shardId) frame.write(shardId, open(EXTENSION.shardId, SHARD_ID_SIZE), ID_LENGTH, 'latin1');
  frame.writeUInt16BE(count, AT.extensions);
}

/** Up to `room` bytes, or to the first NUL. */
function readText(frame: Buffer, at: number, room: number): string {
  const nul = frame.indexOf(0, at);
  return frame.toString('latin1', at, nul < 0 ? at + room : Math.min(nul, at + room));
}

function readU64(frame: Buffer, at: number): number {
  return frame.readUInt32BE(at) * 2 ** 32 + frame.readUInt32BE(at + 4);
}

function writeU64(frame: Buffer, value: number, at: number): void {
  frame.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  frame.writeUInt32BE(value >>> 0, at + 4);
}
