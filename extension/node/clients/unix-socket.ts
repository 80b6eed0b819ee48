/** The Unix socket of `unixsocket`, which clients may come to besides the ports. */
import type { Connection, ConnectionEvents, Listener, NetworkError, World } from '../../redis/world.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { bindFailure, type ListeningAddress } from './client-port.ts';

export class UnixSocket {
  readonly #world: World;
  readonly #accept: (connection: Connection) => ConnectionEvents;
  #listener: Listener | undefined;
  /** Where it listens now: one, or none. */
  addresses: readonly ListeningAddress[] = [];

  constructor(world: World, accept: (connection: Connection) => ConnectionEvents) {
    this.#world = world;
    this.#accept = accept;
  }

  /** `done` hears once: of nothing, or of the error and the log line that says it. */
  open(settings: Configuration, done: (failure?: { code: string; text: string }) => void): void {
    const name = settings.text('unixsocket');
    if (name === '') {
      done();
      return;
    }
    const ready = (error?: NetworkError): void => {
      if (error !== undefined) {
        this.#listener = undefined;
        done({ code: error.code, text: `Failed opening Unix socket: ${bindFailure(error)}` });
        return;
      }
      this.addresses = [{ kind: 'unix', host: name, word: name, port: 0 }];
      done();
    };
    const socket = { name, path: settings.pathOf(name), mode: settings.number('unixsocketperm') };
    this.#listener = this.#world.network.listenOnSocket(socket, this.#accept, ready);
  }

  get isOpen(): boolean {
    return this.#listener !== undefined;
  }

  /** Its file goes, too. */
  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.addresses = [];
  }
}
