/**
 * Every error text a client can see, in Redis' wording. The part before the first blank is the code that clients
 * switch on. A text may hold what a client sent: `Reply.error` makes one line of it.
 */
export class ReplyError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'ReplyError';
  }
}

type Text = string | ((...parts: never[]) => string);
/** Of each text what makes the error. */
type ErrorsOf<Texts> = {
  readonly [Name in keyof Texts]: Texts[Name] extends (...parts: infer Parts) => string
    ? (...parts: Parts) => ReplyError
    : () => ReplyError;
};

function errorsOf<Texts extends Record<string, Text>>(texts: Texts): ErrorsOf<Texts>;
function errorsOf(texts: Record<string, Text>): Record<string, (...parts: never[]) => ReplyError> {
  // Without a prototype it is a table from the start; else V8 makes three hundred shapes for as many texts.
  const made: Record<string, (...parts: never[]) => ReplyError> = Object.create(null);
  for (const name in texts) {
    const text = texts[name] ?? '';
    made[name] =
      typeof text === 'string' ? () => new ReplyError(text) : (...parts) => new ReplyError(text(...parts));
  }
  return made;
}

/** As printf's `%f`, infinities included. */
function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

export const errors = errorsOf({
  syntax: 'ERR syntax error',
  wrongType: 'WRONGTYPE Operation against a key holding the wrong kind of value',
  notInteger: 'ERR value is not an integer or out of range',
  notFloat: 'ERR value is not a valid float',
  outOfRange: 'ERR value is out of range',
  positive: 'ERR value is out of range, must be positive',
  countNotPositive: 'ERR COUNT must be > 0',
  negative: (what: string) => `ERR ${what} can't be negative`,
  notPositive: (what: string) => `ERR ${what} should be greater than 0`,
  argumentNegative: (what: string) => `ERR The ${what} argument must be >= 0.`,
  overflow: 'ERR increment or decrement would overflow',
  noSuchKey: 'ERR no such key',
  indexOutOfRange: 'ERR index out of range',
  invalidExpire: (command: string) => `ERR invalid expire time in '${command}' command`,
  wrongArity: (command: string) => `ERR wrong number of arguments for '${command}' command`,
  unknownSubcommand: (subcommand: string, command: string) =>
    `ERR unknown subcommand '${subcommand}'. Try ${command.toUpperCase()} HELP.`,

  // Strings and keys.
  offsetOutOfRange: 'ERR offset is out of range',
  decrementOverflow: 'ERR decrement would overflow',
  lcsNeedsStrings: 'ERR The specified keys must contain string values',
  lcsLengthAndIndexes: 'ERR If you want both the length and indexes, please just use IDX.',
  lcsTooLarge: 'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
  unsupportedOption: (option: string) => `ERR Unsupported option ${option}`,
  expireNxAndOthers: 'ERR NX and XX, GT or LT options at the same time are not compatible',
  expireGtAndLt: 'ERR GT and LT options at the same time are not compatible',
  sameObject: 'ERR source and destination objects are the same',
  notInCluster: (what: string) => `ERR ${what} is not allowed in cluster mode`,
  sortInCluster: (option: string) => `ERR ${option} option of SORT denied in Cluster mode.`,
  sortNotNumbers: "ERR One or more scores can't be converted into double",
  accessNotTracked: (policy: 'is' | 'is not', what: 'idle time' | 'access frequency') =>
    `ERR An LFU maxmemory policy ${policy} selected, ${what} not tracked. Please note that when switching between ` +
    'policies at runtime LRU and LFU data will take some time to adjust.',
  stringTooLong: 'ERR string exceeds maximum allowed size (proto-max-bulk-len)',
  protocol: (problem: string) => `ERR Protocol error: ${problem}`,

  // Collections.
  fieldsMissing: 'ERR Mandatory argument FIELDS is missing or not at the right position',
  fieldCountWrong: 'ERR The `numfields` parameter must match the number of arguments',
  fieldCountNotPositive: 'ERR Number of fields must be a positive integer',
  expireNegative: 'ERR invalid expire time, must be >= 0',
  notBetweenLongs:
    'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
  invalidCursor: 'ERR invalid cursor',
  moreKeysThanArguments: "ERR Number of keys can't be greater than number of args",
  hashValueNotInteger: 'ERR hash value is not an integer',
  hashValueNotFloat: 'ERR hash value is not a float',
  notFinite: 'ERR value is NaN or Infinity',
  sumNotFinite: 'ERR increment would produce NaN or Infinity',
  rankZero:
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
    'or use negative to start from the end of the list',
  xxAndNx: 'ERR XX and NX options at the same time are not compatible',
  gtLtNx: 'ERR GT, LT, and/or NX options at the same time are not compatible',
  incrSinglePair: 'ERR INCR option supports a single increment-element pair',
  scoreNotNumber: 'ERR resulting score is not a number (NaN)',
  scoreRange: 'ERR min or max is not a float',
  lexRange: 'ERR min or max not valid string range item',
  limitNeedsBy: 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
  withScoresByLex: 'ERR syntax error, WITHSCORES not supported in combination with BYLEX',
  weightNotFloat: 'ERR weight value is not a float',
  noInputKeys: (command: string) => `ERR at least 1 input key is needed for '${command}' command`,

  // The road of a command.
  unknownCommand: (command: string, args: string) =>
    `ERR unknown command '${command.slice(0, 128)}', with args beginning with: ${args}`,
  commandNotAllowed: (command: string, directive: string) =>
    `ERR ${command} command not allowed. If the ${directive} option is set to "local", you can run it from a ` +
    'local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
  moduleNotLoaded: 'ERR Error loading the extension. Please check the server logs.',
  moduleUnknown: 'ERR Error unloading module: no such module with that name',
  noAuth: 'NOAUTH Authentication required.',
  notInTransaction: 'ERR Command not allowed inside a transaction',
  outOfMemory: "OOM command not allowed when used memory > 'maxmemory'.",
  saveFailed:
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk. Commands ' +
    'that may modify the data set are disabled, because this instance is configured to report errors during ' +
    'writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for ' +
    'details about the RDB error.',
  noReplicas: 'NOREPLICAS Not enough good replicas to write.',
  readOnlyReplica: "READONLY You can't write against a read only replica.",
  subscribed: (command: string) =>
    `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed ` +
    'in this context',
  primaryDown: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  loading: 'LOADING Redis is loading the dataset in memory',
  replicaKeyspace: "ERR Replica can't interact with the keyspace",
  internal: 'ERR internal error, see the log',

  // Transactions.
  nestedMulti: 'ERR MULTI calls can not be nested',
  watchInMulti: 'ERR WATCH inside MULTI is not allowed',
  withoutMulti: (command: string) => `ERR ${command} without MULTI`,
  execAbort: 'EXECABORT Transaction discarded because of previous errors.',
  execAbortBecause: (why: string) => `EXECABORT Transaction discarded because of: ${why}`,

  // Connections.
  maxClients: 'ERR max number of clients reached',
  maxClientsAndLinks: 'ERR max number of clients + cluster connections reached',
  protectedMode:
    'DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the ' +
    'default user. In this mode connections are only accepted from the loopback interface. To connect from other ' +
    'computers, set a password, bind to loopback only, or turn protected mode off ' +
    "('CONFIG SET protected-mode no' from the loopback interface, or 'protected-mode no' in the configuration file).",
  wrongPassword: 'WRONGPASS invalid username-password pair or user is disabled.',
  noPasswordSet:
    'ERR AUTH <password> called without any password configured for the default user. Are you sure your ' +
    'configuration is correct?',
  unsupportedProtocol: 'NOPROTO unsupported protocol version',
  protocolNotInteger: 'ERR Protocol version is not an integer or out of range',
  helloNeedsAuth:
    'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> ' +
    '<pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
  helloOption: (option: string) => `ERR Syntax error in HELLO option '${option}'`,
  clientAttribute: (what: string) => `ERR ${what} cannot contain spaces, newlines or special characters.`,
  unrecognizedOption: (option: string) => `ERR Unrecognized option '${option}'`,
  unknownClientType: (type: string) => `ERR Unknown client type '${type}'`,
  invalidClientId: 'ERR Invalid client ID',
  noSuchClient: 'ERR No such client',
  noSuchUser: (user: string) => `ERR No such user '${user}'`,
  unblockReason: 'ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR',
  pauseMode: 'ERR CLIENT PAUSE mode must be WRITE or ALL',
  unblocked: 'UNBLOCKED client unblocked via CLIENT UNBLOCK',
  unblockedByRole:
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  redirectTwice: 'ERR A client can only redirect to a single other client',
  redirectToNobody: 'ERR The client ID you want redirect to does not exist',
  prefixWithoutBroadcast: 'ERR PREFIX option requires BCAST mode to be enabled',
  switchTracking: (mode: 'BCAST mode on/off' | 'OPTIN/OPTOUT mode') =>
    `ERR You can't switch ${mode} before disabling tracking for this client, and then re-enabling it with a different mode.`,
  broadcastAndOpt: 'ERR OPTIN and OPTOUT are not compatible with BCAST',
  optInAndOut: "ERR You can't specify both OPTIN mode and OPTOUT mode",
  prefixesOverlap: (prefix: string, other: string, which: 'an existing' | 'another provided') =>
    `ERR Prefix '${prefix}' overlaps with ${which} prefix '${other}'. Prefixes ` +
    'for a single client must not overlap.',
  cachingWithoutTracking:
    'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
  cachingMode: (word: 'YES' | 'NO', mode: 'OPTIN' | 'OPTOUT') =>
    `ERR CLIENT CACHING ${word} is only valid when tracking is enabled in ${mode} mode.`,
  onlyNormalReset: 'ERR can only reset normal client connections',
  databaseOutOfRange: 'ERR DB index is out of range',
  invalidDatabase: (which: 'first' | 'second') => `ERR invalid ${which} DB index`,
  timeoutNotInteger: 'ERR timeout is not an integer or out of range',
  timeoutNotFloat: 'ERR timeout is not a float or out of range',
  timeoutNegative: 'ERR timeout is negative',
  timeoutOutOfRange: 'ERR timeout is out of range',

  // ACLs.
  noPermission: (why: string) => `NOPERM ${why}`,
  noPermissionAnyMore: (why: string) =>
    'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command ' +
    `is no longer allowed for the following reason: ${why}`,
  sortWithoutPermission: (option: string) =>
    `ERR ${option} option of SORT denied due to insufficient ACL permissions.`,
  userName: "ERR Usernames can't contain spaces or null characters",
  aclParenthesis: (word: string) => `ERR Unmatched parenthesis in acl selector starting at '${word}'.`,
  aclRule: (rule: string, why: string) => `ERR Error in ACL SETUSER modifier '${rule}': ${why}`,
  userNotFound: (user: string) => `ERR User '${user}' not found`,
  commandNotFound: (command: string) => `ERR Command '${command}' not found`,
  defaultUserStays: "ERR The 'default' user cannot be removed",
  noAclFile:
    'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER ' +
    'command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store ' +
    'users in the Redis configuration.',
  aclFile: (what: string) => `ERR ${what}`,
  aclSaveFailed:
    'ERR There was an error trying to save the ACLs. Please check the server logs for more information',
  unknownCategory: (category: string) => `ERR Unknown category '${category}'`,
  passwordBits:
    'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',

  // Configuration.
  unknownOption: (name: string) => `ERR Unknown option or number of arguments for CONFIG SET - '${name}'`,
  configSet: (name: string, why: string) =>
    `ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`,
  noConfigFile: 'ERR The server is running without a config file',
  configRewrite: (why: string) => `ERR Rewriting config file: ${why}`,

  // Introspection and the server as a whole.
  unknownSubcommandOrArguments: (subcommand: string, command: string) =>
    `ERR unknown subcommand or wrong number of arguments for '${subcommand.slice(0, 128)}'. Try ${command} HELP.`,
  reloadOption: 'ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.',
  reloadFailed: 'ERR Error trying to load the RDB dump, check server logs.',
  protocolType:
    'ERR Wrong protocol type name. Please use one of the following: ' +
    'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
  packedThreshold: 'ERR argument must be a memory value bigger than 1 and smaller than 4gb',
  needsResp3: 'ERR RESP2 is not supported by this command',
  noLatencySamples: (event: string) => `ERR No samples available for event '${event}'`,
  monitorNotHere: "ERR MONITOR isn't allowed for DENY BLOCKING client",
  commandWithoutKeys: 'ERR The command has no key arguments',
  invalidCommandArguments: 'ERR Invalid number of arguments specified for command',
  invalidCommand: 'ERR Invalid command specified',
  invalidArgumentsForCommand: 'ERR Invalid arguments specified for command',
  noShutdownToAbort: 'ERR No shutdown in progress.',
  shutdownFailed: 'ERR Errors trying to SHUTDOWN. Check logs.',
  negativeCount: 'ERR count should be greater than or equal to -1',

  // Replication and persistence.
  backgroundSaveRunning: 'ERR Background save already in progress',
  rewriteRunning:
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a " +
    'BGSAVE whenever possible.',
  rewriteAlreadyRunning: 'ERR Background append only file rewriting already in progress',
  rewriteFailed:
    "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
  aofWriteFailed: (why: string) => `MISCONF Errors writing to the AOF file: ${why}`,
  aofReloadFailed: 'ERR Error trying to load the AOF files, check server logs.',
  saveFailedNow: 'ERR',
  noPrimaryLink: "NOMASTERLINK Can't SYNC while not connected with my master",
  failoverToPrimary: "ERR PSYNC FAILOVER can't be sent to a master.",
  failoverOfOthers: 'ERR PSYNC FAILOVER replid must match my replid.',
  replconfOption: (option: string) => `ERR Unrecognized REPLCONF option: ${option}`,
  replconfHostTooLong: (bytes: number) =>
    `ERR REPLCONF ip-address provided by replica instance is too long: ${bytes} bytes`,
  rdbFilterMissing: 'ERR Missing rdb-filter-only values',
  rdbFilterUnknown: (word: string) => `ERR Unsupported rdb-filter-only option: ${word}`,
  failoverInCluster: 'ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.',
  noFailover: 'ERR No failover in progress.',
  failoverTimeout: 'ERR FAILOVER timeout must be greater than 0',
  failoverUnderWay: 'ERR FAILOVER already in progress.',
  failoverOnReplica: 'ERR FAILOVER is not valid when server is a replica.',
  failoverWithoutReplicas: 'ERR FAILOVER requires connected replicas.',
  failoverForce: 'ERR FAILOVER with force option requires both a timeout and target HOST and IP.',
  failoverTarget: 'ERR FAILOVER target HOST and PORT is not a replica.',
  failoverTargetOffline: 'ERR FAILOVER target replica is not online.',
  replicaOfDuringFailover: 'ERR REPLICAOF not allowed while failing over.',
  replicaOfInCluster: 'ERR REPLICAOF not allowed in cluster mode.',
  invalidPrimaryPort: 'ERR Invalid master port',
  notForReplicas: 'ERR Command is not valid when client is a replica.',
  notBetweenZeroAndOne: 'ERR value is out of range, value must between 0 and 1',
  waitAofOnReplica:
    'ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and ' +
    'are not propagated.',
  waitAofWithoutFile: 'ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.',
  waitOnReplica:
    'ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is ' +
    'configured to be writable (which is not the default) writes to replicas are just local and are not propagated.',

  // Values as bytes, and their way to other nodes.
  busyKey: 'BUSYKEY Target key name already exists.',
  invalidValue: (what: string, range = '>= 0') => `ERR Invalid ${what} value, must be ${range}`,
  dumpChecksum: 'ERR DUMP payload version or checksum are wrong',
  dumpFormat: 'ERR Bad data format',
  migrateKeysAndKey: 'ERR When using MIGRATE KEYS option, the key argument must be set to the empty string',
  migrateConnect: 'IOERR error or timeout connecting to the client',
  migrateRead: 'IOERR error or timeout reading to target instance',
  migrateRefused: (why: string) => `ERR Target instance replied with error: ${why}`,

  // Bitmaps.
  bitOffset: 'ERR bit offset is not an integer or out of range',
  bitValue: 'ERR bit is not an integer or out of range',
  bitArgument: 'ERR The bit argument must be 1 or 0.',
  bitopNot: 'ERR BITOP NOT must be called with a single source key.',
  bitfieldType:
    'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
  bitfieldOverflow: 'ERR Invalid OVERFLOW type specified',
  bitfieldReadOnly: 'ERR BITFIELD_RO only supports the GET subcommand',

  // HyperLogLogs.
  notLogLog: 'WRONGTYPE Key is not a valid HyperLogLog string value.',
  corruptLogLog: 'INVALIDOBJ Corrupted HLL object detected',
  noSuchLogLog: 'ERR The specified key does not exist',
  logLogNotSparse: 'ERR HLL encoding is not sparse',
  selfTestFailed: (what: string) => `TESTFAILED ${what}`,
  unknownPfdebug: (subcommand: string) => `ERR Unknown PFDEBUG subcommand '${subcommand}'`,

  // Places.
  unknownUnit: 'ERR unsupported unit provided. please use M, KM, FT, MI',
  invalidPosition: (longitude: number, latitude: number) =>
    `ERR invalid longitude,latitude pair ${sixDecimals(longitude)},${sixDecimals(latitude)}`,
  noSuchPlace: 'ERR could not decode requested zset member',
  notNumeric: (what: string) => `ERR need numeric ${what}`,
  radiusNegative: 'ERR radius cannot be negative',
  boxNegative: 'ERR height or width cannot be negative',
  storeShowsNothing: (what: string) =>
    `ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`,
  searchNeedsOne: (options: string, command: string) =>
    `ERR exactly one of ${options} can be specified for ${command}`,
  anyWithoutCount: 'ERR the ANY argument requires COUNT argument',

  // Streams.
  streamId: 'ERR Invalid stream ID specified as stream command argument',
  xaddZero: 'ERR The ID specified in XADD must be greater than 0-0',
  xaddNotAbove: 'ERR The ID specified in XADD is equal or smaller than the target stream top item',
  streamExhausted: 'ERR The stream has exhausted the last possible ID, unable to add more items',
  elementsTooLarge: 'ERR Elements are too large to be stored',
  trimTwice: 'ERR syntax error, MAXLEN and MINID options at the same time are not compatible',
  trimLimitAlone: 'ERR syntax error, LIMIT cannot be used without specifying a trimming strategy',
  trimLimitExact: 'ERR syntax error, LIMIT cannot be used without the special ~ option',
  xtrimNothing: 'ERR syntax error, XTRIM must be called with a trimming strategy',
  intervalId: (which: 'start' | 'end') => `ERR invalid ${which} ID for the interval`,
  entriesAddedNegative: 'ERR entries_added must be positive',
  entriesReadNegative: 'ERR value for ENTRIESREAD must be positive or -1',
  xsetidBelow: (what: string) => `ERR The ID specified in XSETID is smaller than ${what}`,
  xsetidBelowLength: 'ERR The entries_added specified in XSETID is smaller than the target stream length',
  streamsUnbalanced: (command: string, id: string) =>
    `ERR Unbalanced '${command}' list of streams: for each stream key an ID or '${id}' must be specified.`,
  onlyXreadgroup: (option: string) =>
    `ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`,
  xreadgroupWithoutGroup: 'ERR Missing GROUP option for XREADGROUP',
  newIdInXread:
    'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
  lastIdInXreadgroup:
    'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by ' +
    'specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
  blockInScript: (command: string) => `ERR ${command} command is not allowed with BLOCK option from scripts`,
  groupNeedsKey:
    'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM ' +
    'option to create an empty stream automatically.',
  groupExists: 'BUSYGROUP Consumer Group name already exists',
  noSuchGroup: (group: string, key: string) =>
    `NOGROUP No such consumer group '${group}' for key name '${key}'`,
  noSuchKeyOrGroup: (key: string, group: string) =>
    `NOGROUP No such key '${key}' or consumer group '${group}'`,
  noGroupToRead: (key: string, group: string) =>
    `NOGROUP No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`,
  invalidArgumentFor: (what: string, command: string) => `ERR Invalid ${what} argument for ${command}`,
  unknownXclaimOption: (option: string) => `ERR Unrecognized XCLAIM option '${option}'`,

  // Scripts and functions.
  noScript: 'NOSCRIPT No matching script. Please use EVAL.',
  badKeyCount: 'ERR Bad number of keys provided',
  scriptCompilation: (why: string) => `ERR Error compiling script (new function): ${why}`,
  badShebang: 'ERR Invalid script shebang',
  badShebangEngine: 'ERR Invalid engine in script shebang',
  unknownShebangEngine: (engine: string) => `ERR Unexpected engine in script shebang: ${engine}`,
  unknownShebangOption: (option: string) => `ERR Unknown lua shebang option: ${option}`,
  unknownShebangFlag: (flag: string) => `ERR Unexpected flag in script shebang: ${flag}`,
  scriptFlushMode: 'ERR SCRIPT FLUSH only support SYNC|ASYNC option',
  scriptDebugMode: 'ERR Use SCRIPT DEBUG YES/SYNC/NO',
  scriptDebugInPipeline: 'ERR SCRIPT DEBUG must be called outside a pipeline',
  scriptDebugInTransaction: 'ERR a transaction does not stop: EVAL is debugged outside of it',
  scriptDebugEvalSha: 'ERR Please use EVAL instead of EVALSHA for debugging',
  scriptNotInCluster: "ERR Can not run script on cluster, 'no-cluster' flag is set.",
  scriptStale:
    "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set " +
    'on the script.',
  scriptOnReplica: 'READONLY Can not run script with write flag on readonly replica',
  scriptSaveFailed:
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable " +
    "scripts are blocked. Use 'no-writes' flag for read only scripts.",
  scriptAofFailed: (why: string) =>
    "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable " +
    `scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: ${why}`,
  scriptNotReadOnly: 'ERR Can not execute a script with write flag using *_ro command.',
  scriptOutOfMemory:
    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
  busy: (command: 'SCRIPT' | 'FUNCTION') =>
    `BUSY Redis is busy running a script. You can only call ${command} KILL or SHUTDOWN NOSAVE.`,
  notBusy: 'NOTBUSY No scripts in execution right now.',
  unkillable:
    'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the ' +
    'script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  unkillableOfPrimary:
    'UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be killed.',
  functionNotFound: 'ERR Function not found',
  functionOption: (option: string) => `ERR Unknown option given: ${option}`,
  functionListArgument: (argument: string) => `ERR Unknown argument ${argument}`,
  noLibraryNameArgument: 'ERR library name argument was not given',
  functionFlushMode: 'ERR FUNCTION FLUSH only supports SYNC|ASYNC option',
  restorePolicy: 'ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.',
  notAFunction: 'ERR given type is not a function',
  badFunctionPayload: 'ERR failed loading the given functions payload',
  missingMetadata: 'ERR Missing library metadata',
  invalidMetadata: 'ERR Invalid library metadata',
  invalidMetadataValue: (what: string) =>
    `ERR Invalid metadata value${what.startsWith(',') ? '' : ' '}${what}`,
  noLibraryName: 'ERR Library name was not given',
  libraryName:
    'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
  noSuchEngine: (engine: string) => `ERR Engine '${engine}' not found`,
  libraryExists: (name: string) => `ERR Library '${name}' already exists`,
  restoredLibraryExists: (name: string) => `ERR Library ${name} already exists`,
  functionExists: (name: string) => `ERR Function ${name} already exists`,
  noSuchLibrary: 'ERR Library not found',
  noFunctions: 'ERR No functions registered',
  functionCompilation: (why: string) => `ERR Error compiling function: ${why}`,
  functionRegistration: (why: string) => `ERR Error registering functions: ${why}`,

  // Cluster routing.
  crossSlot: "CROSSSLOT Keys in request don't hash to the same slot",
  moved: (slot: number, endpoint: string) => `MOVED ${slot} ${endpoint}`,
  ask: (slot: number, endpoint: string) => `ASK ${slot} ${endpoint}`,
  tryAgain: 'TRYAGAIN Multiple keys request during rehashing of slot',
  clusterDown: 'CLUSTERDOWN The cluster is down',
  clusterDownUnbound: 'CLUSTERDOWN Hash slot not served',
  clusterDownReadOnly: 'CLUSTERDOWN The cluster is down and only accepts read commands',
  clusterDisabled: 'ERR This instance has cluster support disabled',

  // CLUSTER.
  debugOfClusterOnly: 'ERR Debug option only available for cluster mode enabled setup!',
  unknownDirection: (word: string) => `ERR Unknown direction ${word}`,
  unknownNode: (id: string) => `ERR Unknown node ${id}`,
  unknownPeer: (id: string) => `ERR I don't know about node ${id}`,
  badSlot: 'ERR Invalid or out of range slot',
  invalidSlot: 'ERR Invalid slot',
  invalidSlotOrCount: 'ERR Invalid slot or number of keys',
  slotBusy: (slot: number) => `ERR Slot ${slot} is already busy`,
  slotUnassigned: (slot: number) => `ERR Slot ${slot} is already unassigned`,
  slotTwice: (slot: number) => `ERR Slot ${slot} specified multiple times`,
  slotRangeDescends: (first: number, last: number) =>
    `ERR start slot number ${first} is greater than end slot number ${last}`,
  flushSlotsNotEmpty: 'ERR DB must be empty to perform CLUSTER FLUSHSLOTS.',
  setSlotOnReplica: 'ERR Please use SETSLOT only with masters.',
  setSlotSyntax: 'ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP',
  notSlotOwner: (slot: number) => `ERR I'm not the owner of hash slot ${slot}`,
  alreadySlotOwner: (slot: number) => `ERR I'm already the owner of hash slot ${slot}`,
  targetNotPrimary: 'ERR Target node is not a master',
  slotHoldsKeys: (slot: number) =>
    `ERR Can't assign hashslot ${slot} to a different node while I still hold keys for this hash slot.`,
  meetAddress: (host: string, port: string) => `ERR Invalid node address specified: ${host}:${port}`,
  meetPort: (which: 'base' | 'bus', port: string) => `ERR Invalid ${which} port specified: ${port}`,
  forgetSelf: "ERR I tried hard but I can't forget myself...",
  forgetPrimary: "ERR Can't forget my master!",
  replicateSelf: "ERR Can't replicate myself",
  replicateReplica: 'ERR I can only replicate a master, not a replica.',
  replicateNotEmpty: 'ERR To set a master the node must be empty and without assigned slots.',
  replicasOfReplica: 'ERR The specified node is not a master',
  failoverOnPrimary: 'ERR You should send CLUSTER FAILOVER to a replica',
  failoverPrimaryUnknown: "ERR I'm a replica but my master is unknown to me",
  failoverPrimaryDown: 'ERR Master is down or failed, please use CLUSTER FAILOVER FORCE',
  resetNotEmpty: "ERR CLUSTER RESET can't be called with master nodes containing keys",
  invalidConfigEpoch: (epoch: number) => `ERR Invalid config epoch specified: ${epoch}`,
  saveConfigFailed: (reason: string) => `ERR error saving the cluster node config: ${reason}`,
  configEpochNotAlone:
    'ERR The user can assign a config epoch only when the node does not know any other node.',
  configEpochNotZero: 'ERR Node config epoch is already non-zero',
});
