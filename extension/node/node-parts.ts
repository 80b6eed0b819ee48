/** A node as its own parts see it: more than its commands do. */
import type { Keyspace } from '../redis/store/keyspace.ts';
import type { NodeServices } from './call.ts';
import type { PortFailure } from './clients/client-port.ts';
import type { UnixSocket } from './clients/unix-socket.ts';
import type { Cron } from './cron.ts';
import type { NodeEvent } from './observer.ts';
import type { Shutdown } from './shutdown.ts';
import type { Turns } from './turns.ts';

export interface NodeParts extends NodeServices {
  readonly databases: readonly [Keyspace, ...Keyspace[]];
  readonly turns: Turns;
  readonly cron: Cron;
  readonly shutdown: Shutdown;
  readonly unixSocket: UnixSocket;
  readonly observesBus: boolean;
  /** Commands of an EXEC are running, or a script. */
  readonly inTransaction: boolean;
  observe(event: NodeEvent): void;
  /** Opens the ports that the configuration names. */
  openPorts(done: (failure?: PortFailure) => void): void;
  /** What was done is in the append-only file afterwards. */
  persist(): void;
  /** `serving`: what is there, until the primary's image takes its place. */
  beginFullSync(serving: boolean): void;
  /** `complete`: the primary's data is in. */
  endFullSync(complete: boolean): void;
}
