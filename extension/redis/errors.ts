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

  protocol: (problem: string) => new ReplyError(`ERR Protocol error: ${problem}`),

  // Collections.
  notBetweenLongs: text(
    'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
  ),
  invalidCursor: text('ERR invalid cursor'),
  numkeysNotPositive: text('ERR numkeys should be greater than 0'),
  countNotPositive: text('ERR count should be greater than 0'),
  limitNegative: text("ERR LIMIT can't be negative"),
  moreKeysThanArguments: text("ERR Number of keys can't be greater than number of args"),
  hashValueNotInteger: text('ERR hash value is not an integer'),
  hashValueNotFloat: text('ERR hash value is not a float'),
  notFinite: text('ERR value is NaN or Infinity'),
  sumNotFinite: text('ERR increment would produce NaN or Infinity'),
  rankZero: text(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
      'or use negative to start from the end of the list',
  ),
  lposCountNegative: text("ERR COUNT can't be negative"),
  maxlenNegative: text("ERR MAXLEN can't be negative"),
  xxAndNx: text('ERR XX and NX options at the same time are not compatible'),
  gtLtNx: text('ERR GT, LT, and/or NX options at the same time are not compatible'),
  incrSinglePair: text('ERR INCR option supports a single increment-element pair'),
  scoreNotNumber: text('ERR resulting score is not a number (NaN)'),
  scoreRange: text('ERR min or max is not a float'),
  lexRange: text('ERR min or max not valid string range item'),
  limitNeedsBy: text('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX'),
  withScoresByLex: text('ERR syntax error, WITHSCORES not supported in combination with BYLEX'),
  weightNotFloat: text('ERR weight value is not a float'),
  noInputKeys: (command: string) =>
    new ReplyError(`ERR at least 1 input key is needed for '${command}' command`),

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
