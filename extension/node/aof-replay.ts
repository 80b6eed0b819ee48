/**
 * Executes the commands of an append-only file, one behind the other, as the session that wrote them did. A script among
 * them that takes long stops now and then, so that clients hear LOADING.
 */
import type { Args } from '../redis/resp/args.ts';
import type { Client, ClientHost } from './clients/client.ts';
import { sessionOfPrimary } from './clients/primary-stream.ts';
import type { CommandTable } from './command-table.ts';
import type { Dispatch } from './dispatch.ts';
import type { AofReplay } from './persistence/contract.ts';

export interface ReplayHost extends ClientHost {
  readonly commands: CommandTable;
  readonly scripting: { afterwards: (() => void) | undefined };
}

export class NodeReplay implements AofReplay {
  readonly #host: ReplayHost;
  readonly #dispatch: () => Dispatch;
  #session: Client | undefined;

  constructor(host: ReplayHost, dispatch: () => Dispatch) {
    this.#host = host;
    this.#dispatch = dispatch;
  }

  begin(): void {
    // Nobody is behind it: what it is answered goes nowhere, as with a primary's stream.
    this.#session = sessionOfPrimary(this.#host, 0);
  }

  get inTransaction(): boolean {
    return this.#session?.transaction.open === true;
  }

  execute(args: Args, done: () => void): 'done' | 'later' | 'unknown' | 'malformed' {
    const session = this.#session;
    const entry = this.#host.commands.find(args);
    if (entry === undefined || session === undefined) return 'unknown';
    if (!entry.accepts(args.count)) return 'malformed';
    if (session.transaction.open && !entry.endsMulti) {
      session.transaction.add(entry, args.detach(), entry.flags);
      return 'done';
    }
    if (this.#dispatch().replay(session, entry, args)) return 'done';
    this.#host.scripting.afterwards = done;
    return 'later';
  }

  end(): void {
    this.#session = undefined;
    this.#host.scripting.afterwards = undefined;
  }
}
