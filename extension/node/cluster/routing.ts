/** Where a command is served: here, or with which error the client is sent on. */
import { errors, type ReplyError } from '../../redis/errors.ts';
import type { RouteRequest } from './contract.ts';
import type { Peer } from './peer.ts';
import { clientPort, type View } from './view.ts';

/** undefined: here. The dispatcher has made sure that all keys are in one slot. */
export function route(view: View, request: RouteRequest): ReplyError | undefined {
  const { slot } = request;
  if (slot < 0) return undefined;
  const { self, slots } = view;
  const owner = slots.owner(slot);
  if (owner === undefined) return errors.clusterDownUnbound();
  if (!view.ok) {
    const refusal = refusalWhenDown(view, request);
    if (refusal !== undefined) return refusal;
  }
  if (request.waiting && (owner === self || slots.importingFrom.has(slot))) return undefined;
  const migrating = owner === self ? slots.migratingTo.get(slot) : undefined;
  const importing = migrating === undefined && slots.importingFrom.has(slot);
  if (migrating !== undefined || importing) {
    // Keys are moved between nodes by hand, and wherever they are.
    if (request.command === 'migrate') return undefined;
    // A shard's channel has no keys to look for: it stays with the owner until the slot has gone.
    const missing = request.shardChannel ? 0 : request.missingKeys();
    if (migrating !== undefined && missing > 0) {
      return missing < request.keyCount
        ? errors.tryAgain()
        : errors.ask(slot, endpoint(view, migrating, request));
    }
    if (importing && request.asking) {
      return request.multipleKeys && missing > 0 ? errors.tryAgain() : undefined;
    }
  }
  if (owner === self) return undefined;
  if ((request.readonlySession || request.shardChannel) && !request.write && owner === self.primary) {
    return undefined;
  }
  return errors.moved(slot, endpoint(view, owner, request));
}

function refusalWhenDown(view: View, { write, shardChannel }: RouteRequest): ReplyError | undefined {
  const { settings } = view.host;
  if (shardChannel) {
    return settings.flag('cluster-allow-pubsubshard-when-down') ? undefined : errors.clusterDown();
  }
  if (!settings.flag('cluster-allow-reads-when-down')) return errors.clusterDown();
  return write ? errors.clusterDownReadOnly() : undefined;
}

/** `host:port`, the host as `cluster-preferred-endpoint-type` wants it told. */
function endpoint(view: View, peer: Peer, { encrypted }: RouteRequest): string {
  return `${preferredHost(view, peer)}:${clientPort(peer, encrypted)}`;
}

/** Empty for an unknown endpoint: the client is to use the address it reached us at. */
export function preferredHost(view: View, peer: Peer): string {
  switch (view.host.settings.text('cluster-preferred-endpoint-type')) {
    case 'hostname':
      return peer.hostname === '' ? '?' : peer.hostname;
    case 'unknown-endpoint':
      return '';
    default:
      return peer.ip;
  }
}
