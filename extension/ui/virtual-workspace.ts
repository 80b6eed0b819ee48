/** Whether the window shows folders that are on no disk of this machine: no lab can live there. */
import * as vscode from 'vscode';

/**
 * VS Code has a context of its own for it, `virtualWorkspace`, and our conditions ask for both: that one is there before
 * we are, but is not set again when the folders of a workspace file become known only after it was.
 */
const CONTEXT = 'redisClusterLab.virtual';

export function watchVirtualWorkspace(): vscode.Disposable {
  const look = () => {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const virtual = folders.length > 0 && folders.every(({ uri }) => uri.scheme !== 'file');
    void vscode.commands.executeCommand('setContext', CONTEXT, virtual);
  };
  look();
  return vscode.workspace.onDidChangeWorkspaceFolders(look);
}
