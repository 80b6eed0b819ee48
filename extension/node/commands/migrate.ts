/** MIGRATE: keys go to another node, and from here once they are there. */
import { type Binary, bytesOf } from '../../redis/bytes.ts';
import { long } from '../../redis/commands/arguments.ts';
import { type Command, command, MOVABLE_KEYS, type Park, WRITE } from '../../redis/commands/command.ts';
import {
  FIRST_MIGRATE_OPTION,
  MIGRATE_KEYS,
  MIGRATE_OPTIONS,
  migrateKeys,
} from '../../redis/commands/migrate-arguments.ts';
import { errors, type ReplyError } from '../../redis/errors.ts';
import { encodeCommand } from '../../redis/resp/encode-command.ts';
import type { Reply } from '../../redis/resp/reply.ts';
import type { Keyspace } from '../../redis/store/keyspace.ts';
import { dumpPayload } from '../../redis/store/rdb/dump.ts';
import type { NodeCall, NodeServices } from '../call.ts';
import type { Outcome } from '../migration.ts';

export const migrateCommands: readonly Command<NodeCall>[] = [
  command('migrate', -6, WRITE | MOVABLE_KEYS, MIGRATE_KEYS, migrate),
];

const DEFAULT_TIMEOUT_MS = 1000;

interface Options {
  copy: boolean;
  replace: boolean;
  /** Arguments of AUTH. */
  login: Binary[] | undefined;
}

function readOptions(call: NodeCall): Options {
  const { args } = call;
  const options: Options = { copy: false, replace: false, login: undefined };
  for (let i = FIRST_MIGRATE_OPTION; i < args.count; i++) {
    const name = args.binary(i).toLowerCase();
    const more = MIGRATE_OPTIONS.get(name);
    if (name === 'keys') {
      if (args.size(3) > 0) throw errors.migrateKeysAndKey();
      break;
    }
    if (more === undefined || i + more >= args.count) throw errors.syntax();
    if (name === 'copy') options.copy = true;
    else if (name === 'replace') options.replace = true;
    else {
      options.login = Array.from({ length: more }, (_, j) => args.binary(i + 1 + j));
      call.redact(i + 1, i + more);
    }
    i += more;
  }
  return options;
}

function migrate(call: NodeCall): Park | undefined {
  const { args, client, db, node, reply } = call;
  const options = readOptions(call);
  const timeoutMs = long(args, 5);
  const database = long(args, 4);
  const keys: Binary[] = [];
  const commands: Uint8Array[] = [];
  for (const at of migrateKeys(args)) {
    const key = args.binary(at);
    const command = restoreCommand(call, key, options);
    if (command === undefined) continue;
    keys.push(key);
    commands.push(command);
  }
  if (keys.length === 0) {
    reply.simple('NOKEY');
    return undefined;
  }
  // It can't wait in a transaction, and must not hold up the whole node.
  if (!call.mayPark) throw errors.migrateRead();
  const hold = node.hold(client.database, keys);
  const batch = {
    host: args.binary(1),
    port: long(args, 2),
    timeoutMs: timeoutMs > 0 ? timeoutMs : DEFAULT_TIMEOUT_MS,
    database,
    select: encodeCommand(['SELECT', String(database)]).bytes,
    login: options.login && encodeCommand(['AUTH', ...options.login]).bytes,
    commands,
  };
  node.migrations.send(batch, (outcome) => {
    if (!options.copy) removeMigrated(node, db, keys, outcome);
    hold.release();
    const error = errorOf(outcome);
    client.resume((out: Reply) => (error === undefined ? out.ok() : out.error(error)));
  });
  return client.park({ timedOut: (out) => out.error(errors.migrateRead()) });
}

/** RESTORE with the key's value and what is left of its time; undefined when there is no such key. */
function restoreCommand({ db, node, now }: NodeCall, key: Binary, options: Options): Uint8Array | undefined {
  const entry = db.findKey(bytesOf(key));
  if (entry === 0) return undefined;
  const expireAt = db.expireAt(entry);
  const ttl = expireAt < 0 ? 0 : Math.max(1, expireAt - now);
  const value = db.collection(entry) ?? db.stringBytes(entry);
  const payload = dumpPayload(value, node.settings.flag('rdbcompression'));
  const name = node.cluster === undefined ? 'RESTORE' : 'RESTORE-ASKING';
  const replace = options.replace ? ['REPLACE'] : [];
  return encodeCommand([name, key, String(ttl), payload, ...replace]).bytes;
}

/** What the target said it has goes here, whatever became of the rest. */
function removeMigrated(node: NodeServices, db: Keyspace, keys: readonly Binary[], outcome: Outcome): void {
  if (outcome.refusal !== undefined || node.replication.role === 'replica') return;
  const there = keys.filter((_, i) => outcome.replies[i]?.startsWith('+'));
  node.data.remove(db, there);
}

function errorOf({ refusal, replies, failed }: Outcome): ReplyError | undefined {
  const refused = refusal ?? replies.find((line) => line.startsWith('-'))?.slice(1);
  if (refused !== undefined) return errors.migrateRefused(refused);
  if (failed === 'connect') return errors.migrateConnect();
  return failed === 'read' ? errors.migrateRead() : undefined;
}
