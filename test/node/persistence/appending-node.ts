/** A node with an append-only file: what is in its folder, its end and its return, and a disk that takes no more. */
import assert from 'node:assert/strict';
import { binaryOf } from '../../../extension/redis/bytes.ts';
import type { DiskFile } from '../../../extension/redis/world.ts';
import type { Crash } from '../../../extension/worlds/simulated.ts';
import { field, type Plain, SimulatedNode, type TestClient } from '../simulated-node.ts';

export const FOLDER = '/data/appendonlydir';
export const AOF = ['appendonly yes', 'auto-aof-rewrite-percentage 0'];

export function text(node: SimulatedNode, name: string): string {
  const bytes = node.simulation.world(node.host).disk.read(`${FOLDER}/${name}`);
  return bytes === undefined ? '' : binaryOf(bytes);
}

export function manifest(node: SimulatedNode): string[] {
  return text(node, 'appendonly.aof.manifest').trimEnd().split('\n');
}

/** The commands in a file, a line each. */
export function commands(node: SimulatedNode, name: string): string[] {
  const words = text(node, name).split('\r\n');
  const found: string[][] = [];
  for (let i = 0; i < words.length; i++) {
    if (words[i]?.startsWith('*')) found.push([]);
    else if (words[i]?.startsWith('$')) found.at(-1)?.push(words[++i] ?? '');
  }
  return found.map((argv) => argv.join(' '));
}

/** The node after its end, from the same disk. */
export function again(
  node: SimulatedNode,
  kind: Crash = 'process',
  lines: readonly string[] = AOF,
): SimulatedNode {
  node.simulation.crash(node.host, kind);
  return SimulatedNode.started(lines, { simulation: node.simulation, host: node.host });
}

export function info(client: TestClient, name: string): string | undefined {
  return field(client.call('INFO', 'persistence'), name);
}

/** Replies to commands that arrive in one piece. */
export function together(client: TestClient, ...lines: readonly string[]): Plain[] {
  client.sendRaw(`${lines.join('\r\n')}\r\n`);
  return lines.map(() => client.next());
}

export function rewrite(node: SimulatedNode, client: TestClient): void {
  assert.match(String(client.call('BGREWRITEAOF')), /started/);
  node.simulation.runUntil(() => !node.node.appendOnly.rewrite.underWay, 10_000);
}

/** From now on no file takes more than `room` bytes at a time; returns how they do again. */
export function breakDisk(node: SimulatedNode, room = 0): () => void {
  const file = Object.getPrototypeOf(node.node.world.disk.open('/data/probe', 'create'));
  const { append } = file;
  file.append = function (this: DiskFile, bytes: Uint8Array): void {
    if (bytes.length <= room) append.call(this, bytes);
    else throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return () => {
    file.append = append;
  };
}
