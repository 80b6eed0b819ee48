/** Connections: see command-docs.ts for the notation. */
export const connections = `
auth @1.0.0 O(N)
  [username] password
  Logs in.
client @2.4.0
  -
  The connections of clients.
client|caching @6.0.0 O(1)
  mode(+YES|+NO)
  Whether the next command is tracked.
client|getname @2.6.9 O(1)
  -
  This connection's name.
client|getredir @6.0.0 O(1)
  -
  Where this connection's invalidations go.
client|help @5.0.0 O(1)
  -
  What the subcommands do.
client|id @5.0.0 O(1)
  -
  This connection's id.
client|info @6.2.0 O(1)
  -
  This connection in one line.
client|kill @2.4.0 O(N)
  filter(old-format/ip:port|new-format([ID=client-id:integer]|[TYPE=client-type(+NORMAL|+MASTER|+SLAVE|+REPLICA|+PUBSUB)]|[USER=username]|[ADDR=addr/ip:port]|[LADDR=laddr/ip:port]|[SKIPME=skipme(+YES|+NO)])...)
  Closes connections.
client|list @2.4.0 O(N)
  [TYPE=client-type(+NORMAL|+MASTER|+REPLICA|+PUBSUB)] [ID=client-id:integer...]
  All connections, one a line.
client|no-evict @7.0.0 O(1)
  enabled(+ON|+OFF)
  Keeps this connection when clients take too much memory.
client|no-touch @7.2.0 O(1)
  enabled(+ON|+OFF)
  What this connection reads does not count as used.
client|pause @3.0.0 O(1)
  timeout:integer [mode(+WRITE|+ALL)]
  Lets the commands of all clients wait.
client|reply @3.2.0 O(1)
  action(+ON|+OFF|+SKIP)
  Whether this connection gets replies.
client|setinfo @7.2.0 O(1)
  attr(LIB-NAME=libname|LIB-VER=libver)
  Tells the name and version of a client library.
client|setname @2.6.9 O(1)
  connection-name
  Names this connection.
client|tracking @6.0.0 O(1)
  status(+ON|+OFF) [REDIRECT=client-id:integer] [PREFIX=prefix....] [+BCAST] [+OPTIN] [+OPTOUT] [+NOLOOP]
  Whether this connection is told when keys change.
client|trackinginfo @6.2.0 O(1)
  -
  Whether this connection's reads are tracked.
client|unblock @5.0.0 O(logN)
  client-id:integer [unblock-type(+TIMEOUT|+ERROR)]
  Ends the waiting of a blocked client.
client|unpause @6.2.0 O(N)
  -
  Ends the pause of clients.
echo @1.0.0 O(1)
  message
  Answers with the message.
hello @6.0.0 O(1)
  [arguments{protover:integer [AUTH=auth{username password}] [SETNAME=clientname]}]
  Greets, logs in and chooses the protocol.
ping @1.0.0 O(1)
  [message]
  Answers PONG, or with the message.
quit @1.0.0 O(1) !7.2.0
  -
  Ends the connection.
reset @6.2.0 O(1)
  -
  Makes the connection as new.
select @1.0.0 O(1)
  index:integer
  Chooses a database.
`;
