/** What other extensions may use: `vscode.extensions.getExtension('redis-cluster-lab.redis-cluster-lab')?.exports`. */
import type * as vscode from 'vscode';
import type { LabSnapshot } from '../lab/protocol.ts';

export interface Api {
  readonly lab: {
    readonly snapshot: LabSnapshot;
    readonly onDidChange: vscode.Event<LabSnapshot>;
  };
}
