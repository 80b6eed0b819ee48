/** As trib-forms.ts, for what is about data and not about the cluster's shape: call, import, backup. */
import * as vscode from 'vscode';
import { binaryOfText, textOf } from '../redis/bytes.ts';
import { splitArgs } from '../redis/config/split-args.ts';
import { addressProblem } from './connect-form.ts';
import { askAll, pick, text } from './multi-step.ts';
import type { Target } from './targets.ts';
import type { Asked } from './trib-forms.ts';

const t = vscode.l10n.t;

export async function askCall(): Asked {
  const title = t('Call on Every Node');
  let line = '';
  let flags: readonly string[] = [];
  const done = await askAll(title, [
    text({
      prompt: () => t('A command, sent to each node as it is'),
      placeholder: 'CONFIG GET maxmemory',
      value: () => line,
      problem: (words) => {
        const argv = splitArgs(binaryOfText(words));
        if (argv === undefined) return t('The quotes are not balanced.');
        return argv.length === 0 ? t('A command is needed.') : undefined;
      },
      take: (words) => {
        line = words;
      },
    }),
    pick<readonly string[]>({
      placeholder: () => t('On which nodes?'),
      choices: () => [
        { label: t('All nodes'), value: [] },
        { label: t('Primaries only'), value: ['--only-masters'] },
        { label: t('Replicas only'), value: ['--only-replicas'] },
      ],
      take: ([value = []]) => {
        flags = value;
      },
    }),
  ]);
  if (!done) return undefined;
  const argv = (splitArgs(binaryOfText(line)) ?? []).map(textOf);
  return { subcommand: 'call', title, newcomers: [], words: (seed) => [...flags, seed, ...argv] };
}

export async function askImport(): Asked {
  const title = t('Import Keys');
  let from = '';
  let user = '';
  let password = '';
  let flags: readonly string[] = [];
  const done = await askAll(title, [
    text({
      prompt: () => t('Address of the server whose keys are imported: one without a cluster'),
      placeholder: '10.0.0.9:6379',
      value: () => from,
      problem: addressProblem,
      take: (words) => {
        from = words;
      },
    }),
    text({
      prompt: () => t('Its password; empty for none'),
      password: true,
      value: () => password,
      problem: () => undefined,
      take: (word) => {
        password = word;
      },
    }),
    text({
      when: () => password !== '',
      prompt: () => t('User name; empty for the default user'),
      value: () => user,
      problem: () => undefined,
      take: (name) => {
        user = name;
      },
    }),
    pick({
      placeholder: () => t('What about keys that are there already, and those at the source?'),
      many: true,
      choices: () => [
        {
          label: t('Copy'),
          description: t('the source keeps its keys; else they move'),
          value: '--copy',
          picked: true,
        },
        {
          label: t('Replace'),
          description: t('keys of the cluster with the same names'),
          value: '--replace',
        },
      ],
      take: (chosen) => {
        flags = chosen;
      },
    }),
  ]);
  if (!done) return undefined;
  const access = [
    ...(password === '' ? [] : ['--from-pass', password]),
    ...(user === '' ? [] : ['--from-user', user]),
  ];
  return {
    ...{ subcommand: 'import', title, newcomers: [] },
    words: (seed) => ['--from', from, ...access, ...flags, '--yes', seed],
  };
}

/** An image of every primary, into a folder. */
export async function askBackup(target: Target): Asked {
  const title = t('Back Up Cluster');
  const workspace = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: t('Back up {0}', target.name),
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: t('Back Up Here'),
      ...(workspace && { defaultUri: workspace.uri }),
    })) ?? [];
  if (folder === undefined) return undefined;
  return { subcommand: 'backup', title, newcomers: [], words: (seed) => [seed, folder.fsPath] };
}
