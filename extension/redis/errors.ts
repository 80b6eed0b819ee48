/**
 * Every error text a client can see, on one screen, in Redis' wording. The part before the first blank is the code
 * that clients switch on.
 */
export class ReplyError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'ReplyError';
  }
}

const text = (message: string) => () => new ReplyError(message);

export const errors = {
  syntax: text('ERR syntax error'),
  wrongType: text('WRONGTYPE Operation against a key holding the wrong kind of value'),
  notInteger: text('ERR value is not an integer or out of range'),
  notFloat: text('ERR value is not a valid float'),
  outOfRange: text('ERR value is out of range'),
  positive: text('ERR value is out of range, must be positive'),
  overflow: text('ERR increment or decrement would overflow'),
  noSuchKey: text('ERR no such key'),
  indexOutOfRange: text('ERR index out of range'),
  invalidExpire: (command: string) => new ReplyError(`ERR invalid expire time in '${command}' command`),
  wrongArity: (command: string) => new ReplyError(`ERR wrong number of arguments for '${command}' command`),
  unknownSubcommand: (subcommand: string, command: string) =>
    new ReplyError(`ERR unknown subcommand '${subcommand}'. Try ${command.toUpperCase()} HELP.`),

  // Cluster routing.
  crossSlot: text("CROSSSLOT Keys in request don't hash to the same slot"),
  moved: (slot: number, endpoint: string) => new ReplyError(`MOVED ${slot} ${endpoint}`),
  ask: (slot: number, endpoint: string) => new ReplyError(`ASK ${slot} ${endpoint}`),
  tryAgain: text('TRYAGAIN Multiple keys request during rehashing of slot'),
  clusterDown: text('CLUSTERDOWN The cluster is down'),
  clusterDownUnbound: text('CLUSTERDOWN Hash slot not served'),
  clusterDownReadOnly: text('CLUSTERDOWN The cluster is down and only accepts read commands'),
  clusterDisabled: text('ERR This instance has cluster support disabled'),
} as const;
