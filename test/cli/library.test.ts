/** The package as a Node program gets it: its types, and a lab started from it by the system's own Node. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { temporaryOptions } from '../lab/temporary-lab.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'library-test-'));
const installed = path.join(folder, 'node_modules/redis-cluster-lab');
const shell = process.platform === 'win32';

/** The Node that a user's programs run on, which may be older than the one that tests run on. */
function systemNode(): string {
  const name = shell ? 'node.exe' : 'node';
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const elsewhere = folders.filter((place) => !/node_modules|node-gyp-bin/.test(place));
  return (
    elsewhere.map((place) => path.join(place, name)).find((file) => existsSync(file)) ?? process.execPath
  );
}

function compile(program: string): string {
  writeFileSync(path.join(folder, 'program.ts'), program);
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '--strict', '--noEmit', '--module', 'nodenext', '--types', '', '--target', 'es2023'];
  return spawnSync(process.execPath, [...args, 'program.ts'], { cwd: folder, encoding: 'utf8' }).stdout;
}

before(() => {
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    shell,
  });
  mkdirSync(installed, { recursive: true });
  const archive = path.join(folder, packed.trim().split('\n').at(-1) ?? '');
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', installed]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the library', () => {
  it('has types', () => {
    const told = compile(`
      import { type LabSnapshot, type NodeSnapshot, startLab, WorkerLab } from 'redis-cluster-lab';
      const lab = await startLab({ basePort: 7100, directives: { 'cluster-node-timeout': '2000' } });
      const primaries: readonly NodeSnapshot[] = lab.snapshot.nodes.filter(({ role }) => role === 'primary');
      await lab.act(primaries[0]?.port ?? 7100, 'kill');
      const stop: () => void = lab.onSnapshot((snapshot: LabSnapshot) => snapshot.clusterState === 'ok');
      lab.onTimeline((entries) => entries.map(({ at, port, text }) => at + (port ?? 0) + text.length));
      stop();
      await new WorkerLab().dispose();
      await lab.dispose();
    `);
    assert.equal(told, '');
  });

  it('has types that say no', () => {
    const told = compile(`
      import { startLab } from 'redis-cluster-lab';
      const lab = await startLab({ basePort: '7100' });
      await lab.act(7100, 'explode');
    `);
    assert.match(told, /program\.ts\(3,\d+\): error TS2322/);
    assert.match(told, /program\.ts\(4,\d+\): error TS2345/);
  });

  for (const [name, program] of [
    ['program.mjs', "import { startLab } from 'redis-cluster-lab';\nrun(startLab);"],
    ['program.cjs', "import('redis-cluster-lab').then(({ startLab }) => run(startLab));"],
  ] as const) {
    it(`starts a lab from ${name}`, async () => {
      const { basePort } = await temporaryOptions();
      writeFileSync(
        path.join(folder, name),
        `${program}
        async function run(startLab) {
          const lab = await startLab({ basePort: ${basePort} });
          const { clusterState, nodes, options } = lab.snapshot;
          await lab.dispose();
          const { existsSync } = await import('node:fs');
          console.log(clusterState, nodes.length, existsSync(options.folder) ? 'folder left' : 'folder gone');
        }`,
      );
      const told = execFileSync(systemNode(), [name], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
      assert.match(told, /^ok 6 folder gone\n$/);
    });
  }
});
