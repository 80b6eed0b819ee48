import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { labOfFiles, namesWithoutEffectIn, ownStartOf, passwordOf } from '../../extension/lab/conf-set.ts';

const file = (port: number, folder = '/n') => path.join(folder, String(port), `redis-${port}.conf`);

describe("conf files of somebody's own", () => {
  it('are a lab when they lie as the tutorial has them', () => {
    const files = [7005, 7000, 7003, 7001, 7004, 7002].map((port) => file(port));
    assert.deepEqual(labOfFiles(files), { folder: path.normalize('/n'), basePort: 7000, nodes: 6 });
  });

  it('are none when a port is missing, or they lie elsewhere', () => {
    assert.throws(() => labOfFiles([]), /No configuration file/);
    assert.throws(() => labOfFiles([file(7000), file(7002)]), /7001 is missing/);
    assert.throws(() => labOfFiles([file(7000), file(7001, '/m')]), /different folders/);
    assert.throws(() => labOfFiles(['/n/redis-7000.conf']), /redis-7000\.conf lies elsewhere/);
    assert.throws(() => labOfFiles(['/n/7000/node.conf']), /node\.conf lies elsewhere/);
  });

  it('say which password clients need, unless a directive of the lab does', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'conf-set-'));
    const password = (directives = {}) => passwordOf({ folder, basePort: 7000, directives });
    assert.equal(password(), '', 'no file yet');
    mkdirSync(path.join(folder, '7000'));
    writeFileSync(file(7000, folder), 'port 7000\n');
    assert.equal(password(), '');
    writeFileSync(file(7000, folder), 'port 7000\nrequirepass "two words"\n');
    assert.equal(password(), 'two words');
    assert.equal(password({ requirepass: 'other' }), 'other');
    writeFileSync(path.join(folder, 'common.conf'), 'requirepass shared\nio-threads 4\n');
    writeFileSync(file(7000, folder), 'include common.conf\nport 7000\n');
    assert.equal(password(), 'shared', 'in a file that all nodes include');
    assert.deepEqual(namesWithoutEffectIn([file(7000, folder)]), ['io-threads']);
    rmSync(folder, { recursive: true });
  });

  it('start where their relative folders lead somewhere', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'conf-set-'));
    mkdirSync(path.join(folder, '7000'));
    const own = file(7000, folder);
    const startFolder = (text: string): string => ownStartOf(own, text).folder;
    assert.equal(startFolder('dir ./7000\n'), folder);
    assert.equal(startFolder('dir ./\n'), path.dirname(own));
    assert.equal(startFolder('port 7000\n'), path.dirname(own));
    assert.equal(startFolder('dir /var\n'), path.dirname(own));
    mkdirSync(path.join(folder, '七千'));
    assert.equal(startFolder('dir ./七千\n'), folder);
    rmSync(folder, { recursive: true });
  });

  it('start where the files that they include are found, and are read with these', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'conf-set-'));
    for (const part of ['7000', 'shared']) mkdirSync(path.join(folder, part));
    const own = file(7000, folder);
    writeFileSync(path.join(folder, 'shared', '1.conf'), 'daemonize yes\nlogfile all.log\n');
    const here = { folder, logFile: path.join(folder, 'all.log'), goesIntoBackground: true };
    assert.deepEqual(ownStartOf(own, 'include shared/1.conf\nport 7000\n'), here);
    assert.deepEqual(ownStartOf(own, 'include shared/*.conf\nport 7000\n'), here);
    writeFileSync(path.join(folder, 'shared', '2.conf'), 'dir ./7000\n');
    assert.equal(ownStartOf(own, `include ${path.join(folder, 'shared', '2.conf')}\n`).folder, folder);
    assert.equal(ownStartOf(own, 'include nowhere.conf\n').folder, path.dirname(own));
    rmSync(folder, { recursive: true });
  });

  it('tell where the log of a server goes, and whether it leaves its terminal', () => {
    const start = (text: string) => ownStartOf('/n/7000/redis-7000.conf', text);
    assert.equal(start('port 7000\n').logFile, '');
    assert.equal(start('logfile 日志.log\n').logFile, path.resolve('/n/7000/日志.log'));
    assert.equal(start('logfile a.log\ndir data\n').logFile, path.resolve('/n/7000/data/a.log'));
    assert.equal(start('logfile /var/a.log\n').logFile, path.resolve('/var/a.log'));
    assert.ok(start('daemonize yes\n').goesIntoBackground);
    assert.ok(!start('daemonize yes\ndaemonize no\n').goesIntoBackground);
  });
});
