/** Values as bytes that another server understands: DUMP and RESTORE. */
import { ASKING, type Command, command, DENYOOM, READONLY, WRITE } from '../../redis/commands/command.ts';
import { keyAt } from '../../redis/commands/key-spec.ts';
import { errors } from '../../redis/errors.ts';
import { dumpPayload, isDumpPayload, restoreValue } from '../../redis/store/rdb/dump.ts';
import type { NodeCall } from '../call.ts';

export const transferCommands: readonly Command<NodeCall>[] = [
  command('dump', 2, READONLY, keyAt(1, 'RO access'), dump),
  command('restore', -4, WRITE | DENYOOM, keyAt(1, 'OW update'), restore),
];

/** What MIGRATE sends in a cluster. Of the family 'server', by Redis' books. */
export const restoreAskingCommands: readonly Command<NodeCall>[] = [
  command('restore-asking', -4, WRITE | DENYOOM | ASKING, keyAt(1, 'OW update'), restore),
];

function dump({ args, db, node, reply }: NodeCall): void {
  const entry = db.find(args, 1);
  if (entry === 0) {
    reply.null();
    return;
  }
  const value = db.collection(entry) ?? db.stringBytes(entry);
  reply.bulk(dumpPayload(value, node.settings.flag('rdbcompression')));
}

interface RestoreOptions {
  /** Seconds since it was last used. */
  idleSeconds?: number;
  frequency?: number;
  replace: boolean;
  /** The time to live is a time of day. */
  absolute: boolean;
}

function readOptions({ args }: NodeCall): RestoreOptions {
  const options: RestoreOptions = { replace: false, absolute: false };
  let given: 'idletime' | 'freq' | undefined;
  for (let i = 4; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    if (args.is(i, 'replace')) options.replace = true;
    else if (args.is(i, 'absttl')) options.absolute = true;
    else if (args.is(i, 'idletime') && hasNext && given !== 'freq') {
      given = 'idletime';
      options.idleSeconds = Number(args.bigint(++i));
      if (options.idleSeconds < 0) throw errors.invalidValue('IDLETIME');
    } else if (args.is(i, 'freq') && hasNext && given !== 'idletime') {
      given = 'freq';
      const frequency = args.bigint(++i);
      if (frequency < 0n || frequency > 255n) throw errors.invalidValue('FREQ', '>= 0 and <= 255');
      options.frequency = Number(frequency);
    } else throw errors.syntax();
  }
  return options;
}

/** `clients`: not what comes from a user that is trusted with it. */
function sanitizes({ client, node }: NodeCall): boolean {
  const setting = node.settings.text('sanitize-dump-payload');
  return setting === 'yes' || (setting === 'clients' && client.user.rules.sanitizesPayloads);
}

function restore(call: NodeCall): void {
  const { args, client, db, now, node, reply } = call;
  const { replace, absolute, idleSeconds, frequency } = readOptions(call);
  if (!replace && db.find(args, 1) !== 0) throw errors.busyKey();
  const ttl = args.integer(2);
  if (ttl < 0) throw errors.invalidValue('TTL');
  const payload = args.copy(3);
  if (!isDumpPayload(payload, !node.skipsChecksums)) throw errors.dumpChecksum();
  const value = restoreValue(payload, db.limits, (why) =>
    node.log('warning', `Internal error in RDB reading of a payload: ${why}`),
  );
  if (value === undefined) throw errors.dumpFormat();
  // Whatever the setting, nothing but a value that was read to its end gets here.
  if (!(value instanceof Uint8Array) && !client.isPrimary && sanitizes(call)) {
    node.statistics.sanitizedPayloads++;
  }

  const expireAt = ttl === 0 ? undefined : absolute ? ttl : now + ttl;
  // On a replica the primary decides when a key goes.
  if (expireAt !== undefined && expireAt <= now && node.replication.role === 'primary') {
    if (replace && db.remove(args, 1)) {
      call.changed(1, 'del');
      call.replicateAs(db.removalWords.implied, args.binary(1));
    }
    reply.ok();
    return;
  }
  const key = args.copy(1);
  if (value instanceof Uint8Array) db.setStringBytes(key, value, expireAt);
  else db.putKey(key, value, expireAt);
  if (expireAt !== undefined) db.expiresHere(args, 1);
  const entry = db.peek(args, 1);
  if (entry !== 0 && idleSeconds !== undefined) db.setIdleSeconds(entry, idleSeconds);
  if (entry !== 0 && frequency !== undefined) db.setFrequency(entry, frequency);
  call.changed(1, 'restore');
  if (expireAt !== undefined && !absolute) {
    call.replicateAs('RESTORE', key, String(expireAt), payload, ...args.binaries(4), 'ABSTTL');
  }
  reply.ok();
}
