/** The server: see command-docs.ts for the notation. */
export const server = `
acl @6.0.0
  -
  Users and categories of commands.
acl|cat @6.0.0 O(1)
  [category]
  The categories, or the commands of one.
acl|deluser @6.0.0 O(1)
  username...
  Removes users and ends their sessions.
acl|dryrun @7.0.0 O(1)
  username command [arg...]
  Whether a user may run a command, without running it.
acl|genpass @6.0.0 O(1)
  [bits:integer]
  A password nobody guesses.
acl|getuser @6.0.0 O(N)
  username
  What is known of a user.
acl|help @6.0.0 O(1)
  -
  What the subcommands do.
acl|list @6.0.0 O(N)
  -
  All users with their rules.
acl|load @6.0.0 O(N)
  -
  Takes the users of the ACL file instead of those there are.
acl|log @6.0.0 O(N)
  [operation(count:integer|+RESET)]
  Who was refused what last, or forgets it.
acl|save @6.0.0 O(N)
  -
  Writes the users into the ACL file.
acl|setuser @6.0.0 O(N)
  username [rule...]
  Makes a user, or changes what one may do.
acl|users @6.0.0 O(N)
  -
  The names of all users.
acl|whoami @6.0.0 O(1)
  -
  The user of this connection.
bgrewriteaof @1.0.0 O(1)
  -
  Rewrites the append-only file in the background, to no more than the data needs.
bgsave @1.0.0 O(1)
  [+SCHEDULE]
  Saves the data in the background.
command @2.8.13 O(N)
  -
  What is known of all commands.
command|count @2.8.13 O(1)
  -
  How many commands there are.
command|docs @7.0.0 O(N)
  [command-name...]
  The documentation of commands.
command|getkeys @2.8.13 O(N)
  command [arg...]
  The keys of a command.
command|getkeysandflags @7.0.0 O(N)
  command [arg...]
  The keys of a command, and what it does with them.
command|help @5.0.0 O(1)
  -
  What the subcommands do.
command|info @2.8.13 O(N)
  [command-name...]
  What is known of single commands.
command|list @7.0.0 O(N)
  [FILTERBY=filterby(MODULE=module-name|ACLCAT=category|PATTERN=pattern:pattern)]
  The names of commands.
config @2.0.0
  -
  The configuration.
config|get @2.0.0 O(N)
  parameter...
  Values of directives.
config|help @5.0.0 O(1)
  -
  What the subcommands do.
config|resetstat @2.0.0 O(1)
  -
  Sets the counters to zero.
config|rewrite @2.8.0 O(1)
  -
  Writes what changed into the configuration file.
config|set @2.0.0 O(N)
  data{parameter value}...
  Changes directives.
dbsize @1.0.0 O(1)
  -
  How many keys the database has.
debug @1.0.0
  -
  For tests.
failover @6.2.0 O(1)
  [TO=target{host port:integer [force+FORCE]}] [abort+ABORT] [TIMEOUT=milliseconds:integer]
  Hands the role of the primary to a replica, without losing a write.
flushall @1.0.0 O(N)
  [flush-type(+ASYNC|+SYNC)]
  Removes all keys of all databases.
flushdb @1.0.0 O(N)
  [flush-type(+ASYNC|+SYNC)]
  Removes all keys of the database.
info @1.0.0 O(1)
  [section...]
  The state of the server.
lastsave @1.0.0 O(1)
  -
  When the data was last saved.
latency @2.8.13
  -
  What took long.
latency|doctor @2.8.13 O(1)
  -
  A report on what took long.
latency|graph @2.8.13 O(1)
  event
  A picture of one kind of delay.
latency|help @2.8.13 O(1)
  -
  What the subcommands do.
latency|histogram @7.0.0 O(N)
  [COMMAND...]
  How long commands take.
latency|history @2.8.13 O(1)
  event
  When one kind of delay happened.
latency|latest @2.8.13 O(1)
  -
  The last delay of each kind.
latency|reset @2.8.13 O(1)
  [event...]
  Forgets delays.
lolwut @5.0.0
  [VERSION=version:integer]
  A picture, and the version.
memory @4.0.0
  -
  Where the memory goes.
memory|doctor @4.0.0 O(1)
  -
  A report on the use of memory.
memory|help @4.0.0 O(1)
  -
  What the subcommands do.
memory|malloc-stats @4.0.0
  -
  What the allocator tells.
memory|purge @4.0.0
  -
  Gives unused memory back.
memory|stats @4.0.0 O(1)
  -
  The use of memory in figures.
memory|usage @4.0.0 O(N)
  key:key0 [SAMPLES=count:integer]
  How many bytes a key takes.
module @4.0.0
  -
  Extensions of the server.
module|help @5.0.0 O(1)
  -
  What the subcommands do.
module|list @4.0.0 O(N)
  -
  The modules that are loaded.
module|load @4.0.0 O(1)
  path [arg...]
  Loads a module.
module|loadex @7.0.0 O(1)
  path [CONFIG=configs{name value}....] [ARGS=args...]
  Loads a module, with values for its directives.
module|unload @4.0.0 O(1)
  name
  Ends a module.
monitor @1.0.0
  -
  Shows every command as it comes.
psync @2.8.0
  replicationid offset:integer
  Asks to be a replica.
replconf @3.0.0 O(1)
  -
  What replicas and primaries tell each other.
replicaof @5.0.0 O(1)
  args(host-port{host port:integer}|no-one{+NO +ONE})
  Follows a primary, or none.
restore-asking @3.0.0 O(1)
  key:key0 ttl:integer serialized-value [+REPLACE] [+ABSTTL] [IDLETIME=seconds:integer] [FREQ=frequency:integer]
  RESTORE into a slot that is being imported.
role @2.8.12 O(1)
  -
  Whether this is a primary or a replica.
save @1.0.0 O(N)
  -
  Saves the data, while everybody waits.
shutdown @1.0.0 O(N)
  [save-selector(+NOSAVE|+SAVE)] [+NOW] [+FORCE] [+ABORT]
  Saves the data and ends the server.
slaveof @1.0.0 O(1) !5.0.0 REPLICAOF
  args(host-port{host port:integer}|no-one{+NO +ONE})
  Follows a primary, or none.
slowlog @2.2.12
  -
  Commands that took too long.
slowlog|get @2.2.12 O(N)
  [count:integer]
  The last commands that took too long.
slowlog|help @6.2.0 O(1)
  -
  What the subcommands do.
slowlog|len @2.2.12 O(1)
  -
  How many there are.
slowlog|reset @2.2.12 O(N)
  -
  Forgets them.
swapdb @4.0.0 O(N)
  index1:integer index2:integer
  Exchanges two databases.
sync @1.0.0
  -
  Asks to be a replica, the old way.
time @2.6.0 O(1)
  -
  The server's time.
`;
