/** Who may become a client: the door behind the client port. */
import { bytesOf } from '../../redis/bytes.ts';
import { errors } from '../../redis/errors.ts';
import type { Connection, ConnectionEvents } from '../../redis/world.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { NodeLimits } from '../configuration/limits.ts';
import type { Statistics } from '../introspection/statistics.ts';
import type { LogLevel } from '../observer.ts';
import { Client, type ClientHost } from './client.ts';
import { isLoopback } from './client-port.ts';
import { addressText, type Clients } from './clients.ts';

export interface ReceptionHost extends ClientHost {
  readonly settings: Configuration;
  readonly limits: NodeLimits;
  readonly clients: Clients;
  readonly statistics: Statistics;
  /** undefined: no bus takes connections, too. */
  readonly cluster: object | undefined;
  log(level: LogLevel, text: string): void;
}

/** Who hears of the bytes of a connection that was accepted: a session, or nobody once it was told why not. */
export function receive(host: ReceptionHost, connection: Connection): ConnectionEvents {
  const { clients, statistics } = host;
  const refusal = refusalOf(host, connection);
  if (refusal !== undefined) {
    statistics.rejectedConnections++;
    connection.write(bytesOf(`-${refusal.message}\r\n`));
    connection.end();
    return { data() {}, closed() {} };
  }
  const client = new Client(clients.nextId(), connection, host);
  client.logOut();
  clients.add(client);
  statistics.connections++;
  const { unixSocket } = connection;
  host.log(
    'verbose',
    `Accepted ${unixSocket === undefined ? addressText(connection.remote) : `connection to ${unixSocket}`}`,
  );
  return client;
}

function refusalOf(host: ReceptionHost, { remote, unixSocket }: Connection): Error | undefined {
  const { settings, acl, clients, limits, cluster } = host;
  if (clients.size >= limits.maxClients) {
    return cluster === undefined ? errors.maxClients() : errors.maxClientsAndLinks();
  }
  const open = !settings.flag('protected-mode') || !acl.users.default.rules.noPassword;
  return open || unixSocket !== undefined || isLoopback(remote.host) ? undefined : errors.protectedMode();
}
