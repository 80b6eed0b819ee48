/** backup: the RDB image of every primary, and the cluster's shape beside them. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { checkCluster, reportHealth } from './check.ts';
import type { ClusterNode } from './cluster-node.ts';
import { ClusterView } from './cluster-view.ts';
import { parseAddress } from './connection.ts';
import type { Invocation } from './invocation.ts';
import { type Report, TribError } from './transcript.ts';

const CR = 0x0d;
const LF = 0x0a;

export async function backup(invocation: Invocation): Promise<Report> {
  const { args, dial, openStream, transcript } = invocation;
  const [address = '', folder = ''] = args;
  const view = await ClusterView.from(parseAddress(address), dial, transcript);
  try {
    const health = await checkCluster(view, transcript);
    await makeFolder(folder);
    const files: { node: string; file: string; bytes: number }[] = [];
    for (const node of view.primaries) {
      transcript.line(`>>> Node ${node.name} -> Saving RDB...`);
      const file = path.join(folder, `redis-node-${node.address.host}-${node.address.port}-${node.id}.rdb`);
      const bytes = await saveImage(await openStream(node.address), file, node);
      files.push({ node: node.name, file, bytes });
    }
    const shape = path.join(folder, 'nodes.json');
    transcript.line(`Saving cluster configuration to: ${shape}`);
    await writeFile(shape, `${JSON.stringify(view.nodes.map(describe), null, 2)}\n`);
    if (!health.whole) {
      transcript.line(
        '*** Cluster seems to have some problems: be aware of it when you restore this backup.',
      );
    }
    transcript.line(`[OK] Backup created into: ${folder}`);
    return { folder, files, ...reportHealth(view, health) };
  } finally {
    view.close();
  }
}

/** As mkdir's `recursive`, which tries for ever where no folder can be made (in /proc). */
async function makeFolder(folder: string): Promise<void> {
  const failed = (error: NodeJS.ErrnoException) => error.code;
  const code = await mkdir(folder).then(() => undefined, failed);
  if (code === undefined || code === 'EEXIST') return;
  if (code === 'ENOENT' && path.dirname(folder) !== folder) await makeFolder(path.dirname(folder));
  await mkdir(folder);
}

/** A node in the form in which `redis-cli --cluster backup` writes it. */
function describe(node: ClusterNode): Report {
  const { id, host, port, primaryId, slots, slotCount, configEpoch, migrating, importing } = node.report();
  const flags = node.isReplica ? 'slave' : 'master';
  return {
    ...{ name: id ?? null, host: host ?? null, port: port ?? null, replicate: primaryId ?? null },
    ...{ slots: slots ?? [], slots_count: slotCount ?? 0, flags, current_epoch: configEpoch ?? 0 },
    ...(node.migrating.size > 0 && { migrating: migrating ?? {} }),
    ...(node.importing.size > 0 && { importing: importing ?? {} }),
  };
}

/** Asks for a full sync as a replica would, keeps the image and hangs up. Returns its length in bytes. */
async function saveImage(stream: Duplex, file: string, node: ClusterNode): Promise<number> {
  const out = createWriteStream(file, { mode: 0o600 });
  try {
    stream.write('SYNC\r\n');
    let image: ImageReader | undefined;
    let head = Buffer.alloc(0);
    for await (const chunk of stream) {
      let bytes: Buffer = chunk;
      if (!image) {
        head = Buffer.concat([head, bytes]);
        const start = startOfReply(head);
        const end = head.indexOf('\r\n', start);
        if (end < 0) continue;
        image = new ImageReader(head.toString('latin1', start, end), node);
        bytes = head.subarray(end + 2);
      }
      if (!out.write(image.take(bytes))) await once(out, 'drain');
      if (image.complete) break;
    }
    if (!image?.complete) throw new TribError(`[ERR] Node ${node.name} broke off while it sent its image`);
    out.end();
    await finished(out);
    return image.length;
  } finally {
    stream.destroy();
    out.destroy();
  }
}

/** A server sends empty lines while it prepares the image, lest the connection look dead. */
function startOfReply(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === LF || bytes[at] === CR) at++;
  return at;
}

/** Follows `$length`, or `$EOF:mark`, and tells what belongs to the image. */
class ImageReader {
  length = 0;
  complete = false;
  private readonly expected: number | undefined;
  private readonly mark: Buffer | undefined;
  /** The last bytes, which may be the beginning of the mark. */
  private held = Buffer.alloc(0);

  constructor(header: string, node: ClusterNode) {
    if (!header.startsWith('$')) throw new TribError(`[ERR] Node ${node.name} replied to SYNC: ${header}`);
    if (header.startsWith('$EOF:')) this.mark = Buffer.from(header.slice('$EOF:'.length), 'latin1');
    else this.expected = Number(header.slice(1));
  }

  take(bytes: Buffer): Buffer {
    const image = this.mark ? this.upToMark(bytes, this.mark) : this.upToLength(bytes);
    this.length += image.length;
    return image;
  }

  private upToLength(bytes: Buffer): Buffer {
    const left = (this.expected ?? 0) - this.length;
    this.complete = bytes.length >= left;
    return bytes.subarray(0, left);
  }

  private upToMark(bytes: Buffer, mark: Buffer): Buffer {
    const all = Buffer.concat([this.held, bytes]);
    const at = all.indexOf(mark);
    this.complete = at >= 0;
    if (at >= 0) return all.subarray(0, at);
    const sure = Math.max(0, all.length - mark.length);
    this.held = Buffer.from(all.subarray(sure));
    return all.subarray(0, sure);
  }
}
