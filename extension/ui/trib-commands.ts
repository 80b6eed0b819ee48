/** redis-trib in the palette and the tree: asks what it must know, shows the plan, and does what was approved. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { TreeNode } from '../lab/tree-model.ts';
import type { Access } from '../trib/connection.ts';
import type { PlanToRead } from '../trib/transcript.ts';
import { type Clusters, loadTrib } from './clusters.ts';
import { askAccess } from './connect-form.ts';
import { rehearse } from './rehearsal.ts';
import { seedOf, type Target, type Targets } from './targets.ts';
import { askBackup, askCall, askImport } from './trib-data-forms.ts';
import {
  type Asked,
  askAddNode,
  askCheck,
  askCreate,
  askDelNode,
  askFix,
  askInfo,
  askRebalance,
  askReshard,
  askTimeout,
} from './trib-forms.ts';
import { canBeRehearsed, changes, commandLine, type TribRequest } from './trib-requests.ts';
import { joined, type Outcome, TribRunner } from './trib-runner.ts';

const t = vscode.l10n.t;

/** Lines of a plan in the question; all of them stand in the output channel. */
const LINES_SHOWN = 8;

/** The tree's row gives the node's id where it is about one. */
type Form = (target: Target, node: string | undefined) => Asked;

const FORMS: readonly (readonly [command: string, form: Form])[] = [
  ['check', askCheck],
  ['info', askInfo],
  ['fix', askFix],
  ['reshard', askReshard],
  ['rebalance', askRebalance],
  ['addNode', askAddNode],
  ['delNode', askDelNode],
  ['setTimeout', askTimeout],
  ['call', askCall],
  ['import', askImport],
  ['backup', askBackup],
];

interface TribCommandsOptions {
  readonly clusters: Clusters;
  readonly targets: Targets;
  readonly context: vscode.ExtensionContext;
  /** Runs a command's work and tells when it fails. */
  readonly telling: (work: () => Promise<unknown>) => Promise<void>;
}

export function registerTribCommands(options: TribCommandsOptions): vscode.Disposable {
  const commands = new TribCommands(options);
  const register = (name: string, work: (row?: TreeNode) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(`redisClusterLab.trib.${name}`, (row?: TreeNode) =>
      options.telling(() => work(row)),
    );
  return vscode.Disposable.from(
    commands,
    register('create', () => commands.create()),
    register('showOutput', async () => commands.show()),
    ...FORMS.map(([name, form]) => register(name, (row) => commands.run(form, row))),
  );
}

class TribCommands implements vscode.Disposable {
  readonly #clusters: Clusters;
  readonly #targets: Targets;
  readonly #worker: string;
  readonly #runner = new TribRunner();

  constructor({ clusters, targets, context }: TribCommandsOptions) {
    this.#clusters = clusters;
    this.#targets = targets;
    this.#worker = path.join(context.extensionPath, 'dist', 'lab-worker.cjs');
  }

  dispose(): void {
    this.#runner.dispose();
  }

  show(): void {
    this.#runner.show();
  }

  async run(form: Form, row: TreeNode | undefined): Promise<void> {
    const target = await this.#targets.choose(row, t('Which cluster?'));
    if (target === undefined) return;
    const request = await form(target, idOf(row, target));
    if (request === undefined || !(await this.#mayChange(request, target))) return;
    const words = request.words(seedOf(target, request.avoids), request.newcomers);
    const outcome = await this.#carryOut(request, words, await target.access(), target);
    await target.refresh();
    this.#tell(request, target.name, outcome);
  }

  /** Of nodes that are no cluster yet; afterwards it is one that is connected. */
  async create(): Promise<void> {
    const request = await askCreate();
    if (request === undefined) return;
    const connection = await askAccess(request.title, request.newcomers);
    if (connection === undefined) return;
    const { accessOf } = await loadTrib();
    const access = accessOf(connection.profile, connection.password);
    const words = ['--yes', ...request.words('', request.newcomers)];
    const outcome = await this.#carryOut(request, words, access, undefined);
    if (outcome.ok) await this.#clusters.add(connection.profile, connection.password);
    this.#tell(request, connection.profile.name, outcome);
  }

  /** A cluster elsewhere is read-only until somebody says otherwise. */
  async #mayChange(request: TribRequest, target: Target): Promise<boolean> {
    if (!changes(request) || target.allowsChanges || target.cluster === undefined) return true;
    const allow = t('Allow Changes');
    const answer = await vscode.window.showWarningMessage(
      t('“{0}” is read-only', target.name),
      {
        modal: true,
        detail: t('{0} would change it. You are asked again before anything is sent.', request.title),
      },
      allow,
    );
    if (answer === allow) await this.#clusters.allowChanges(target.cluster, true);
    return answer === allow;
  }

  #carryOut(
    request: TribRequest,
    words: readonly string[],
    access: Access,
    target: Target | undefined,
  ): Promise<Outcome> {
    const name = target?.name ?? words.at(-1) ?? '';
    this.#runner.note(`$ ${commandLine(request, words)}   (${name})`);
    this.#runner.show();
    return this.#runner.run({
      argv: [request.subcommand, ...words],
      access,
      title: target === undefined ? request.title : t('{0}: {1}', request.title, target.name),
      ...(changes(request) && { approve: (plan) => this.#approve(request, target, plan) }),
    });
  }

  /** The question before anything is sent; a rehearsal leads back to it. */
  async #approve(request: TribRequest, target: Target | undefined, plan: PlanToRead): Promise<boolean> {
    const apply = t('Apply');
    const first = t('Rehearse on a Lab');
    const possible = target === undefined ? request.subcommand === 'create' : canBeRehearsed(request, target);
    let rehearsed: string | undefined;
    for (;;) {
      const answer = await vscode.window.showWarningMessage(
        target === undefined
          ? t('{0} of {1}?', request.title, request.newcomers.join(', '))
          : t('{0}: change “{1}”?', request.title, target.name),
        {
          modal: true,
          detail: [...(rehearsed === undefined ? [] : [rehearsed, '']), excerpt(plan)].join('\n'),
        },
        apply,
        ...(possible ? [first] : []),
      );
      if (answer !== first) return answer === apply;
      // Not this change is at stake: the question comes again, with what went wrong.
      rehearsed = await rehearse(request, target, this.#runner, this.#worker).catch(
        (error: Error) => error.message,
      );
      this.#runner.note(rehearsed);
      this.#runner.note('');
    }
  }

  #tell(request: TribRequest, name: string, { ok, cancelled, verdict }: Outcome): void {
    const show = t('Show Output');
    const said = (message: string): string => joined(message, verdict);
    const answer = ok
      ? vscode.window.showInformationMessage(said(t('{0} on {1}: done.', request.title, name)), show)
      : cancelled
        ? vscode.window.showWarningMessage(said(t('{0} on {1}: cancelled.', request.title, name)), show)
        : vscode.window.showErrorMessage(said(t('{0} on {1}: failed.', request.title, name)), show);
    // The command has ended; only the message waits for its reader.
    void answer.then((button) => {
      if (button === show) this.show();
    });
  }
}

function idOf(row: TreeNode | undefined, target: Target): string | undefined {
  if (row?.remote !== undefined) return row.remote.node;
  return target.nodes.find(({ port }) => port === row?.port)?.id;
}

/** Who gives how many slots to whom, or the commands themselves; a long list is cut. */
function excerpt({ lines, transfers }: PlanToRead): string {
  const moves = transfers.map(({ from, to, slots, keys }) =>
    t('{0} → {1}: {2} slots with {3} keys', from, to, slots, keys),
  );
  const all = moves.length > 0 ? moves : lines;
  const shown = all.slice(0, LINES_SHOWN).map((line) => (line.length > 100 ? `${line.slice(0, 99)}…` : line));
  const rest = lines.length - (moves.length > 0 ? 0 : shown.length);
  const where =
    rest > 0
      ? [
          '',
          t('{0} lines in the output “redis-trib” tell command by command what will be sent.', lines.length),
        ]
      : [];
  return [...shown, ...where].join('\n');
}
