/** Channels, patterns and shard channels. */
import {
  type Command,
  command,
  FAST,
  LOADING,
  MAY_REPLICATE,
  NOSCRIPT,
  PUBSUB,
  STALE,
} from '../../redis/commands/command.ts';
import { keyAt, keys, NO_KEYS } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import { globMatches } from '../../redis/glob.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { NodeCall } from '../call.ts';
import type { SubscriptionKind } from '../clients/pubsub.ts';
import { replyHelp } from './help.ts';

const LISTENING = PUBSUB | NOSCRIPT | LOADING | STALE;
const PUBLISHING = PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE;
const ASKING_ABOUT = PUBSUB | LOADING | STALE;

export const pubsubCommands: readonly Command<NodeCall>[] = [
  command('psubscribe', -2, LISTENING, NO_KEYS, subscribe('pattern')),
  command('publish', 3, PUBLISHING, NO_KEYS, publish),
  command('pubsub', -2, 0, NO_KEYS, help),
  command('pubsub|channels', -2, ASKING_ABOUT, NO_KEYS, channels('channel')),
  command('pubsub|help', 2, LOADING | STALE, NO_KEYS, help),
  command('pubsub|numpat', 2, ASKING_ABOUT, NO_KEYS, countPatterns),
  command('pubsub|numsub', -2, ASKING_ABOUT, NO_KEYS, countSubscribers('channel')),
  command('pubsub|shardchannels', -2, ASKING_ABOUT, NO_KEYS, channels('shard')),
  command('pubsub|shardnumsub', -2, ASKING_ABOUT, NO_KEYS, countSubscribers('shard')),
  command('punsubscribe', -1, LISTENING, NO_KEYS, unsubscribe('pattern')),
  command('spublish', 3, PUBLISHING, keyAt(1, 'not_key'), publishToShard),
  command('ssubscribe', -2, LISTENING, keys(1, -1, 1, 'not_key'), subscribe('shard')),
  command('subscribe', -2, LISTENING, NO_KEYS, subscribe('channel')),
  command('sunsubscribe', -1, LISTENING, keys(1, -1, 1, 'not_key'), unsubscribe('shard')),
  command('unsubscribe', -1, LISTENING, NO_KEYS, unsubscribe('channel')),
];

function subscribe(kind: SubscriptionKind) {
  return (call: NodeCall): void => {
    const { args, client, node } = call;
    tell(call, (reply) => {
      for (let i = 1; i < args.count; i++) node.pubsub.subscribe(client, kind, args.binary(i), reply);
    });
  };
}

function unsubscribe(kind: SubscriptionKind) {
  return (call: NodeCall): void => {
    const { args, client, node } = call;
    tell(call, (reply) => {
      if (args.count === 1) node.pubsub.unsubscribeAll(client, kind, reply);
      for (let i = 1; i < args.count; i++) node.pubsub.unsubscribe(client, kind, args.binary(i), reply);
    });
  };
}

/** These messages reach also those who want no replies. */
function tell({ client, node, reply }: NodeCall, write: (reply: Reply) => void): void {
  if (client.replyMode === 'on') write(reply);
  else node.pubsub.pushTo(client, write);
}

function publish(call: NodeCall): void {
  const { args, node, reply } = call;
  reply.integer(node.publish(args.binary(1), args.copy(2), false));
  // In a cluster the bus takes it to every node; without one the replicas hear of it in the stream.
  if (node.cluster === undefined) call.replicateAs(...args.binaries());
}

function publishToShard(call: NodeCall): void {
  const { args, node, reply } = call;
  reply.integer(node.publish(args.binary(1), args.copy(2), true));
  if (node.cluster === undefined) call.replicateAs(...args.binaries());
}

function channels(kind: SubscriptionKind) {
  return ({ args, node, reply }: NodeCall): void => {
    if (args.count > 3) throw errors.unknownSubcommandOrArguments(args.binary(1), 'PUBSUB');
    const pattern = args.count > 2 ? args.binary(2) : undefined;
    const names = [...node.pubsub[kind].keys()].filter(
      (name) => pattern === undefined || globMatches(pattern, name),
    );
    reply.array(names.length);
    for (const name of names) reply.binary(name);
  };
}

function countSubscribers(kind: SubscriptionKind) {
  return ({ args, node, reply }: NodeCall): void => {
    reply.array(2 * (args.count - 2));
    for (let i = 2; i < args.count; i++) {
      reply.binary(args.binary(i));
      reply.integer(node.pubsub[kind].get(args.binary(i))?.size ?? 0);
    }
  };
}

function countPatterns({ node, reply }: NodeCall): void {
  reply.integer(node.pubsub.pattern.size);
}

function help({ reply }: NodeCall): void {
  replyHelp(reply, 'PUBSUB', [
    ['CHANNELS [<pattern>]', 'Channels that somebody listens to, those that match the pattern.'],
    ['NUMPAT', 'How many patterns are listened to.'],
    ['NUMSUB [<channel> ...]', 'How many listen to each channel, patterns not counted.'],
    ['SHARDCHANNELS [<pattern>]', 'Shard channels that somebody listens to.'],
    ['SHARDNUMSUB [<shardchannel> ...]', 'How many listen to each shard channel.'],
  ]);
}
