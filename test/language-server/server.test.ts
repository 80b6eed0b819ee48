import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Diagnostic } from 'vscode-languageserver';
import {
  createConnection,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { BYTE_ORDER_MARKS_NOTIFICATION, SLOT_MAP_NOTIFICATION } from '../../language-server/protocol.ts';
import { startServer } from '../../language-server/server.ts';
import { findKeys } from './service-under-test.ts';

/** A client on a pair of pipes, and a clock that only moves when told. */
class Client {
  readonly published = new Map<string, Diagnostic[]>();
  private readonly connection: MessageConnection;
  private readonly files: Record<string, string>;
  /** Files that the server is told of when it searches the workspace. */
  readonly workspace: Record<string, string>;
  private due: (() => void)[] = [];

  constructor(files: Record<string, string> = {}, workspace: Record<string, string> = {}) {
    this.files = files;
    this.workspace = workspace;
    const toServer = new PassThrough();
    const toClient = new PassThrough();
    const server = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
    startServer(server, {
      findKeys,
      after: (_milliseconds, action) => {
        this.due.push(action);
        return () => {
          this.due = this.due.filter((other) => other !== action);
        };
      },
      readFile: (uri) => this.files[uri] ?? this.workspace[uri],
      findConfFiles: async (_folders, found) =>
        found(Object.keys(this.workspace).filter((uri) => uri.endsWith('.conf'))),
      readInclude: (_uri, included) => this.workspace[included.replace('..', 'file:///w')],
      siblingsOf: (uri) => Object.keys(this.files).filter((other) => other !== uri || uri in this.files),
    });
    this.connection = createMessageConnection(
      new StreamMessageReader(toClient),
      new StreamMessageWriter(toServer),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => {
      this.published.set(uri, diagnostics);
    });
    this.connection.listen();
  }

  async start(initializationOptions?: object): Promise<void> {
    await this.request('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
      initializationOptions,
    });
    await this.notify('initialized', {});
  }

  request<Result>(method: string, params: object): Promise<Result> {
    return this.connection.sendRequest<Result>(method, params);
  }

  notify(method: string, params: object | null): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  open(uri: string, languageId: string, text: string): Promise<void> {
    return this.notify('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
  }

  change(uri: string, version: number, text: string): Promise<void> {
    return this.notify('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  /** Everything sent so far has been handled; then the quiet time passes, and its results arrive. */
  async settle(): Promise<void> {
    await this.hover('file:///nowhere', 0, 0);
    const { due } = this;
    this.due = [];
    for (const action of due) action();
    await this.hover('file:///nowhere', 0, 0);
  }

  /** What was found out makes the server look at other files again. */
  async settleAll(): Promise<void> {
    do await this.settle();
    while (this.waiting > 0);
  }

  get waiting(): number {
    return this.due.length;
  }

  hover(uri: string, line: number, character: number): Promise<{ contents: { value: string } } | null> {
    return this.request('textDocument/hover', { textDocument: { uri }, position: { line, character } });
  }

  codes(uri: string): (string | number | undefined)[] | undefined {
    return this.published.get(uri)?.map(({ code }) => code);
  }

  async stop(): Promise<void> {
    await this.request('shutdown', {});
    this.connection.dispose();
  }
}

const CONF = 'file:///lab/7000/redis-7000.conf';

test('diagnostics come when typing pauses, and go with the file', async () => {
  const client = new Client();
  await client.start({ locale: 'en', docsUri: 'file:///docs/' });
  await client.open(CONF, 'redis-conf', 'prot 7000\n');
  await client.change(CONF, 2, 'port 7000\nprot 1\n');
  await client.hover(CONF, 0, 0);
  assert.equal(client.waiting, 1, 'the second change called the first check off');
  await client.settle();
  assert.deepEqual(client.codes(CONF), ['misspelt-directive']);
  const actions = await client.request<{ title: string }[]>('textDocument/codeAction', {
    textDocument: { uri: CONF },
    range: { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } },
    context: { diagnostics: client.published.get(CONF) },
  });
  assert.deepEqual(
    actions.map(({ title }) => title),
    ['Change to “port”'],
  );
  await client.notify('textDocument/didClose', { textDocument: { uri: CONF } });
  await client.settle();
  assert.deepEqual(client.codes(CONF), []);
  await client.stop();
});

test('settings may change while files are open', async () => {
  const client = new Client();
  await client.start({ settings: { target: 'redis-6.2' } });
  await client.open(CONF, 'redis-conf', 'cluster-enabled yes\ncluster-port 17000\n');
  await client.settle();
  assert.deepEqual(client.codes(CONF), ['directive-not-in-version']);
  await client.notify('workspace/didChangeConfiguration', { settings: { target: 'redis-7.0' } });
  await client.settle();
  assert.deepEqual(client.codes(CONF), []);
  await client.stop();
});

test('a byte order mark is told of though no text has it, and again when it is gone', async () => {
  const client = new Client();
  await client.start();
  await client.open(CONF, 'redis-conf', 'port 7000\n');
  await client.notify(BYTE_ORDER_MARKS_NOTIFICATION, [{ uri: CONF, encoding: 'UTF-8 with BOM' }]);
  await client.settle();
  assert.deepEqual(client.codes(CONF), ['byte-order-mark']);
  const [diagnostic] = client.published.get(CONF) ?? [];
  assert.match(String(diagnostic?.message), /saved as UTF-8 with BOM/);
  const actions = await client.request<{ command?: { command: string }; edit?: object }[]>(
    'textDocument/codeAction',
    { textDocument: { uri: CONF }, range: diagnostic?.range, context: { diagnostics: [diagnostic] } },
  );
  assert.deepEqual(
    actions.map(({ command, edit }) => [command?.command, edit]),
    [['workbench.action.editor.changeEncoding', undefined]],
  );
  await client.notify(BYTE_ORDER_MARKS_NOTIFICATION, []);
  await client.settle();
  assert.deepEqual(client.codes(CONF), []);
  await client.stop();
});

test('the slot map shows in hovers', async () => {
  const client = new Client();
  await client.start();
  const uri = 'file:///lab/a.redis';
  await client.open(uri, 'redis-commands', 'GET name\n');
  await client.notify(SLOT_MAP_NOTIFICATION, [{ source: 'lab', ranges: [[0, 16383, '127.0.0.1:7001']] }]);
  assert.match((await client.hover(uri, 0, 5))?.contents.value ?? '', /127\.0\.0\.1:7001/);
  const names = await client.request<{ label: string }[]>('textDocument/completion', {
    textDocument: { uri },
    position: { line: 1, character: 0 },
  });
  assert.ok(names.some(({ label }) => label === 'MSET'));
  await client.stop();
});

test('files of one set-up are read together, open or not', async () => {
  const other = 'file:///lab/7001/redis-7001.conf';
  const node = 'cluster-enabled yes\nport 7000\n';
  const client = new Client({ [CONF]: node, [other]: node });
  await client.start();
  await client.open(other, 'redis-conf', node);
  await client.settle();
  assert.ok(client.codes(other)?.includes('same-port'));
  // Editing the first file clears the second.
  await client.open(CONF, 'redis-conf', node.replace('7000', '7002'));
  await client.settle();
  assert.ok(!client.codes(other)?.includes('same-port'));
  await client.stop();
});

test('files that nobody has open are compared as well, and changes of them are seen', async () => {
  const [one, two] = ['file:///w/7000/redis-7000.conf', 'file:///w/7001/redis-7001.conf'];
  const client = new Client({}, { [one]: 'cluster-enabled yes\n', [two]: 'port 6379\ntimeout soon\n' });
  await client.start();
  await client.settle();
  const [clash] = (client.published.get(two) ?? []).filter(({ code }) => code === 'same-port');
  assert.equal(clash?.relatedInformation?.[0]?.location.uri, one);
  // What a file says by itself is told when somebody looks at it.
  assert.ok(!client.codes(two)?.includes('not-an-integer'));
  await client.open(two, 'redis-conf', 'port 6379\ntimeout soon\n');
  await client.settle();
  assert.ok(client.codes(two)?.includes('not-an-integer') && client.codes(two)?.includes('same-port'));
  client.workspace[one] = 'cluster-enabled yes\nport 7000\n';
  await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: one, type: 2 }] });
  await client.settle();
  assert.ok(!client.codes(two)?.includes('same-port'));
  await client.notify('textDocument/didClose', { textDocument: { uri: two } });
  await client.settle();
  assert.ok(!client.codes(two)?.includes('not-an-integer'));
  await client.stop();
});

test('a file that others include is no node, and is judged with what they say', async () => {
  const [one, two] = ['file:///w/7000/redis-7000.conf', 'file:///w/7001/redis-7001.conf'];
  const [common, limits] = ['file:///w/redis-common.conf', 'file:///w/redis-limits.conf'];
  const node = (port: number): string => `port ${port}\ncluster-enabled yes\ninclude ../redis-common.conf\n`;
  const shared = 'cluster-node-timeout 5000\nmaxmemory-policy allkeys-lru\n';
  const client = new Client({}, { [one]: node(7000), [two]: node(7001), [common]: shared, [limits]: shared });
  await client.start();
  await client.settle();
  await client.open(common, 'redis-conf', shared);
  await client.open(limits, 'redis-conf', shared);
  await client.settleAll();
  assert.deepEqual(client.codes(common), []);
  // Nobody includes the other one: it is a node as far as anybody knows.
  assert.ok(client.codes(limits)?.includes('needs-cluster-enabled'));
  assert.ok(!client.codes(limits)?.includes('same-port'));
  const lenses = async (uri: string) => {
    const params = { textDocument: { uri } };
    const all = await client.request<{ command: { title: string } }[]>('textDocument/codeLens', params);
    return all.map(({ command }) => command.title);
  };
  assert.deepEqual(await lenses(common), ['Part of redis-7000.conf and 1 more, which include it']);

  // Who stops to include it leaves a node behind.
  for (const uri of [one, two]) {
    client.workspace[uri] = 'port 7000\n';
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
  }
  await client.settleAll();
  assert.ok(client.codes(common)?.includes('same-port'));
  assert.deepEqual(await lenses(common), ['Start this node']);
  await client.stop();
});

test('what a file includes is read again when it was saved', async () => {
  const [one, two] = ['file:///w/7000/redis-7000.conf', 'file:///w/7001/redis-7001.conf'];
  const shared = 'file:///w/shared.inc';
  const node = (port: number): string => `cluster-enabled yes\nport ${port}\ninclude ../shared.inc\n`;
  const client = new Client({}, { [one]: node(7000), [two]: node(7001), [shared]: 'timeout 1\n' });
  await client.start();
  await client.open(one, 'redis-conf', node(7000));
  await client.settle();
  assert.ok(!client.codes(one)?.includes('same-port'));
  client.workspace[shared] = 'port 7000\ntimeout soon\n';
  await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: shared, type: 2 }] });
  await client.settle();
  assert.ok(client.codes(one)?.includes('included-file-refused'));
  assert.ok(client.codes(one)?.includes('same-port') && client.codes(two)?.includes('same-port'));
  client.workspace[shared] = 'timeout 1\n';
  await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: shared, type: 2 }] });
  await client.settle();
  assert.ok(
    !client.codes(one)?.some((code) => ['same-port', 'included-file-refused'].includes(String(code))),
  );
  await client.stop();
});

test('a setting says which files are a set-up', async () => {
  const [one, two] = ['file:///w/east/redis-a.conf', 'file:///w/west/redis-b.conf'];
  const client = new Client({}, { [one]: 'port 7000\n', [two]: 'port 7000\n' });
  await client.start();
  await client.settle();
  assert.equal(client.codes(two), undefined);
  await client.notify('workspace/didChangeConfiguration', {
    settings: { deployments: ['*st/redis-*.conf'] },
  });
  await client.settle();
  assert.ok(client.codes(two)?.includes('same-port'));
  await client.notify('workspace/didChangeConfiguration', { settings: { deployments: [] } });
  await client.settle();
  assert.deepEqual(client.codes(two), []);
  await client.stop();
});

test('files of one folder that are no nodes of a cluster may be variants of one: closed ones are left alone', async () => {
  const [one, two] = ['file:///w/redis-dev.conf', 'file:///w/redis-prod.conf'];
  const client = new Client({}, { [one]: 'port 6379\n', [two]: 'port 6379\n' });
  await client.start();
  await client.settle();
  assert.equal(client.codes(two), undefined);
  await client.open(two, 'redis-conf', 'port 6379\n');
  await client.settle();
  assert.ok(client.codes(two)?.includes('same-port'));
  assert.equal(client.codes(one), undefined);
  await client.stop();
});

test('of a folder with very many files an open one is always looked at', async () => {
  const files = Array.from({ length: 100 }, (_, at) => `file:///w/redis-${String(at).padStart(3, '0')}.conf`);
  const last = files.at(-1) ?? '';
  const client = new Client({}, Object.fromEntries(files.map((uri) => [uri, 'port 0\n'])));
  await client.start();
  await client.open(last, 'redis-conf', 'timeout soon\n');
  await client.settle();
  assert.ok(client.codes(last)?.includes('not-an-integer'));
  await client.stop();
});
