/** What somebody with an old Node is told. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(path.join(root, 'package.json'), 'utf8'),
);

function run(...options: string[]): ReturnType<typeof spawnSync> {
  const args = [...options, '--import', './test/node-version.mjs', '--eval', 'console.log("it runs")'];
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
}

describe('a Node that does not know TypeScript', () => {
  it('is told which one is needed, and nothing is run', () => {
    const { status, stdout, stderr } = run('--no-experimental-strip-types');
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(String(stderr), /needs Node 24, or 22\.18 at least, and is Node v/);
  });

  it('is told by every script that people start', () => {
    for (const name of ['start', 'check', 'test', 'bench'])
      assert.match(scripts[name] ?? '', /^node --import \.\/test\/node-version\.mjs test\//, name);
  });
});

describe('this Node', () => {
  it('goes on', () => {
    assert.equal(run().stdout, 'it runs\n');
  });
});
