import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

async function open(language: string, content: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
  return document;
}

/** The diagnostics of a document once there are any. */
async function diagnosticsOf(document: vscode.TextDocument): Promise<readonly vscode.Diagnostic[]> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const diagnostics = vscode.languages.getDiagnostics(document.uri);
    if (diagnostics.length > 0) return diagnostics;
    assert.ok(performance.now() < deadline, `no diagnostics for ${document.uri}`);
    await pause(20);
  }
}

async function hoverAt(document: vscode.TextDocument, text: string): Promise<string> {
  const place = document.positionAt(document.getText().indexOf(text) + 1);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    place,
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n');
}

describe('redis.conf', () => {
  it('is checked, with a code for every finding', async () => {
    const document = await open('redis-conf', 'cluster-enbled yes\n');
    const [diagnostic] = await diagnosticsOf(document);
    assert.match(diagnostic?.message ?? '', /cluster-enabled/);
    assert.equal(diagnostic?.severity, vscode.DiagnosticSeverity.Error);
    assert.ok(typeof diagnostic?.code === 'object' && diagnostic.code.value === 'misspelt-directive');
  });

  it('that is saved with a byte order mark, which no text shows, is one that no server reads', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    // Of a name that belongs to no deployment.
    const file = vscode.Uri.joinPath(folder, 'marked', 'redis.conf');
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode('\ufeff# mine\nport 7000\n'));
    const document = await vscode.workspace.openTextDocument(file);
    assert.ok(document.getText().startsWith('#'));
    const [diagnostic] = await diagnosticsOf(document);
    assert.match(diagnostic?.message ?? '', /saved as UTF-8 with BOM/);
  });

  it('explains its directives', async () => {
    const document = await open('redis-conf', 'cluster-enabled yes\ncluster-node-timeout 2000\n');
    assert.match(await hoverAt(document, 'cluster-node-timeout'), /milliseconds[\s\S]*15000/);
  });

  it('of another version is judged by that version', async () => {
    const settings = vscode.workspace.getConfiguration('redisClusterLab');
    await settings.update('conf.target', 'redis-3.2', vscode.ConfigurationTarget.Global);
    try {
      const document = await open('redis-conf', 'cluster-enabled yes\ncluster-announce-ip 127.0.0.1\n');
      const [diagnostic] = await diagnosticsOf(document);
      assert.match(diagnostic?.message ?? '', /cluster-announce-ip/);
    } finally {
      await settings.update('conf.target', undefined, vscode.ConfigurationTarget.Global);
    }
  });
});

describe('a configuration file of 10 MB', () => {
  it('gets its findings, up to a limit, and others are answered all the same', async () => {
    const line = 'cluster-enbled yes\n';
    const big = await open('redis-conf', line.repeat(Math.ceil(10e6 / line.length)));
    const small = await open('redis-conf', 'cluster-node-timeout 2000\n');
    assert.match(await hoverAt(small, 'cluster-node-timeout'), /milliseconds/);
    const findings = await diagnosticsOf(big);
    assert.ok(findings.length <= 1002, `${findings.length} findings`);
    assert.ok(
      findings.some(({ message }) => message.includes('only the first 1000')),
      findings.at(-1)?.message,
    );
    const edit = new vscode.WorkspaceEdit();
    edit.insert(big.uri, new vscode.Position(0, 0), 'cluster-node-timeout 2000\n');
    await vscode.workspace.applyEdit(edit);
    assert.match(await hoverAt(big, 'cluster-node-timeout'), /milliseconds/);
  });
});

describe('a configuration file', () => {
  const run = <Answer>(command: string, uri: vscode.Uri, ...more: readonly unknown[]) =>
    vscode.commands.executeCommand<Answer>(command, uri, ...more);

  it('is formatted, outlined and folded', async () => {
    const document = await open('redis-conf', '### NETWORK ###\n  PORT   7000\ntimeout 0\n');
    const options = { tabSize: 2, insertSpaces: true };
    const edits = await run<vscode.TextEdit[]>('vscode.executeFormatDocumentProvider', document.uri, options);
    const change = new vscode.WorkspaceEdit();
    change.set(document.uri, edits);
    await vscode.workspace.applyEdit(change);
    assert.equal(document.getText(), '### NETWORK ###\nport 7000\ntimeout 0\n');
    const symbols = await run<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', document.uri);
    assert.deepEqual(
      symbols.map(({ name, children }) => [name, children.length]),
      [['NETWORK', 2]],
    );
    const folds = await run<vscode.FoldingRange[]>('vscode.executeFoldingRangeProvider', document.uri);
    assert.deepEqual(
      folds.map(({ start, end }) => [start, end]),
      [[0, 2]],
    );
  });

  it('offers to start its node, and tells how long a failover takes', async () => {
    const document = await open('redis-conf', 'cluster-enabled yes\ncluster-node-timeout 15000\n');
    const lenses = await run<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
    assert.deepEqual(lenses.map(({ command }) => command?.title).sort(), [
      'Start this node',
      'node timeout 15000: failover in about 17-20 s',
    ]);
    const commands = await vscode.commands.getCommands(true);
    for (const { command } of lenses) {
      if (command?.command) assert.ok(commands.includes(command.command), command.command);
    }
  });

  it('has users that are renamed everywhere', async () => {
    const document = await open('redis-conf', 'user alice on nopass ~* +@all\nmasteruser alice\n');
    const place = new vscode.Position(0, 6);
    const edit = await run<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      document.uri,
      place,
      'bob',
    );
    assert.equal(edit.get(document.uri).length, 2);
  });
});

describe('nodes.conf', () => {
  it('is explained, and slots without an owner are told', async () => {
    const id = 'a'.repeat(40);
    const text = `${id} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-100\nvars currentEpoch 1 lastVoteEpoch 0\n`;
    const document = await open('redis-nodes', text);
    const [diagnostic] = await diagnosticsOf(document);
    assert.match(diagnostic?.message ?? '', /16283 of 16384 slots/);
    assert.match(await hoverAt(document, 'myself'), /whose file this is/);
  });
});

describe('commands', () => {
  it('tell the slot and the hash tag of a key', async () => {
    const document = await open('redis-commands', 'GET hello\nGET {user:1}.name\n');
    assert.match(await hoverAt(document, 'hello'), /866/);
    assert.match(await hoverAt(document, '{user:1}'), /`user:1`/);
  });

  it('whose keys do not share a slot are marked', async () => {
    const document = await open('redis-commands', 'MGET first second\n');
    const [diagnostic] = await diagnosticsOf(document);
    assert.match(diagnostic?.message ?? '', /CROSSSLOT/);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      diagnostic?.range,
    );
    assert.ok(actions.some(({ title }) => title === 'Wrap in a hash tag'));
  });
});

describe('source code', () => {
  it('tells the slot of a key literal', async () => {
    const document = await open('javascript', "await redis.get('hello');\n");
    assert.match(await hoverAt(document, 'hello'), /866/);
  });
});
