import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { threadId } from 'node:worker_threads';
import { acquireLock, releaseLocksOfThread } from '../../extension/worlds/file-lock.ts';
import { makeFolders } from '../../extension/worlds/system-disk.ts';
import { TcpWorld } from '../../extension/worlds/tcp.ts';

const folder = mkdtempSync(join(tmpdir(), 'system-disk-'));
after(() => rmSync(folder, { recursive: true }));

const { disk } = new TcpWorld();

test('a file is replaced as a whole and nothing is left beside it', () => {
  const path = join(folder, 'replaced', 'nodes.conf');
  disk.makeFolder(join(folder, 'replaced'));
  assert.equal(disk.read(path), undefined);
  disk.replace(path, Buffer.from('old and longer'));
  disk.replace(path, Buffer.from('new'), false);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.deepEqual(disk.list(join(folder, 'replaced')), ['nodes.conf']);
  assert.deepEqual(disk.list(join(folder, 'no such folder')), []);
});

// Links need rights there that few have.
const noLinks = process.platform === 'win32';

test('a link to a file is a file of its folder; folders, and links that lead nowhere, are none', {
  skip: noLinks,
}, () => {
  const certificates = join(folder, 'certificates');
  mkdirSync(join(certificates, 'more'), { recursive: true });
  writeFileSync(join(certificates, 'ca-1.crt'), '');
  symlinkSync('ca-1.crt', join(certificates, 'ca.crt'));
  symlinkSync('gone', join(certificates, 'old.crt'));
  symlinkSync('more', join(certificates, 'others'));
  assert.deepEqual(disk.list(certificates), ['ca-1.crt', 'ca.crt']);
});

test('a file grows at its end, also after it was opened again', async () => {
  const path = join(folder, 'appended');
  const first = disk.open(path, 'append');
  first.append(Buffer.from('one'));
  first.close();
  const second = disk.open(path, 'append');
  assert.equal(second.size, 3);
  second.append(Buffer.from('two'));
  await new Promise<void>((resolve, reject) => {
    second.sync((error) => (error === undefined ? resolve() : reject(error)));
  });
  const into = Buffer.alloc(10);
  assert.equal(second.read(into, 1), 5);
  assert.equal(into.toString('latin1', 0, 5), 'netwo');
  second.truncate(2);
  second.append(Buffer.from('!'));
  second.close();
  assert.equal(readFileSync(path, 'utf8'), 'on!');
});

test('a file may be closed while a sync is under way', async () => {
  const file = disk.open(join(folder, 'closing'), 'create');
  file.append(Buffer.from('x'));
  await new Promise<void>((resolve) => {
    file.sync((error) => {
      assert.equal(error, undefined);
      resolve();
    });
    file.close();
  });
});

test('a file that can not be opened to be synced is told of, like one whose sync fails', async () => {
  const path = join(folder, 'no such folder', 'nodes.conf');
  const error = await new Promise<Error | undefined>((resolve) => disk.sync(path, resolve));
  assert.match(String(error?.message), /^ENOENT/);
});

test('two nodes of one process exclude each other', () => {
  const path = join(folder, 'nodes.lock');
  const mine = disk.lock(path);
  assert.ok(mine);
  assert.equal(new TcpWorld().disk.lock(path), undefined);
  mine.release();
  const again = disk.lock(path);
  assert.ok(again);
  again.release();
  assert.equal(existsSync(path), false);
});

test('a killed node gives its lock back', () => {
  const path = join(folder, 'killed.lock');
  const world = new TcpWorld();
  assert.ok(world.disk.lock(path));
  world.destroyAll();
  disk.lock(path)?.release();
  assert.equal(existsSync(path), false);
});

test('a living process keeps its lock, a dead one loses it', () => {
  const path = join(folder, 'other.lock');
  const module = new URL('../../extension/worlds/file-lock.ts', import.meta.url).href;
  const script = `import { acquireLock } from ${JSON.stringify(module)};
    process.stdout.write(acquireLock(process.argv[1]) === undefined ? 'refused' : 'held');`;
  const other = () =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script, path], { encoding: 'utf8' }).stdout;
  // The child died holding it; its file is still there.
  assert.equal(other(), 'held');
  assert.equal(existsSync(path), true);
  const mine = disk.lock(path);
  assert.ok(mine);
  assert.equal(other(), 'refused');
  mine.release();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('other')),
    [],
  );
});

test('a lock is given back where no system tells when a process began', () => {
  const unknown = () => '';
  const path = join(folder, 'macos.lock');
  const mine = acquireLock(path, unknown);
  assert.ok(mine);
  const owner = readFileSync(path, 'utf8');
  mine.release();
  assert.equal(existsSync(path), false);
  // Of a thread that is no more: who else should have it must not find it taken.
  writeFileSync(path, owner.replace(`${process.pid} ${threadId}`, `${process.pid} 999`));
  assert.equal(acquireLock(path, unknown), undefined);
  releaseLocksOfThread(folder, 999, unknown);
  const again = acquireLock(path, unknown);
  assert.ok(again);
  again.release();
});

test('a lock file that names no process is stale', () => {
  const path = join(folder, 'garbage.lock');
  writeFileSync(path, 'not a lock of ours');
  const mine = disk.lock(path);
  assert.ok(mine);
  mine.release();
});

test('locks of a worker thread that died are released in its name', () => {
  const path = join(folder, 'thread.lock');
  const mine = disk.lock(path);
  assert.ok(mine);
  const owner = readFileSync(path, 'utf8');
  mine.release();
  // As a thread left it that is no more.
  writeFileSync(path, owner.replace(`${process.pid} ${threadId}`, `${process.pid} 999`));
  assert.equal(disk.lock(path), undefined);
  releaseLocksOfThread(folder, 999);
  const again = disk.lock(path);
  assert.ok(again);
  again.release();
});

test('a name may be taken at once from a file whose room is given back later', async () => {
  const [old, next] = [join(folder, 'old.rdb'), join(folder, 'next.rdb')];
  writeFileSync(old, 'x'.repeat(100_000));
  writeFileSync(next, 'next');
  const error = await new Promise<Error | undefined>((resolve) => disk.rename(next, old, resolve));
  assert.equal(error, undefined);
  assert.equal(readFileSync(old, 'utf8'), 'next');
  disk.remove(old);
  writeFileSync(old, 'again');
  assert.equal(readFileSync(old, 'utf8'), 'again');
  disk.remove(join(folder, 'never was'));
  assert.throws(() => disk.rename(join(folder, 'never was'), old, () => {}), /ENOENT/);
});

test('a folder is made with those above it, and where none can be the system says why', () => {
  const deep = join(folder, 'a', 'b', 'c');
  makeFolders(deep);
  makeFolders(deep);
  assert.ok(existsSync(deep));
  writeFileSync(join(folder, 'file'), '');
  // Nobody makes folders there, root neither. Windows has no such place, and says that there is none.
  assert.throws(() => makeFolders(join(folder, 'file', 'below')), { code: /^(?:ENOTDIR|ENOENT|EEXIST)$/ });
  if (process.platform !== 'win32') assert.throws(() => makeFolders('/proc/none/7000'));
});

/** From now on in this test an fsync of a folder fails with `code`; files are synced as ever. */
function failFolderSyncs(t: TestContext, code: string): void {
  const { fsync, fsyncSync } = fs;
  const failureOf = (fd: number) =>
    fs.fstatSync(fd).isDirectory() ? Object.assign(new Error(`${code}, fsync`), { code }) : undefined;
  t.mock.method(fs, 'fsyncSync', (fd: number) => {
    const failure = failureOf(fd);
    if (failure !== undefined) throw failure;
    fsyncSync(fd);
  });
  t.mock.method(fs, 'fsync', (fd: number, done: (error: Error | null) => void) => {
    const failure = failureOf(fd);
    if (failure === undefined) fsync(fd, done);
    else setImmediate(() => done(failure));
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

const noFolderSyncs = process.platform === 'win32';

test('a folder whose file system has no fsync for folders holds files as any other', {
  skip: noFolderSyncs,
}, async (t) => {
  failFolderSyncs(t, 'EINVAL');
  const [path, next] = [join(folder, 'shared.conf'), join(folder, 'shared.tmp')];
  disk.replace(path, Buffer.from('one'));
  writeFileSync(next, 'two');
  disk.rename(next, path);
  assert.equal(readFileSync(path, 'utf8'), 'two');
  writeFileSync(next, 'three');
  assert.equal(await new Promise((resolve) => disk.rename(next, path, resolve)), undefined);
  assert.equal(readFileSync(path, 'utf8'), 'three');
});

test('a folder that its disk can not write back is told of', { skip: noFolderSyncs }, async (t) => {
  failFolderSyncs(t, 'EIO');
  const [path, next] = [join(folder, 'failing.conf'), join(folder, 'failing.tmp')];
  assert.throws(() => disk.replace(path, Buffer.from('one')), { code: 'EIO' });
  writeFileSync(next, 'two');
  assert.throws(() => disk.rename(next, path), { code: 'EIO' });
  writeFileSync(next, 'three');
  const error = await new Promise<Error | undefined>((resolve) => disk.rename(next, path, resolve));
  assert.match(String(error?.message), /EIO/);
});
