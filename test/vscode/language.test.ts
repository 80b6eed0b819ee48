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
    assert.ok(findings.length <= 1001, `${findings.length} findings`);
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
  });
});

describe('source code', () => {
  it('tells the slot of a key literal', async () => {
    const document = await open('javascript', "await redis.get('hello');\n");
    assert.match(await hoverAt(document, 'hello'), /866/);
  });
});
