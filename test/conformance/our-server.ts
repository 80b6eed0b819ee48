/** A node of ours behind real sockets, in this process, with the same face as `RedisServer`. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PROCESS_FACTS } from '../../extension/lab/process-facts.ts';
import { Configuration, TARGET } from '../../extension/node/configuration/configuration.ts';
import { Node } from '../../extension/node/node.ts';
import { binaryOfText } from '../../extension/redis/bytes.ts';
import { parseConf } from '../../extension/redis/config/parse-conf.ts';
import { TcpWorld } from '../../extension/worlds/tcp.ts';
import { RespClient } from './redis-server.ts';

export class OurServer {
  readonly port: number;
  readonly folder: string;
  readonly node: Node;
  readonly client: RespClient;
  readonly log: readonly string[];

  private constructor(port: number, folder: string, node: Node, client: RespClient, log: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.node = node;
    this.client = client;
    this.log = log;
  }

  /** Without persistence, in a folder of its own, unless `lines` of a conf file say otherwise. */
  static async start(port: number, ...lines: readonly string[]): Promise<OurServer> {
    return OurServer.startIn(mkdtempSync(path.join(os.tmpdir(), 'our-server-')), port, ...lines);
  }

  static async startIn(folder: string, port: number, ...lines: readonly string[]): Promise<OurServer> {
    const configuration = new Configuration(binaryOfText(folder));
    const conf = [`port ${port}`, 'bind 127.0.0.1', 'save ""', 'enable-debug-command yes', ...lines].join(
      '\n',
    );
    configuration.load(parseConf(conf, { target: TARGET }));
    const log: string[] = [];
    const node = new Node({
      world: new TcpWorld(),
      configuration,
      host: PROCESS_FACTS,
      print: (line) => log.push(line),
    });
    await new Promise<void>((resolve, reject) => {
      node.start((error) => (error === undefined ? resolve() : reject(new Error(error.message))));
    });
    return new OurServer(port, folder, node, await RespClient.connect(port), log);
  }

  call(...argv: readonly (string | number | Uint8Array)[]): Promise<string> {
    return this.client.call(...argv);
  }

  /** As a killed process: nothing is said to anybody. */
  kill(): void {
    this.client.close();
    this.node.kill();
  }

  /** As a process that gets SIGSTOP: its connections stay, and nothing comes. */
  pause(): void {
    this.node.pause();
  }

  resume(): void {
    this.node.resume();
  }

  stop(): void {
    this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
