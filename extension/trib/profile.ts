/** A cluster that somebody works with: how to reach it, in a form that can be kept. The password is kept elsewhere. */
import { hostMapOf, type TlsChoice, tlsWith } from './access.ts';
import { type Access, type NodeAddress, parseAddress } from './connection.ts';

export interface ClusterProfile {
  readonly id: string;
  readonly name: string;
  /** `host:port` of nodes to begin with; any one that answers tells of all others. */
  readonly seeds: readonly string[];
  /** '': the default user. */
  readonly username: string;
  /** Undefined: plain TCP. */
  readonly tls: TlsChoice | undefined;
  /** `announced=reachable,…`; '' where nodes are reached where they say. */
  readonly hostMap: string;
  /** Until the user says so, nothing is sent that changes anything. */
  readonly allowsChanges: boolean;
}

/** Throws a TribError when a file can't be read or the host map makes no sense. */
export function accessOf(profile: ClusterProfile, password: string): Access {
  const { username, tls, hostMap } = profile;
  return {
    credentials: { ...(username && password && { username }), ...(password && { password }) },
    ...(tls && { tls: tlsWith(tls) }),
    hostMap: hostMapOf([hostMap]),
  };
}

export function seedsOf({ seeds }: ClusterProfile): NodeAddress[] {
  return seeds.map(parseAddress);
}
