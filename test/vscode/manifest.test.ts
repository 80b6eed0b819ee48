import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension } from './extension.ts';

describe('the extension', () => {
  it('is there, and becomes active', async () => {
    await extension().activate();
    assert.ok(extension().isActive);
  });

  it('does what its manifest promises', async () => {
    const promised: { readonly command: string }[] = extension().packageJSON.contributes.commands;
    const there = new Set(await vscode.commands.getCommands(true));
    assert.ok(promised.length >= 16);
    for (const { command } of promised) assert.ok(there.has(command), command);
  });

  it('knows its languages by their file names', async () => {
    const languageOf = async (name: string): Promise<string> => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
      assert.ok(folder);
      const uri = vscode.Uri.joinPath(folder, name);
      await vscode.workspace.fs.writeFile(uri, new Uint8Array());
      return (await vscode.workspace.openTextDocument(uri)).languageId;
    };
    for (const name of ['redis.conf', 'valkey.conf', 'redis-9000.conf'])
      assert.equal(await languageOf(name), 'redis-conf', name);
    assert.equal(await languageOf('try.redis'), 'redis-commands');
    assert.notEqual(await languageOf('nginx.conf'), 'redis-conf');
  });
});
