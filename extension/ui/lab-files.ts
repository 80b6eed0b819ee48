/** Conf files of the lab's own nodes: what lenses and commands on files offer for a node that the lab runs, or may run. */
import * as vscode from 'vscode';
import { START_LAB_COMMAND, START_NODE_COMMAND } from '../../language-server/protocol.ts';
import { confFileOf } from '../lab/conf-files.ts';
import type { NodeSnapshot } from '../lab/protocol.ts';
import type { LabController } from './lab-controller.ts';

const t = vscode.l10n.t;

/** The node that the lab started, or may start, from the file; undefined for files of others and while no lab is there. */
export function nodeOfFile({ snapshot, folder }: LabController, uri: string): NodeSnapshot | undefined {
  if (snapshot.state !== 'ready' && snapshot.state !== 'starting') return undefined;
  return snapshot.nodes.find(({ port }) => vscode.Uri.file(confFileOf(folder, port)).toString() === uri);
}

export function isAlive({ process }: NodeSnapshot): boolean {
  return process === 'running' || process === 'paused' || process === 'starting';
}

/** A second process on the port of a node that runs could only fail: its console is offered, and the lab's restart. */
export function lensesInLab(lab: LabController, lenses: readonly vscode.CodeLens[]): vscode.CodeLens[] {
  return lenses.map((lens) => {
    const command = lens.command && commandInLab(lab, lens.command);
    return command ? new vscode.CodeLens(lens.range, command) : lens;
  });
}

function commandInLab(lab: LabController, { command, arguments: given }: vscode.Command) {
  const [about] = given ?? [];
  if (command === START_NODE_COMMAND && typeof about === 'string') {
    const node = nodeOfFile(lab, about);
    if (node === undefined) return undefined;
    return isAlive(node)
      ? openConsole(node)
      : { title: t('Start this node in the lab'), command, arguments: [about] };
  }
  const files: readonly unknown[] = command === START_LAB_COMMAND && Array.isArray(about) ? about : [];
  const all = files.length > 0 && files.every((uri) => typeof uri === 'string' && nodeOfFile(lab, uri));
  return all ? { title: t('Restart the lab'), command: 'redisClusterLab.restartLab' } : undefined;
}

function openConsole({ port }: NodeSnapshot): vscode.Command {
  return {
    title: t('Runs in the lab: open console'),
    command: 'redisClusterLab.node.openConsole',
    // As the tree gives it.
    arguments: [{ port }],
  };
}

/** True when the file is the lab's: its node is started there, or whoever wants it started is told that it runs. */
export async function startedInLab(lab: LabController, uri: vscode.Uri): Promise<boolean> {
  const node = nodeOfFile(lab, uri.toString());
  if (node === undefined) return false;
  const { port } = node;
  if (!isAlive(node)) {
    await lab.act(port, 'start');
    return true;
  }
  const [console, restart] = [t('Open Console'), t('Restart Node')];
  // The command has ended; only the message waits for its reader.
  void vscode.window
    .showInformationMessage(t('{0} runs in the lab already.', port), console, restart)
    .then((answer) => {
      const name = answer === console ? 'openConsole' : answer === restart ? 'restart' : undefined;
      if (name !== undefined) void vscode.commands.executeCommand(`redisClusterLab.node.${name}`, { port });
    });
  return true;
}
