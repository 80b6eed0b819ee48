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

/** As printf's `%f`, infinities included. */
function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}
/** For texts that hold what a client sent: a line end in it would break the protocol. */
const oneLine = (message: string) => new ReplyError(message.replace(/[\r\n]/g, ' '));

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

  // Strings and keys.
  offsetOutOfRange: text('ERR offset is out of range'),
  decrementOverflow: text('ERR decrement would overflow'),
  lcsNeedsStrings: text('ERR The specified keys must contain string values'),
  lcsLengthAndIndexes: text('ERR If you want both the length and indexes, please just use IDX.'),
  lcsTooLarge: text('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len'),
  unsupportedOption: (option: string) => oneLine(`ERR Unsupported option ${option}`),
  expireNxAndOthers: text('ERR NX and XX, GT or LT options at the same time are not compatible'),
  expireGtAndLt: text('ERR GT and LT options at the same time are not compatible'),
  sameObject: text('ERR source and destination objects are the same'),
  moveInCluster: text('ERR MOVE is not allowed in cluster mode'),
  copyInCluster: text('ERR Copying to another database is not allowed in cluster mode'),
  sortInCluster: (option: string) => new ReplyError(`ERR ${option} option of SORT denied in Cluster mode.`),
  sortNotNumbers: text("ERR One or more scores can't be converted into double"),
  noFrequencies: text(
    'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching ' +
      'between policies at runtime LRU and LFU data will take some time to adjust.',
  ),
  noIdleTimes: text(
    'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies ' +
      'at runtime LRU and LFU data will take some time to adjust.',
  ),
  stringTooLong: text('ERR string exceeds maximum allowed size (proto-max-bulk-len)'),
  protocol: (problem: string) => new ReplyError(`ERR Protocol error: ${problem}`),

  // Collections.
  fieldsMissing: text('ERR Mandatory argument FIELDS is missing or not at the right position'),
  fieldCountWrong: text('ERR The `numfields` parameter must match the number of arguments'),
  fieldCountNotPositive: text('ERR Number of fields must be a positive integer'),
  numFieldsNotPositive: text('ERR Parameter `numFields` should be greater than 0'),
  expireNegative: text('ERR invalid expire time, must be >= 0'),
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

  // The road of a command.
  unknownCommand: (command: string, args: string) =>
    oneLine(`ERR unknown command '${command.slice(0, 128)}', with args beginning with: ${args}`),
  commandNotAllowed: (command: string, directive: string) =>
    new ReplyError(
      `ERR ${command} command not allowed. If the ${directive} option is set to "local", you can run it from a ` +
        'local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
    ),
  moduleNotLoaded: text('ERR Error loading the extension. Please check the server logs.'),
  moduleUnknown: text('ERR Error unloading module: no such module with that name'),
  noAuth: text('NOAUTH Authentication required.'),
  notInTransaction: text('ERR Command not allowed inside a transaction'),
  outOfMemory: text("OOM command not allowed when used memory > 'maxmemory'."),
  saveFailed: text(
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk. Commands ' +
      'that may modify the data set are disabled, because this instance is configured to report errors during ' +
      'writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for ' +
      'details about the RDB error.',
  ),
  noReplicas: text('NOREPLICAS Not enough good replicas to write.'),
  readOnlyReplica: text("READONLY You can't write against a read only replica."),
  subscribed: (command: string) =>
    new ReplyError(
      `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed ` +
        'in this context',
    ),
  primaryDown: text("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
  loading: text('LOADING Redis is loading the dataset in memory'),
  replicaKeyspace: text("ERR Replica can't interact with the keyspace"),
  internal: text('ERR internal error, see the log'),

  // Transactions.
  nestedMulti: text('ERR MULTI calls can not be nested'),
  watchInMulti: text('ERR WATCH inside MULTI is not allowed'),
  withoutMulti: (command: string) => new ReplyError(`ERR ${command} without MULTI`),
  execAbort: text('EXECABORT Transaction discarded because of previous errors.'),
  execAbortBecause: (why: string) => new ReplyError(`EXECABORT Transaction discarded because of: ${why}`),

  // Connections.
  maxClients: text('ERR max number of clients reached'),
  maxClientsAndLinks: text('ERR max number of clients + cluster connections reached'),
  protectedMode: text(
    'DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the ' +
      'default user. In this mode connections are only accepted from the loopback interface. To connect from other ' +
      'computers, set a password, bind to loopback only, or turn protected mode off ' +
      "('CONFIG SET protected-mode no' from the loopback interface, or 'protected-mode no' in the configuration file).",
  ),
  wrongPassword: text('WRONGPASS invalid username-password pair or user is disabled.'),
  noPasswordSet: text(
    'ERR AUTH <password> called without any password configured for the default user. Are you sure your ' +
      'configuration is correct?',
  ),
  unsupportedProtocol: text('NOPROTO unsupported protocol version'),
  protocolNotInteger: text('ERR Protocol version is not an integer or out of range'),
  helloNeedsAuth: text(
    'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> ' +
      '<pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
  ),
  helloOption: (option: string) => oneLine(`ERR Syntax error in HELLO option '${option}'`),
  clientAttribute: (what: string) =>
    oneLine(`ERR ${what} cannot contain spaces, newlines or special characters.`),
  unrecognizedOption: (option: string) => oneLine(`ERR Unrecognized option '${option}'`),
  unknownClientType: (type: string) => oneLine(`ERR Unknown client type '${type}'`),
  invalidClientId: text('ERR Invalid client ID'),
  clientIdNotPositive: text('ERR client-id should be greater than 0'),
  noSuchClient: text('ERR No such client'),
  noSuchUser: (user: string) => oneLine(`ERR No such user '${user}'`),
  unblockReason: text('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR'),
  pauseMode: text('ERR CLIENT PAUSE mode must be WRITE or ALL'),
  unblocked: text('UNBLOCKED client unblocked via CLIENT UNBLOCK'),
  unblockedByRole: text(
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  ),
  redirectTwice: text('ERR A client can only redirect to a single other client'),
  redirectToNobody: text('ERR The client ID you want redirect to does not exist'),
  prefixWithoutBroadcast: text('ERR PREFIX option requires BCAST mode to be enabled'),
  switchBroadcast: text(
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with " +
      'a different mode.',
  ),
  broadcastAndOpt: text('ERR OPTIN and OPTOUT are not compatible with BCAST'),
  optInAndOut: text("ERR You can't specify both OPTIN mode and OPTOUT mode"),
  switchOpt: text(
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a " +
      'different mode.',
  ),
  prefixesOverlap: (prefix: string, other: string, which: 'an existing' | 'another provided') =>
    oneLine(
      `ERR Prefix '${prefix}' overlaps with ${which} prefix '${other}'. Prefixes ` +
        'for a single client must not overlap.',
    ),
  cachingWithoutTracking: text(
    'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
  ),
  cachingYes: text('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.'),
  cachingNo: text('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.'),
  onlyNormalReset: text('ERR can only reset normal client connections'),
  databaseOutOfRange: text('ERR DB index is out of range'),
  selectInCluster: text('ERR SELECT is not allowed in cluster mode'),
  swapInCluster: text('ERR SWAPDB is not allowed in cluster mode'),
  invalidFirstDatabase: text('ERR invalid first DB index'),
  invalidSecondDatabase: text('ERR invalid second DB index'),
  timeoutNotInteger: text('ERR timeout is not an integer or out of range'),
  timeoutNotFloat: text('ERR timeout is not a float or out of range'),
  timeoutNegative: text('ERR timeout is negative'),
  timeoutOutOfRange: text('ERR timeout is out of range'),

  // ACLs.
  noPermission: (why: string) => oneLine(`NOPERM ${why}`),
  noPermissionAnyMore: (why: string) =>
    new ReplyError(
      'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command ' +
        `is no longer allowed for the following reason: ${why}`,
    ),
  sortWithoutPermission: (option: string) =>
    new ReplyError(`ERR ${option} option of SORT denied due to insufficient ACL permissions.`),
  userName: text("ERR Usernames can't contain spaces or null characters"),
  aclParenthesis: (word: string) =>
    oneLine(`ERR Unmatched parenthesis in acl selector starting at '${word}'.`),
  aclRule: (rule: string, why: string) => oneLine(`ERR Error in ACL SETUSER modifier '${rule}': ${why}`),
  userNotFound: (user: string) => oneLine(`ERR User '${user}' not found`),
  commandNotFound: (command: string) => oneLine(`ERR Command '${command}' not found`),
  defaultUserStays: text("ERR The 'default' user cannot be removed"),
  noAclFile: text(
    'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER ' +
      'command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store ' +
      'users in the Redis configuration.',
  ),
  aclFile: (what: string) => oneLine(`ERR ${what}`),
  aclSaveFailed: text(
    'ERR There was an error trying to save the ACLs. Please check the server logs for more information',
  ),
  unknownCategory: (category: string) => oneLine(`ERR Unknown category '${category}'`),
  passwordBits: text(
    'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
  ),

  // Configuration.
  unknownOption: (name: string) =>
    oneLine(`ERR Unknown option or number of arguments for CONFIG SET - '${name}'`),
  configSet: (name: string, why: string) =>
    oneLine(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`),
  noConfigFile: text('ERR The server is running without a config file'),
  configRewrite: (why: string) => oneLine(`ERR Rewriting config file: ${why}`),

  // Introspection and the server as a whole.
  unknownSubcommandOrArguments: (subcommand: string, command: string) =>
    oneLine(
      `ERR unknown subcommand or wrong number of arguments for '${subcommand.slice(0, 128)}'. Try ${command} HELP.`,
    ),
  reloadOption: text('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.'),
  reloadFailed: text('ERR Error trying to load the RDB dump, check server logs.'),
  protocolType: text(
    'ERR Wrong protocol type name. Please use one of the following: ' +
      'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
  ),
  packedThreshold: text('ERR argument must be a memory value bigger than 1 and smaller than 4gb'),
  needsResp3: text('ERR RESP2 is not supported by this command'),
  noLatencySamples: (event: string) => oneLine(`ERR No samples available for event '${event}'`),
  monitorNotHere: text("ERR MONITOR isn't allowed for DENY BLOCKING client"),
  commandWithoutKeys: text('ERR The command has no key arguments'),
  invalidCommandArguments: text('ERR Invalid number of arguments specified for command'),
  invalidCommand: text('ERR Invalid command specified'),
  invalidArgumentsForCommand: text('ERR Invalid arguments specified for command'),
  noShutdownToAbort: text('ERR No shutdown in progress.'),
  shutdownFailed: text('ERR Errors trying to SHUTDOWN. Check logs.'),
  negativeCount: text('ERR count should be greater than or equal to -1'),

  // Replication and persistence.
  backgroundSaveRunning: text('ERR Background save already in progress'),
  rewriteRunning: text(
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a " +
      'BGSAVE whenever possible.',
  ),
  rewriteAlreadyRunning: text('ERR Background append only file rewriting already in progress'),
  rewriteFailed: text(
    "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
  ),
  aofWriteFailed: (why: string) => oneLine(`MISCONF Errors writing to the AOF file: ${why}`),
  aofReloadFailed: text('ERR Error trying to load the AOF files, check server logs.'),
  saveFailedNow: text('ERR'),
  noPrimaryLink: text("NOMASTERLINK Can't SYNC while not connected with my master"),
  failoverToPrimary: text("ERR PSYNC FAILOVER can't be sent to a master."),
  failoverOfOthers: text('ERR PSYNC FAILOVER replid must match my replid.'),
  replconfOption: (option: string) => oneLine(`ERR Unrecognized REPLCONF option: ${option}`),
  replconfHostTooLong: (bytes: number) =>
    new ReplyError(`ERR REPLCONF ip-address provided by replica instance is too long: ${bytes} bytes`),
  rdbFilterMissing: text('ERR Missing rdb-filter-only values'),
  rdbFilterUnknown: (word: string) => oneLine(`ERR Unsupported rdb-filter-only option: ${word}`),
  failoverInCluster: text('ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.'),
  noFailover: text('ERR No failover in progress.'),
  failoverTimeout: text('ERR FAILOVER timeout must be greater than 0'),
  failoverUnderWay: text('ERR FAILOVER already in progress.'),
  failoverOnReplica: text('ERR FAILOVER is not valid when server is a replica.'),
  failoverWithoutReplicas: text('ERR FAILOVER requires connected replicas.'),
  failoverForce: text('ERR FAILOVER with force option requires both a timeout and target HOST and IP.'),
  failoverTarget: text('ERR FAILOVER target HOST and PORT is not a replica.'),
  failoverTargetOffline: text('ERR FAILOVER target replica is not online.'),
  replicaOfDuringFailover: text('ERR REPLICAOF not allowed while failing over.'),
  replicaOfInCluster: text('ERR REPLICAOF not allowed in cluster mode.'),
  invalidPrimaryPort: text('ERR Invalid master port'),
  notForReplicas: text('ERR Command is not valid when client is a replica.'),
  notBetweenZeroAndOne: text('ERR value is out of range, value must between 0 and 1'),
  waitAofOnReplica: text(
    'ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and ' +
      'are not propagated.',
  ),
  waitAofWithoutFile: text('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.'),
  waitOnReplica: text(
    'ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is ' +
      'configured to be writable (which is not the default) writes to replicas are just local and are not propagated.',
  ),

  // Values as bytes, and their way to other nodes.
  busyKey: text('BUSYKEY Target key name already exists.'),
  ttlNegative: text('ERR Invalid TTL value, must be >= 0'),
  idleTimeNegative: text('ERR Invalid IDLETIME value, must be >= 0'),
  frequencyOutOfRange: text('ERR Invalid FREQ value, must be >= 0 and <= 255'),
  dumpChecksum: text('ERR DUMP payload version or checksum are wrong'),
  dumpFormat: text('ERR Bad data format'),
  migrateKeysAndKey: text(
    'ERR When using MIGRATE KEYS option, the key argument must be set to the empty string',
  ),
  migrateConnect: text('IOERR error or timeout connecting to the client'),
  migrateRead: text('IOERR error or timeout reading to target instance'),
  migrateRefused: (why: string) => oneLine(`ERR Target instance replied with error: ${why}`),

  // Bitmaps.
  bitOffset: text('ERR bit offset is not an integer or out of range'),
  bitValue: text('ERR bit is not an integer or out of range'),
  bitArgument: text('ERR The bit argument must be 1 or 0.'),
  bitopNot: text('ERR BITOP NOT must be called with a single source key.'),
  bitfieldType: text(
    'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
  ),
  bitfieldOverflow: text('ERR Invalid OVERFLOW type specified'),
  bitfieldReadOnly: text('ERR BITFIELD_RO only supports the GET subcommand'),

  // HyperLogLogs.
  notLogLog: text('WRONGTYPE Key is not a valid HyperLogLog string value.'),
  corruptLogLog: text('INVALIDOBJ Corrupted HLL object detected'),
  noSuchLogLog: text('ERR The specified key does not exist'),
  logLogNotSparse: text('ERR HLL encoding is not sparse'),
  selfTestFailed: (what: string) => new ReplyError(`TESTFAILED ${what}`),
  unknownPfdebug: (subcommand: string) => new ReplyError(`ERR Unknown PFDEBUG subcommand '${subcommand}'`),

  // Places.
  unknownUnit: text('ERR unsupported unit provided. please use M, KM, FT, MI'),
  invalidPosition: (longitude: number, latitude: number) =>
    new ReplyError(`ERR invalid longitude,latitude pair ${sixDecimals(longitude)},${sixDecimals(latitude)}`),
  noSuchPlace: text('ERR could not decode requested zset member'),
  radiusNotNumber: text('ERR need numeric radius'),
  radiusNegative: text('ERR radius cannot be negative'),
  widthNotNumber: text('ERR need numeric width'),
  heightNotNumber: text('ERR need numeric height'),
  boxNegative: text('ERR height or width cannot be negative'),
  geoCountNotPositive: text('ERR COUNT must be > 0'),
  storeShowsNothing: (what: string) =>
    new ReplyError(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`),
  searchWithoutCentre: (command: string) =>
    new ReplyError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${command}`),
  searchWithoutShape: (command: string) =>
    new ReplyError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${command}`),
  anyWithoutCount: text('ERR the ANY argument requires COUNT argument'),

  // Streams.
  streamId: text('ERR Invalid stream ID specified as stream command argument'),
  xaddZero: text('ERR The ID specified in XADD must be greater than 0-0'),
  xaddNotAbove: text('ERR The ID specified in XADD is equal or smaller than the target stream top item'),
  streamExhausted: text('ERR The stream has exhausted the last possible ID, unable to add more items'),
  elementsTooLarge: text('ERR Elements are too large to be stored'),
  trimTwice: text('ERR syntax error, MAXLEN and MINID options at the same time are not compatible'),
  trimLengthNegative: text('ERR The MAXLEN argument must be >= 0.'),
  trimLimitNegative: text('ERR The LIMIT argument must be >= 0.'),
  trimLimitAlone: text('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy'),
  trimLimitExact: text('ERR syntax error, LIMIT cannot be used without the special ~ option'),
  xtrimNothing: text('ERR syntax error, XTRIM must be called with a trimming strategy'),
  intervalStart: text('ERR invalid start ID for the interval'),
  intervalEnd: text('ERR invalid end ID for the interval'),
  entriesAddedNegative: text('ERR entries_added must be positive'),
  entriesReadNegative: text('ERR value for ENTRIESREAD must be positive or -1'),
  xsetidBelowGiven: text('ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id'),
  xsetidBelowDeleted: text('ERR The ID specified in XSETID is smaller than current max_deleted_entry_id'),
  xsetidBelowTop: text('ERR The ID specified in XSETID is smaller than the target stream top item'),
  xsetidBelowLength: text(
    'ERR The entries_added specified in XSETID is smaller than the target stream length',
  ),
  streamsUnbalanced: (command: string, id: string) =>
    new ReplyError(
      `ERR Unbalanced '${command}' list of streams: for each stream key an ID or '${id}' must be specified.`,
    ),
  onlyXreadgroup: (option: string) =>
    new ReplyError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`),
  xreadgroupWithoutGroup: text('ERR Missing GROUP option for XREADGROUP'),
  newIdInXread: text(
    'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
  ),
  lastIdInXreadgroup: text(
    'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by ' +
      'specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
  ),
  blockInScript: (command: string) =>
    oneLine(`ERR ${command} command is not allowed with BLOCK option from scripts`),
  groupNeedsKey: text(
    'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM ' +
      'option to create an empty stream automatically.',
  ),
  groupExists: text('BUSYGROUP Consumer Group name already exists'),
  noSuchGroup: (group: string, key: string) =>
    oneLine(`NOGROUP No such consumer group '${group}' for key name '${key}'`),
  noSuchKeyOrGroup: (key: string, group: string) =>
    oneLine(`NOGROUP No such key '${key}' or consumer group '${group}'`),
  noGroupToRead: (key: string, group: string) =>
    oneLine(`NOGROUP No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`),
  invalidArgumentFor: (what: string, command: string) =>
    new ReplyError(`ERR Invalid ${what} argument for ${command}`),
  unknownXclaimOption: (option: string) => oneLine(`ERR Unrecognized XCLAIM option '${option}'`),
  claimCountNotPositive: text('ERR COUNT must be > 0'),

  // Scripts and functions.
  noScript: text('NOSCRIPT No matching script. Please use EVAL.'),
  keysNegative: text("ERR Number of keys can't be negative"),
  badKeyCount: text('ERR Bad number of keys provided'),
  scriptCompilation: (why: string) => oneLine(`ERR Error compiling script (new function): ${why}`),
  badShebang: text('ERR Invalid script shebang'),
  badShebangEngine: text('ERR Invalid engine in script shebang'),
  unknownShebangEngine: (engine: string) => oneLine(`ERR Unexpected engine in script shebang: ${engine}`),
  unknownShebangOption: (option: string) => oneLine(`ERR Unknown lua shebang option: ${option}`),
  unknownShebangFlag: (flag: string) => oneLine(`ERR Unexpected flag in script shebang: ${flag}`),
  scriptFlushMode: text('ERR SCRIPT FLUSH only support SYNC|ASYNC option'),
  scriptDebugMode: text('ERR Use SCRIPT DEBUG YES/SYNC/NO'),
  scriptDebugInPipeline: text('ERR SCRIPT DEBUG must be called outside a pipeline'),
  scriptDebugInTransaction: text('ERR a transaction does not stop: EVAL is debugged outside of it'),
  scriptDebugEvalSha: text('ERR Please use EVAL instead of EVALSHA for debugging'),
  scriptNotInCluster: text("ERR Can not run script on cluster, 'no-cluster' flag is set."),
  scriptStale: text(
    "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set " +
      'on the script.',
  ),
  scriptOnReplica: text('READONLY Can not run script with write flag on readonly replica'),
  scriptSaveFailed: text(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable " +
      "scripts are blocked. Use 'no-writes' flag for read only scripts.",
  ),
  scriptAofFailed: (why: string) =>
    oneLine(
      "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable " +
        `scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: ${why}`,
    ),
  scriptNotReadOnly: text('ERR Can not execute a script with write flag using *_ro command.'),
  scriptOutOfMemory: text(
    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
  ),
  busyScript: text('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'),
  busyFunction: text(
    'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.',
  ),
  notBusy: text('NOTBUSY No scripts in execution right now.'),
  unkillable: text(
    'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the ' +
      'script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  ),
  unkillableOfPrimary: text(
    'UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be killed.',
  ),
  functionNotFound: text('ERR Function not found'),
  functionOption: (option: string) => oneLine(`ERR Unknown option given: ${option}`),
  functionListArgument: (argument: string) => oneLine(`ERR Unknown argument ${argument}`),
  noLibraryNameArgument: text('ERR library name argument was not given'),
  functionFlushMode: text('ERR FUNCTION FLUSH only supports SYNC|ASYNC option'),
  restorePolicy: text('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.'),
  notAFunction: text('ERR given type is not a function'),
  badFunctionPayload: text('ERR failed loading the given functions payload'),
  missingMetadata: text('ERR Missing library metadata'),
  invalidMetadata: text('ERR Invalid library metadata'),
  invalidMetadataValue: (what: string) =>
    oneLine(`ERR Invalid metadata value${what.startsWith(',') ? '' : ' '}${what}`),
  noLibraryName: text('ERR Library name was not given'),
  libraryName: text(
    'ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
  ),
  noSuchEngine: (engine: string) => oneLine(`ERR Engine '${engine}' not found`),
  libraryExists: (name: string) => new ReplyError(`ERR Library '${name}' already exists`),
  restoredLibraryExists: (name: string) => new ReplyError(`ERR Library ${name} already exists`),
  functionExists: (name: string) => new ReplyError(`ERR Function ${name} already exists`),
  noSuchLibrary: text('ERR Library not found'),
  noFunctions: text('ERR No functions registered'),
  functionCompilation: (why: string) => oneLine(`ERR Error compiling function: ${why}`),
  functionRegistration: (why: string) => oneLine(`ERR Error registering functions: ${why}`),

  // Cluster routing.
  crossSlot: text("CROSSSLOT Keys in request don't hash to the same slot"),
  moved: (slot: number, endpoint: string) => new ReplyError(`MOVED ${slot} ${endpoint}`),
  ask: (slot: number, endpoint: string) => new ReplyError(`ASK ${slot} ${endpoint}`),
  tryAgain: text('TRYAGAIN Multiple keys request during rehashing of slot'),
  clusterDown: text('CLUSTERDOWN The cluster is down'),
  clusterDownUnbound: text('CLUSTERDOWN Hash slot not served'),
  clusterDownReadOnly: text('CLUSTERDOWN The cluster is down and only accepts read commands'),
  clusterDisabled: text('ERR This instance has cluster support disabled'),

  // CLUSTER.
  debugOfClusterOnly: text('ERR Debug option only available for cluster mode enabled setup!'),
  unknownDirection: (word: string) => oneLine(`ERR Unknown direction ${word}`),
  unknownNode: (id: string) => oneLine(`ERR Unknown node ${id}`),
  unknownPeer: (id: string) => oneLine(`ERR I don't know about node ${id}`),
  badSlot: text('ERR Invalid or out of range slot'),
  invalidSlot: text('ERR Invalid slot'),
  invalidSlotOrCount: text('ERR Invalid slot or number of keys'),
  slotBusy: (slot: number) => new ReplyError(`ERR Slot ${slot} is already busy`),
  slotUnassigned: (slot: number) => new ReplyError(`ERR Slot ${slot} is already unassigned`),
  slotTwice: (slot: number) => new ReplyError(`ERR Slot ${slot} specified multiple times`),
  slotRangeDescends: (first: number, last: number) =>
    new ReplyError(`ERR start slot number ${first} is greater than end slot number ${last}`),
  flushSlotsNotEmpty: text('ERR DB must be empty to perform CLUSTER FLUSHSLOTS.'),
  setSlotOnReplica: text('ERR Please use SETSLOT only with masters.'),
  setSlotSyntax: text('ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP'),
  notSlotOwner: (slot: number) => new ReplyError(`ERR I'm not the owner of hash slot ${slot}`),
  alreadySlotOwner: (slot: number) => new ReplyError(`ERR I'm already the owner of hash slot ${slot}`),
  targetNotPrimary: text('ERR Target node is not a master'),
  slotHoldsKeys: (slot: number) =>
    new ReplyError(
      `ERR Can't assign hashslot ${slot} to a different node while I still hold keys for this hash slot.`,
    ),
  meetAddress: (host: string, port: string) => oneLine(`ERR Invalid node address specified: ${host}:${port}`),
  meetPort: (port: string) => oneLine(`ERR Invalid base port specified: ${port}`),
  meetBusPort: (port: string) => oneLine(`ERR Invalid bus port specified: ${port}`),
  forgetSelf: text("ERR I tried hard but I can't forget myself..."),
  forgetPrimary: text("ERR Can't forget my master!"),
  replicateSelf: text("ERR Can't replicate myself"),
  replicateReplica: text('ERR I can only replicate a master, not a replica.'),
  replicateNotEmpty: text('ERR To set a master the node must be empty and without assigned slots.'),
  replicasOfReplica: text('ERR The specified node is not a master'),
  failoverOnPrimary: text('ERR You should send CLUSTER FAILOVER to a replica'),
  failoverPrimaryUnknown: text("ERR I'm a replica but my master is unknown to me"),
  failoverPrimaryDown: text('ERR Master is down or failed, please use CLUSTER FAILOVER FORCE'),
  resetNotEmpty: text("ERR CLUSTER RESET can't be called with master nodes containing keys"),
  invalidConfigEpoch: (epoch: number) => new ReplyError(`ERR Invalid config epoch specified: ${epoch}`),
  saveConfigFailed: (reason: string) => oneLine(`ERR error saving the cluster node config: ${reason}`),
  configEpochNotAlone: text(
    'ERR The user can assign a config epoch only when the node does not know any other node.',
  ),
  configEpochNotZero: text('ERR Node config epoch is already non-zero'),
} as const;
