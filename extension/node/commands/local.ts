/** Some settings let only clients of the same machine do things. */
import type { Client } from '../clients/client.ts';

export function isLocal(client: Client): boolean {
  const { remote, local } = client.connection;
  return remote.host === local.host || remote.host === '::1' || /^(?:::ffff:)?127\./.test(remote.host);
}
