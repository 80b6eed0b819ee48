/** Commands that disturb the network between the nodes, and heal it. */
import * as vscode from 'vscode';
import type { NodeSnapshot } from '../lab/protocol.ts';
import type { LabController } from './lab-controller.ts';
import { NotRunning } from './not-running.ts';

const t = vscode.l10n.t;

/** Enough to be felt, and less than half of the lab's node timeout. */
const USUAL_DELAY_MS = 200;
const MAX_DELAY_MS = 60_000;

/** Cuts the nodes with these ports off; asks which when there are none. */
export async function splitNetwork(lab: LabController, ports: readonly number[]): Promise<void> {
  const chosen =
    ports.length > 0 ? ports : await pickNodes(lab, t('Which nodes are cut off from the others?'));
  if (chosen.length > 0) await lab.disturb({ type: 'partition', ports: chosen });
}

export async function slowNetwork(lab: LabController, ports: readonly number[]): Promise<void> {
  const chosen = ports.length > 0 ? ports : await pickNodes(lab, t('Whose network becomes slow?'));
  if (chosen.length === 0) return;
  const answer = await vscode.window.showInputBox({
    title: t('Delay the Network of {0}', chosen.join(', ')),
    prompt: t('Milliseconds more, each way. 0 takes the delay away.'),
    value: String(USUAL_DELAY_MS),
    validateInput: (text) =>
      /^\d{1,5}$/.test(text) && Number(text) <= MAX_DELAY_MS
        ? undefined
        : t('A whole number from 0 to {0}.', MAX_DELAY_MS),
  });
  if (answer !== undefined) await lab.disturb({ type: 'delay', ports: chosen, ms: Number(answer) });
}

export async function healNetwork(lab: LabController): Promise<void> {
  await lab.disturb({ type: 'heal' });
}

/** The demonstration, with its outcome in one sentence. */
export async function showNetSplit(lab: LabController, port: number | undefined): Promise<void> {
  if (lab.snapshot.nodes.length === 0) throw new NotRunning();
  const primary = port ?? lab.snapshot.nodes.find((node) => canLose(node, lab.snapshot.nodes))?.port;
  if (primary === undefined) throw new Error(t('No running primary has a running replica.'));
  await vscode.commands.executeCommand('redisClusterLab.showTimeline');
  const { acknowledged, lost } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('{0} is cut off while two clients write', primary),
    },
    () => lab.netSplit(primary),
  );
  void vscode.window.showInformationMessage(
    t('{0} of {1} writes that {2} acknowledged are lost.', lost, acknowledged, primary),
  );
}

function canLose(node: NodeSnapshot, nodes: readonly NodeSnapshot[]): boolean {
  const running = nodes.filter(({ process }) => process === 'running');
  return (
    running.includes(node) &&
    node.role === 'primary' &&
    node.slots.length > 0 &&
    running.some((other) => other.role === 'replica' && other.primaryId === node.id)
  );
}

async function pickNodes(lab: LabController, placeHolder: string): Promise<number[]> {
  const { nodes } = lab.snapshot;
  if (nodes.length === 0) throw new NotRunning();
  const items = nodes.map(({ host, port, role, cutOff }) => ({
    label: `${host}:${port}`,
    description: role === 'primary' ? t('primary') : t('replica'),
    picked: cutOff,
    port,
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder, canPickMany: true });
  return (picked ?? []).map(({ port }) => port);
}
