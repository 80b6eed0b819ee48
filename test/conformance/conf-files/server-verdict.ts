/** Starts a real server on a file, to see whether it gets as far as taking connections, and what it says if not. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { encodeText } from '../../../extension/redis/config/encoded-text.ts';
import type { GeneratedFile } from './generated-file.ts';

export interface Verdict {
  readonly starts: boolean;
  /** The line of the file that the server names. */
  readonly line?: number;
  /** Lines on standard error or, for a server that loaded its file, in its log. */
  readonly said: readonly string[];
  /** It neither answered nor ended. */
  readonly undecided?: true;
}

/** A server that is neither up nor gone after this is asked no more, in milliseconds. */
const PATIENCE = 10_000;
/** With a port, and without one. */
const READY = /eady to accept connections/;
const TLS_FILES = ['redis.crt', 'redis.key', 'ca.crt'];

/** What a text names is there: what is missed is made, as often as the server misses something. */
export async function askKindly(
  server: string,
  file: GeneratedFile,
  folder: string,
  port: number,
): Promise<Verdict> {
  const beside: Record<string, string> = { ...file.beside };
  for (const name of authoritiesIn(file.text)) if (isFree(folder, name)) beside[name] = ownTls('ca.crt');
  const folders: string[] = [];
  for (let tried = 0; ; tried++) {
    const verdict = await askServer(server, { ...file, beside, folders }, folder, port);
    const missing = verdict.starts ? undefined : missingIn(verdict.said, file.text);
    if (missing === undefined || tried === 4) return verdict;
    if (missing.content === undefined) folders.push(missing.name);
    else if (isFree(folder, missing.name)) beside[missing.name] = missing.content;
    else return verdict;
  }
}

/** Here the server does not say which file it misses. */
function authoritiesIn(text: string): string[] {
  const names = [...text.matchAll(/tls-ca-cert-file["']?[ \t]+["']?([^ \t\r\n"'/]+)/gi)].map(
    ([, name = '']) => name,
  );
  // Names of files are bytes here, as the server's own words are.
  return names
    .filter((name) => !name.includes('\0') && name.length < 80)
    .map((name) => Buffer.from(name).toString('latin1'));
}

interface Missing {
  readonly name: string;
  /** Absent: a folder. */
  readonly content?: string;
}

function missingIn(said: readonly string[], text: string): Missing | undefined {
  for (const [at, line] of said.entries()) {
    const included = /can't open config file '(.+)': No such file/.exec(line)?.[1];
    if (included !== undefined) return { name: included, content: '' };
    const users = /opening file '(.+)': No such file/.exec(line)?.[1];
    if (users !== undefined) return { name: users, content: '' };
    const certificate = /Failed to load certificate: (.+): error/.exec(line)?.[1];
    if (certificate !== undefined) return { name: certificate, content: ownTls('redis.crt') };
    const key = /Failed to load private key: (.+): error/.exec(line)?.[1];
    if (key !== undefined) return { name: key, content: ownTls('redis.key') };
    const nodes = /Can't open (.+) in order to acquire a lock: No such file/.exec(line)?.[1];
    if (nodes?.includes('/')) return { name: path.posix.dirname(nodes) };
    const entered = /^>>> 'dir\s+(.+)'$/i.exec(line)?.[1];
    if (entered !== undefined && said[at + 1] === 'No such file or directory') return { name: bare(entered) };
    if (line === "Can't open the log file: No such file or directory") return folderOf(text, 'logfile');
    if (line.startsWith('Failed opening Unix socket: bind: No such file'))
      return folderOf(text, 'unixsocket');
  }
  return undefined;
}

function bare(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}

/** Here the server does not say which folder it misses. */
function folderOf(text: string, directive: string): Missing | undefined {
  const [, name] = [...text.matchAll(new RegExp(`^[ \\t]*${directive}[ \\t]+(.+)$`, 'gim'))].at(-1) ?? [];
  return name?.includes('/') ? { name: path.posix.dirname(bare(name.trim())) } : undefined;
}

/** A file of that name can be made in the folder itself, and is not there already. */
function isFree(folder: string, name: string): boolean {
  const whole = path.resolve(folder, Buffer.from(name, 'latin1').toString());
  return (
    path.dirname(whole) === folder && Buffer.byteLength(path.basename(whole)) < 256 && !existsSync(whole)
  );
}

function ownTls(name: string): string {
  return readFileSync(path.join(import.meta.dirname, 'tls', name), 'utf8');
}

interface Surrounded extends GeneratedFile {
  readonly folders: readonly string[];
}

/**
 * The verdict on one file, in `folder`, which is made anew: it holds what a file may name (certificates, an ACL file,
 * what it includes, folders that lead back to itself), so that nothing but the text decides.
 */
async function askServer(server: string, file: Surrounded, folder: string, port: number): Promise<Verdict> {
  prepare(folder, file);
  const child = spawn(server, ['redis.conf'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { log: '', error: '' };
  child.stdout.on('data', (bytes: Buffer) => (output.log += bytes.toString('latin1')));
  child.stderr.on('data', (bytes: Buffer) => (output.error += bytes.toString('latin1')));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const starts = await watch(child, output, folder, port);
  for (const pid of [child.pid, ...daemonsIn(folder)]) kill(pid);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await closed;
  const said = [...lines(output.error), ...lines(output.log + logOf(folder)).map(withoutPrefix)];
  const line = /Reading the configuration file, at line (\d+)/.exec(output.error)?.[1];
  if (starts === undefined) return { starts: false, undecided: true, said };
  return { starts, said, ...(line && !starts && { line: Number(line) }) };
}

function prepare(folder: string, { text, beside = {}, folders }: Surrounded): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync('.', path.join(folder, 'data'));
  for (const name of TLS_FILES)
    copyFileSync(path.join(import.meta.dirname, 'tls', name), path.join(folder, name));
  for (const [name, content] of Object.entries({ 'users.acl': '', ...beside })) {
    writeFileSync(path.join(folder, Buffer.from(name, 'latin1').toString()), encodeText(content), 'latin1');
  }
  for (const name of folders) {
    const whole = path.resolve(folder, Buffer.from(name, 'latin1').toString());
    if (whole.startsWith(`${folder}/`) && whole.length < 3000) mkdirSync(whole, { recursive: true });
  }
  writeFileSync(path.join(folder, 'redis.conf'), encodeText(text), 'latin1');
}

/** Up, gone, or undefined when the time is over. */
async function watch(
  child: ChildProcess,
  output: { readonly log: string },
  folder: string,
  port: number,
): Promise<boolean | undefined> {
  const startedAt = performance.now();
  for (let wait = 2; performance.now() - startedAt < PATIENCE; wait = Math.min(wait * 1.3, 100)) {
    if (READY.test(output.log)) return true;
    if (child.signalCode !== null || (child.exitCode ?? 0) !== 0) return false;
    if (child.exitCode === 0) {
      // It went on as a daemon, or it did not.
      if (READY.test(logOf(folder))) return true;
      if (daemonsIn(folder).length === 0) return false;
    }
    // A server with a log file, or one that logs warnings only, says nothing here.
    if (
      wait > 20 &&
      ((await answers({ port, host: '127.0.0.1' })) || (await answers({ path: path.join(folder, 'r.sock') })))
    ) {
      return true;
    }
    if (wait > 20 && READY.test(logOf(folder))) return true;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  // On a busy machine it may have got there while nobody looked.
  return READY.test(output.log + logOf(folder)) || undefined;
}

/** Whatever it replies: a server answers when it runs. */
function answers(where: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(where);
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(200, () => end(false));
  });
}

/** Of folders in it, too: `dir` comes before the log is opened. Links lead back to where they stand. */
function logOf(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, encoding: 'utf8' })
    .map((entry) => {
      const whole = path.join(folder, entry.name);
      if (entry.isDirectory()) return logOf(whole);
      const isLog = entry.name.endsWith('.log') || entry.name === 'a b';
      return isLog ? readFileSync(whole, 'latin1') : '';
    })
    .filter((text) => text !== '')
    .join('\n');
}

/** Processes that live in the folder: the server, forked off, has no other tie to who started it. */
function daemonsIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return `${readlinkSync(`/proc/${name}/cwd`)}/`.startsWith(`${folder}/`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** `PID:ROLE DATE # ` is the log's own. */
function withoutPrefix(line: string): string {
  return line.replace(/^\d+:[A-Z] .*? [-.*#] /, '');
}
