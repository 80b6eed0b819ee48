/** `redis-cluster-lab node` as it ships: what scripts that start redis-server rely on. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { RespClient } from '../conformance/redis-server.ts';
import { until } from '../until.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/cli.cjs');
const PORT = 21_360;

let folder = '';
before(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'serve-node-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A test that fails leaves nothing behind on the port of the next. */
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

function confFile(name: string, ...lines: string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs to the end. */
function run(argv: readonly string[], input = ''): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...argv], {
    cwd: folder,
    input,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { code: status, out: stdout, error: stderr };
}

/** A node in the foreground, from its first line to its last. */
class Served {
  readonly child: ChildProcess;
  out = '';

  constructor(argv: readonly string[], input?: string) {
    this.child = spawn(process.execPath, [CLI, 'node', ...argv], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stdin?.end(input ?? '');
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out)) {
      if (this.child.exitCode !== null) throw new Error(`ended with ${this.child.exitCode}: ${this.out}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

/** Windows knows of none but those of a terminal: a process that is told to end there is ended. */
const noSignals = process.platform === 'win32';

describe('a node that starts', () => {
  it('tells its process id, that it is initialized, and that it is ready; and ends on SIGTERM with 0', {
    skip: noSignals,
  }, async () => {
    const file = confFile('a.conf', `port ${PORT}`, 'bind 127.0.0.1', 'save ""', 'pidfile ./a.pid');
    const node = new Served([file]);
    await node.until(/Ready to accept connections/);
    assert.equal(/\sPID:\s(\d+)/.exec(node.out)?.[1], String(node.child.pid));
    assert.ok(node.out.indexOf('Server initialized') < node.out.indexOf('Ready to accept connections'));
    assert.equal(readFileSync(path.join(folder, 'a.pid'), 'utf8'), `${node.child.pid}\n`);
    const client = await RespClient.connect(PORT);
    assert.equal(await client.call('PING'), 'PONG');
    assert.equal(await client.call('SELECT', 15), 'OK');
    client.close();
    node.child.kill('SIGTERM');
    assert.equal(await node.ended(), 0);
    assert.match(node.out, /Received SIGTERM scheduling shutdown/);
    assert.equal(existsSync(path.join(folder, 'a.pid')), false);
  });

  it('loads what a start does not need of Node when it is asked for it', { skip: noSignals }, async () => {
    const node = new Served(['--port', String(PORT), '--bind', '127.0.0.1', '--save', '']);
    await node.until(/Ready to accept connections/);
    const client = await RespClient.connect(PORT);
    const info = await client.call('INFO', 'everything');
    assert.match(info, new RegExp(`\\nos:${os.type()} ${os.release()} ${os.machine()}\r\n`));
    assert.match(info, new RegExp(`\\ntotal_system_memory:${os.totalmem()}\r\n`));
    assert.match(info, /\nallocator_allocated:[1-9]\d*\r\n/);
    assert.equal(await client.call('SCRIPT', 'LOAD', 'return 1'), 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db');
    assert.equal(await client.call('ACL', 'SETUSER', 'u', 'on', '>secret'), 'OK');
    assert.equal(await client.call('AUTH', 'u', 'secret'), 'OK');
    client.close();
    node.child.kill('SIGTERM');
    assert.equal(await node.ended(), 0);
  });

  it('that can not read its data says so last', { skip: noSignals }, () => {
    const dir = path.join(folder, 'damaged');
    mkdirSync(dir);
    writeFileSync(path.join(dir, 'dump.rdb'), 'not an RDB');
    const settings = [
      '--port',
      String(PORT),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--unixsocket',
      'node.sock',
    ];
    const { code, out } = run(['node', ...settings]);
    assert.equal(code, 1);
    assert.match(out.trimEnd().split('\n').at(-1) ?? '', /Fatal error loading the DB/);
  });

  it('crashes on SIGABRT, with a report in its log', { skip: noSignals }, async () => {
    const node = new Served(['--port', String(PORT), '--bind', '127.0.0.1', '--save', '']);
    await node.until(/Ready to accept connections/);
    node.child.kill('SIGABRT');
    assert.equal(await node.ended(), 134);
    assert.match(node.out, /crashed by signal: 6[\s\S]*STACK TRACE[\s\S]*REPORT END/);
  });

  it('stands still on SIGSTOP and goes on on SIGCONT; SHUTDOWN ends it', { skip: noSignals }, async () => {
    const node = new Served(['--port', String(PORT), '--bind', '127.0.0.1', '--save', '']);
    await node.until(/Ready to accept connections/);
    const client = await RespClient.connect(PORT);
    node.child.kill('SIGSTOP');
    let answered = false;
    const answer = client.call('PING').then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(answered, false);
    node.child.kill('SIGCONT');
    await answer;
    client.reply('SHUTDOWN', 'NOSAVE').catch(() => {});
    assert.equal(await node.ended(), 0);
  });

  it('reads more configuration from standard input, and the command line counts most', {
    skip: noSignals,
  }, async () => {
    const file = confFile('b.conf', `port ${PORT}`, 'bind 127.0.0.1', 'timeout 1');
    const node = new Served([file, '--timeout', '3', '-'], 'timeout 2\nhz 20\n');
    await node.until(/Ready to accept connections/);
    const client = await RespClient.connect(PORT);
    assert.equal(await client.call('CONFIG', 'GET', 'timeout'), 'timeout\n3');
    assert.equal(await client.call('CONFIG', 'GET', 'hz'), 'hz\n20');
    client.close();
    node.child.kill('SIGINT');
    assert.equal(await node.ended(), 0);
  });

  it('ends at once when it is told twice, and leaves no half of a file behind', {
    skip: noSignals,
  }, async () => {
    const data = path.join(folder, 'twice');
    mkdirSync(data);
    const argv = ['--port', String(PORT), '--bind', '127.0.0.1', '--dir', data, '--save', '900', '1'];
    const node = new Served([...argv, '--rdb-key-save-delay', '60000000']);
    await node.until(/Ready to accept connections/);
    const client = await RespClient.connect(PORT);
    await client.call('MSET', 'a', '1', 'b', '2');
    node.child.kill('SIGINT');
    const temporary = path.join(data, `temp-${node.child.pid}.rdb`);
    await until(() => existsSync(temporary));
    node.child.kill('SIGINT');
    assert.equal(await node.ended(), 1);
    assert.match(node.out, /You insist\.\.\. exiting now\./);
    assert.deepEqual(readdirSync(data), []);
    client.close();
  });

  it('saves on the way out and has its data again', { skip: noSignals }, async () => {
    mkdirSync(path.join(folder, 'data'), { recursive: true });
    const argv = ['--port', String(PORT), '--bind', '127.0.0.1', '--dir', './data', '--save', '900', '1'];
    const first = new Served(argv);
    await first.until(/Ready to accept connections/);
    const client = await RespClient.connect(PORT);
    await client.call('SET', 'k', 'v');
    client.close();
    first.child.kill('SIGTERM');
    await first.ended();
    const second = new Served(argv);
    await second.until(/Ready to accept connections/);
    const again = await RespClient.connect(PORT);
    assert.equal(await again.call('GET', 'k'), 'v');
    again.close();
    second.child.kill('SIGTERM');
    assert.equal(await second.ended(), 0);
  });
});

describe('daemonize', () => {
  it('leaves a process of its own that writes its log, and the shell is free again', async () => {
    mkdirSync(path.join(folder, 'daemon'), { recursive: true });
    const file = confFile(
      'daemon.conf',
      `port ${PORT}`,
      'bind 127.0.0.1',
      'cluster-enabled yes',
      'daemonize yes',
      'dir ./daemon',
      'logfile node.log',
      'pidfile node.pid',
    );
    const started = run(['node', file]);
    assert.deepEqual(started, { code: 0, out: '', error: '' });
    const client = await RespClient.connect(PORT);
    assert.match(await client.call('CLUSTER', 'INFO'), /cluster_known_nodes:1/);
    const pid = readFileSync(path.join(folder, 'daemon/node.pid'), 'utf8').trim();
    if (existsSync(`/proc/${pid}/cmdline`)) {
      const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      assert.equal(title, `redis-server 127.0.0.1:${PORT} [cluster]`);
    }
    client.reply('SHUTDOWN').catch(() => {});
    await until(() => !existsSync(path.join(folder, 'daemon/node.pid')));
    const log = readFileSync(path.join(folder, 'daemon/node.log'), 'utf8');
    assert.match(
      log,
      new RegExp(`^${pid}:M \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{3} \\* Ready to accept`, 'm'),
    );
    assert.match(log, /bye bye/);
    assert.equal(existsSync(path.join(folder, 'daemon/nodes.conf')), true);
  });
});

describe('a node that cannot start', () => {
  it('says what is wrong with its configuration, as redis-server does', () => {
    const file = confFile('bad.conf', '# a comment', 'port 7000', 'cluster-node-timeout soon');
    assert.deepEqual(run(['node', file]), {
      code: 1,
      out: '',
      error:
        '\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n' +
        'Reading the configuration file, at line 3\n' +
        ">>> 'cluster-node-timeout soon'\n" +
        "argument couldn't be parsed into an integer\n",
    });
  });

  it('says which file it does not find', () => {
    const { code, out } = run(['node', 'nowhere.conf']);
    assert.equal(code, 1);
    assert.match(
      out,
      /# Fatal error, can't open config file '.*[\\/]nowhere\.conf': No such file or directory\n$/,
    );
  });

  it('ends when its port is taken', async () => {
    const other = createServer().listen(PORT + 1, '127.0.0.1');
    await once(other, 'listening');
    const { code, out } = run(['node', '--port', String(PORT + 1), '--bind', '127.0.0.1']);
    other.close();
    assert.equal(code, 1);
    assert.match(
      out,
      new RegExp(
        `# Warning: Could not create server TCP listening socket 127.0.0.1:${PORT + 1}: bind: Address already in use`,
      ),
    );
    assert.match(out, new RegExp(`# Failed listening on port ${PORT + 1} \\(tcp\\), aborting\\.\n$`));
  });

  it('ends when there is no room for the cluster bus', () => {
    const { code, out } = run(['node', '--port', '60000', '--bind', '127.0.0.1', '--cluster-enabled', 'yes']);
    assert.equal(code, 1);
    assert.match(
      out,
      /# Redis port number too high\. Cluster communication port is 10,000 port numbers higher/,
    );
  });

  it('ends when its nodes.conf is no nodes.conf, and leaves it as it is', () => {
    writeFileSync(path.join(folder, 'nodes.conf'), 'hello\n');
    const { code, out } = run([
      'node',
      '--port',
      String(PORT),
      '--bind',
      '127.0.0.1',
      '--cluster-enabled',
      'yes',
    ]);
    assert.equal(code, 1);
    assert.match(out, /Unrecoverable error: corrupted cluster config file/);
    assert.equal(readFileSync(path.join(folder, 'nodes.conf'), 'utf8'), 'hello\n');
  });
});

describe('the command line', () => {
  it('knows its commands, and says so when there is no such', () => {
    assert.equal(run(['help']).code, 0);
    assert.match(run(['help']).out, /lab .*\n.*node .*\n.*trib .*\n.*check-conf /);
    const unknown = run(['serve']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.error, /there is no command 'serve'/);
    assert.equal(run([]).code, 2);
  });

  it('checks conf files', () => {
    const file = confFile('checked.conf', 'port x');
    const { code, out } = run(['check-conf', '--json', file]);
    assert.equal(code, 1);
    assert.equal(JSON.parse(out).diagnostics[0].severity, 'error');
  });
});
