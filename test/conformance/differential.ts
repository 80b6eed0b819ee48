/**
 * The same commands to us and to redis-server: every reply to the byte, every keyspace event, what replicas are told,
 * and how many changes were counted. A sequence that shows a difference is shrunk to the few commands that matter.
 */
import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import type { Binary } from '../../extension/redis/bytes.ts';
import { type Command, command, READONLY, WRITE } from '../../extension/redis/commands/command.ts';
import { allCommands } from '../../extension/redis/commands/index.ts';
import { NO_KEYS } from '../../extension/redis/commands/key-spec.ts';
import { readStreams } from '../../extension/redis/commands/stream-reading.ts';
import { defaultEncodingLimits, type EncodingLimits } from '../../extension/redis/store/encoding-limits.ts';
import { readable, StoreSession } from '../redis/commands/store-session.ts';
import { mayDiffer } from './differences.ts';
import { RawConnection } from './raw-connection.ts';

export interface Setting {
  /** Where redis-server listens. */
  readonly port: number;
  readonly protocol: 2 | 3;
  /** Limits of the compact encodings that are not the usual ones; the server has them, too. */
  readonly limits: Partial<EncodingLimits>;
}

/** Everything a command did, in words. */
interface Outcome {
  readonly argv: readonly Binary[];
  readonly reply: Buffer;
  readonly events: readonly string[];
  readonly replicated: readonly string[];
}

interface Results {
  readonly outcomes: readonly Outcome[];
  /** How many changes `save` has counted. */
  readonly changes: number;
}

/** Where the two differ first; undefined: nowhere. */
export async function difference(
  commands: readonly Binary[][],
  setting: Setting,
): Promise<string | undefined> {
  const ours = ourOutcomes(commands, setting);
  const theirs = await theirOutcomes(commands, setting);
  for (const [i, our] of ours.outcomes.entries()) {
    const found = differenceOf(our, theirs.outcomes[i]);
    if (found !== undefined) return `command ${i}, ${found}`;
  }
  // Where replication may differ, so may what counts as a change.
  const comparableChanges = !commands.some((argv) => mayDiffer(argv, 'replication'));
  if (!comparableChanges || ours.changes === theirs.changes) return undefined;
  return `changes counted: ${ours.changes} here, ${theirs.changes} there`;
}

/** Sequences are not shrunk any further once so many were tried. */
const ATTEMPTS = 150;

/** As few of the commands as still show a difference: ever smaller parts are left out where that changes nothing. */
export async function shrunk(commands: readonly Binary[][], setting: Setting): Promise<readonly Binary[][]> {
  let best = commands;
  let attempts = 0;
  for (let part = Math.ceil(best.length / 2); part >= 1; part = Math.floor(part / 2)) {
    for (let from = best.length - part; from > -part && attempts < ATTEMPTS; from -= part) {
      const fewer = [...best.slice(0, Math.max(0, from)), ...best.slice(from + part)];
      attempts++;
      if ((await difference(fewer, setting)) !== undefined) best = fewer;
    }
  }
  return best;
}

/** Keys that hold a string from the start: the wrong kind for every family here. */
const STRINGS = ['wrong', 'text'];

/** XREAD and XREADGROUP where nobody waits, as in a transaction. */
const readings: readonly Command[] = [
  command('xread', -4, READONLY, NO_KEYS, (call) => {
    if (readStreams(call, false) !== undefined) call.reply.nullArray();
  }),
  command('xreadgroup', -7, WRITE, NO_KEYS, (call) => {
    if (readStreams(call, true) !== undefined) call.reply.nullArray();
  }),
];

function ourOutcomes(commands: readonly Binary[][], { protocol, limits }: Setting): Results {
  const session = new StoreSession([allCommands, readings], {
    limits: { ...defaultEncodingLimits(), ...limits },
    databases: 16,
  });
  session.reply.protocol = protocol;
  for (const key of STRINGS) session.db.setStringBytes(Buffer.from(key), Buffer.from('string'));
  let changes = 0;
  const outcomes = commands.map((argv) => {
    const reply = session.raw(...argv);
    changes += session.changes;
    return {
      argv,
      reply,
      events: session.events.map((event) => event.join(' ')),
      replicated: session.replicated.map((effect) => spelled(`[${effect.join(' ')}]`)),
    };
  });
  return { outcomes, changes };
}

/** Command names in capitals, as both sides write them in either way; and no time of day. */
function spelled(effect: string): string {
  return effect.replace(/^\[\S+/, (name) => name.toUpperCase()).replace(/ TIME \d{13} /, ' TIME now ');
}

/** Sends all commands at once; a PUBLISH behind each marks where its events and effects end. */
async function theirOutcomes(commands: readonly Binary[][], { port, protocol }: Setting): Promise<Results> {
  const [main, subscriber, replica] = await Promise.all([
    RawConnection.open(port),
    RawConnection.open(port),
    RawConnection.open(port),
  ]);
  await main.send('FLUSHALL');
  await main.send('HELLO', protocol);
  for (const key of STRINGS) await main.send('SET', key, 'string');
  await subscriber.send('PSUBSCRIBE', '__keyevent@0__:*');
  await replica.follow();
  const before = await changesCounted(main);
  const replies = commands.map((argv) => {
    const reply = main.send(...argv);
    void main.send('PUBLISH', '__keyevent@0__:mark', '-');
    return reply;
  });
  const outcomes: Outcome[] = [];
  for (const [i, argv] of commands.entries()) {
    outcomes.push({
      argv,
      reply: await replies[i],
      events: await eventsToMark(subscriber),
      replicated: await effectsToMark(replica),
    });
  }
  const changes = (await changesCounted(main)) - before;
  for (const connection of [main, subscriber, replica]) connection.close();
  return { outcomes, changes };
}

async function changesCounted(connection: RawConnection): Promise<number> {
  const info = (await connection.send('INFO', 'persistence')).toString();
  return Number(/rdb_changes_since_last_save:(\d+)/.exec(info)?.[1]);
}

async function eventsToMark(subscriber: RawConnection): Promise<string[]> {
  const events: string[] = [];
  for (;;) {
    const message = readable((await subscriber.next()).toString('latin1'));
    const [, event = '', key = ''] = /^\[pmessage \S+ __keyevent@0__:(\S+) (.*)\]$/s.exec(message) ?? [];
    if (event === 'mark') return events;
    events.push(`${event} ${key}`);
  }
}

async function effectsToMark(replica: RawConnection): Promise<string[]> {
  const effects: string[] = [];
  for (;;) {
    const effect = spelled(readable((await replica.next()).toString('latin1')));
    if (effect.startsWith('[PUBLISH')) return effects;
    if (!/^\[(SELECT|MULTI|EXEC|PING)\b/.test(effect)) effects.push(effect);
  }
}

function differenceOf(our: Outcome, their: Outcome): string | undefined {
  const { argv } = our;
  const differ = (what: string, a: unknown, b: unknown) =>
    `${what} of ${argv.join(' ')}:\n  here  ${String(a)}\n  there ${String(b)}`;
  if (!mayDiffer(argv, 'reply') && !our.reply.equals(their.reply)) {
    const [here, there] = [comparable(our), comparable(their)];
    if (here !== there) return differ('reply', here, there);
  }
  if (!mayDiffer(argv, 'events') && !isDeepStrictEqual(our.events, their.events)) {
    return differ('events', our.events, their.events);
  }
  if (!mayDiffer(argv, 'replication') && !isDeepStrictEqual(our.replicated, their.replicated)) {
    return differ('replication', our.replicated, their.replicated);
  }
  return undefined;
}

/** Replies whose order is nobody's promise. */
const UNORDERED =
  /^(KEYS|SCAN|HGETALL|HKEYS|HVALS|SMEMBERS|SINTER|SUNION|SDIFF|SPOP|[HSZ]SCAN|HRANDFIELD|[SZ]RANDMEMBER)$/;

function comparable({ argv, reply }: Outcome): string {
  const [name = ''] = argv;
  const whole = readable(reply.toString('latin1'));
  const text = name.startsWith('Z') ? withNumbersRead(whole) : whole;
  // Without their order the words of a reply and its first line, which has its type and length, remain.
  const words = text
    .replace(/[[\]{}~%]/g, ' ')
    .split(' ')
    .sort();
  const [firstLine = ''] = reply.toString('latin1').split('\r\n');
  const fair = UNORDERED.test(name) ? `${firstLine} ${words.join(' ')}` : text;
  return name === 'XPENDING' || name === 'XINFO' ? withoutTime(fair) : fair;
}

/**
 * 7.2 prints the shortest text of a double, 7.0 seventeen digits: compared as numbers. Sines and cosines of V8 and of
 * the C library may differ in the last bit, which stored distances show. Small sorted sets of 7.2 know no -0.
 */
function withNumbersRead(reply: string): string {
  return reply.replace(/,?-?\d+\.?\d*(?:e[+-]?\d+)?/g, (number) =>
    Number(number.replace(',', '')).toPrecision(13),
  );
}

/** Times of day, and whole seconds of what has passed since. What 7.2 tells besides is left out. */
function withoutTime(reply: string): string {
  return reply
    .replace(/ (inactive|active-time) :-?\d+/g, '')
    .replace(/ (idle|seen-time) :\d+/g, ' $1')
    .replace(/:\d{13}/g, ':now')
    .replace(/(\[\d+-\d+ \w+ ):(\d+)/g, (_, id, idle) => `${id}${Math.floor(Number(idle) / 1000)} s`);
}
