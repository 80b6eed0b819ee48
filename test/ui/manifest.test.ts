/** The manifest says the same as the code it speaks of. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { NodeSnapshot } from '../../extension/lab/protocol.ts';
import { TARGETS } from '../../extension/redis/config/directive.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Menu {
  readonly command: string;
  readonly when: string;
}

interface Manifest {
  readonly icon: string;
  readonly l10n: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
    readonly configuration: readonly {
      readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
    }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly languages: readonly { readonly configuration: string }[];
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
  };
}

const manifest: Manifest = JSON.parse(read('package.json'));
const { contributes } = manifest;
const settings = Object.assign({}, ...contributes.configuration.map(({ properties }) => properties));
const menus = Object.values(contributes.menus).flat();

describe('the manifest', () => {
  it('names files that are there', () => {
    const files = [
      manifest.icon,
      manifest.l10n,
      ...contributes.grammars.map((grammar) => grammar.path),
      ...contributes.languages.map((language) => language.configuration),
      ...contributes.viewsContainers.activitybar.map((container) => container.icon),
    ];
    for (const file of files) assert.ok(existsSync(path.join(root, file)), file);
  });

  it('declares the commands of its menus', () => {
    const declared = new Set(contributes.commands.map(({ command }) => command));
    for (const { command } of menus) assert.ok(declared.has(command), command);
  });

  it('has the settings that are read, and reads those it has', () => {
    const source = globSync('extension/ui/*.ts', { cwd: root }).map(read).join('\n');
    const used = [...source.matchAll(/\.get(?:<.+>)?\('((?:lab|console|conf)\.\w+)'/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(
      [...new Set(used)].map((name) => `redisClusterLab.${name}`).sort(),
      Object.keys(settings).sort(),
    );
  });

  it('offers the targets that the language server knows', () => {
    assert.deepEqual(settings['redisClusterLab.conf.target'].enum, ['auto', ...TARGETS]);
  });
});

describe('the menu of a node', () => {
  /** What is offered for a node in this state, as VS Code decides it. */
  function offered(context: string): string[] {
    const fits = ({ when }: Menu): boolean => {
      const [, pattern] = /viewItem =~ \/(.+)\//.exec(when) ?? [];
      const [, exact] = /viewItem == '(.+)'/.exec(when) ?? [];
      return pattern === undefined ? exact === context : new RegExp(pattern).test(context);
    };
    const names = (contributes.menus['view/item/context'] ?? [])
      .filter(fits)
      .map(({ command }) => command.replace(/^redisClusterLab\.(?:node\.)?/, ''));
    return [...new Set(names)].sort();
  }

  it('offers what can be done in its state', () => {
    const always = ['copyAddress', 'openConf', 'network.split', 'network.delay'];
    const trib = ['trib.reshard', 'trib.delNode'];
    const running = ['kill', 'openConsole', 'pause', 'restart', 'shutdown'];
    const cases: [NodeSnapshot['role'], NodeSnapshot['process'], string[]][] = [
      ['primary', 'running', [...running, 'network.demonstrate', ...trib]],
      ['replica', 'running', [...running, 'failover', 'trib.delNode']],
      ['primary', 'paused', ['kill', 'restart', 'resume']],
      ['replica', 'killed', ['start', 'trib.delNode']],
      ['primary', 'stopped', ['start', 'trib.delNode']],
      ['replica', 'failed', ['start']],
      ['primary', 'starting', ['kill']],
    ];
    for (const [role, process, commands] of cases) {
      const context = `node;${role};${process}`;
      assert.deepEqual(offered(context), [...commands, ...always].sort(), context);
    }
  });

  it('offers for a node elsewhere what can be done from here', () => {
    const cases: [string, string[]][] = [
      ['member;primary;reachable', ['copyAddress', 'openConsole', 'trib.delNode', 'trib.reshard']],
      ['member;replica;reachable', ['copyAddress', 'openConsole', 'trib.delNode']],
      ['member;primary;unreachable', ['copyAddress', 'trib.delNode']],
    ];
    for (const [context, commands] of cases) assert.deepEqual(offered(context), commands, context);
  });

  it('offers redis-trib for a cluster that is there, and a connection for one that is not', () => {
    const eleven = ['addNode', 'backup', 'call', 'check', 'delNode', 'fix', 'import', 'info'].concat([
      'rebalance',
      'reshard',
      'setTimeout',
    ]);
    const trib = eleven.map((name) => `trib.${name}`);
    const own = ['cluster.edit', 'cluster.remove'];
    assert.deepEqual(offered('cluster;ready'), trib);
    const connected = [...own, 'cluster.disconnect', ...trib];
    assert.deepEqual(offered('remote;connected;readonly'), [...connected, 'cluster.allowChanges'].sort());
    assert.deepEqual(offered('remote;connected;writable'), [...connected, 'cluster.forbidChanges'].sort());
    assert.deepEqual(
      offered('remote;off;readonly'),
      [...own, 'cluster.reconnect', 'cluster.allowChanges'].sort(),
    );
    assert.deepEqual(offered('lab;stopped'), ['startLab']);
  });
});
