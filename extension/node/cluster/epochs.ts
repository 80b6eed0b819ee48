/**
 * Epochs order what nodes can't agree about by time. `currentEpoch` is the cluster's: it counts elections, every
 * message carries the sender's, and everybody keeps the highest seen. A primary's `configEpoch` is the version of its
 * claim to its slots: of two claims the higher one is right. It comes from the election that the primary won; or, here,
 * from the node itself, without votes.
 */
import type { Peer } from './peer.ts';
import type { View } from './view.ts';

/**
 * A new config epoch, higher than all known: after importing slots and for CLUSTER FAILOVER TAKEOVER. Two nodes may
 * do so at the same time; `resolveCollision` tells them apart again. False when ours is the highest already.
 */
export function bumpConfigEpoch(view: View): boolean {
  const { self, effects, host } = view;
  if (self.configEpoch !== 0 && self.configEpoch === view.maxEpoch()) return false;
  self.configEpoch = ++view.currentEpoch;
  effects.saveSynced();
  effects.broadcast();
  host.log('notice', `New configEpoch set to ${self.configEpoch}`);
  return true;
}

/**
 * Another primary has our config epoch: of the two, the one with the smaller id takes a new one. However many collide,
 * the largest id among them stays, and so all end up with different ones.
 */
export function resolveCollision(view: View, sender: Peer): void {
  const { self, effects, host } = view;
  if (sender.configEpoch !== self.configEpoch || !sender.isPrimary || !self.isPrimary) return;
  if (sender.id <= self.id) return;
  self.configEpoch = ++view.currentEpoch;
  effects.saveSynced();
  effects.broadcast();
  host.log(
    'verbose',
    `WARNING: configEpoch collision with node ${view.name(sender)}. configEpoch set to ${self.configEpoch}`,
  );
}
