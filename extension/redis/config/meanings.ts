/** What each directive is for, in English. Markdown; the first sentence stands alone in lists. */

export const meanings: Readonly<Record<string, string>> = {
  // includes
  include:
    'Reads another file at this place; since 7.0 a pattern (`conf.d/*.conf`) as well. Relative to the working directory at that moment. Lines after it override what it set.',
  loadmodule: 'Loads a module at start, with arguments for it.',

  // network
  bind: 'The addresses to listen on. `*` is every IPv4 address, `::*` every IPv6 address; a `-` in front makes an address that does not exist no error. Cluster peers must be able to reach one of them, on the client port and on the bus port.',
  'bind-source-addr':
    'The local address that outgoing connections start from: to primaries and to cluster peers.',
  port: 'The port for clients without TLS; 0 for none. In cluster mode the bus port is this plus 10000, unless `cluster-port` says otherwise.',
  'tcp-backlog':
    'How many connections may wait to be accepted. The kernel caps it at its own limit (`somaxconn`).',
  unixsocket: 'Path of a Unix socket to listen on as well.',
  unixsocketperm: 'File mode of the Unix socket, in octal.',
  unixsocketgroup: 'Group that owns the Unix socket.',
  timeout: 'Closes clients that were idle for this long; 0 never does.',
  'tcp-keepalive': 'How often idle connections are probed, so that dead peers are found; 0 turns it off.',
  'protected-mode':
    'While the default user has no password, only local clients are served (before 7.0 only when there is no `bind` line either). Cluster peers are not affected, clients of other hosts are.',
  'socket-mark-id':
    'Marks listening sockets for the packet filter of the system (`SO_MARK` on Linux); 0 for none.',
  'enable-protected-configs':
    'Who may change protected directives (`dir`, `dbfilename`) at run time: nobody, everybody, or local clients only.',
  'enable-debug-command': 'Who may use `DEBUG`: nobody, everybody, or local clients only.',
  'enable-module-command': 'Who may use `MODULE`: nobody, everybody, or local clients only.',
  'max-new-connections-per-cycle': 'How many new connections are accepted in one turn of the event loop.',
  'max-new-tls-connections-per-cycle':
    'How many new TLS connections are accepted in one turn of the event loop: their handshakes are expensive.',
  'gopher-enabled': 'Also answers the Gopher protocol. Only 6.0 and 6.2 had it.',

  // tls
  'tls-port': 'The port for clients with TLS; 0 for none.',
  'tls-cluster':
    'Uses TLS on the cluster bus. All nodes of a cluster must agree; the bus port is then counted from `tls-port`.',
  'tls-replication': 'Uses TLS for the connection to the primary.',
  'tls-auth-clients': 'Whether clients must, may, or need not show a certificate.',
  'tls-cert-file': 'The certificate of the server, in PEM.',
  'tls-key-file': 'The private key of the certificate, in PEM.',
  'tls-key-file-pass': 'Passphrase of the private key.',
  'tls-client-cert-file': 'Another certificate for outgoing connections, where one may not be used for both.',
  'tls-client-key-file': 'The private key of the client certificate.',
  'tls-client-key-file-pass': 'Passphrase of the client key.',
  'tls-dh-params-file': 'Diffie-Hellman parameters; only old OpenSSL versions need them.',
  'tls-ca-cert-file': 'The authorities whose certificates are trusted, in one file.',
  'tls-ca-cert-dir': 'The authorities whose certificates are trusted, in a directory of hashed names.',
  'tls-protocols': 'The TLS versions to allow, in one quoted word: `"TLSv1.2 TLSv1.3"`.',
  'tls-ciphers': 'The ciphers to allow up to TLS 1.2, in the notation of OpenSSL.',
  'tls-ciphersuites': 'The cipher suites to allow with TLS 1.3.',
  'tls-prefer-server-ciphers': "Chooses ciphers in the server's order instead of the client's.",
  'tls-session-caching': 'Lets clients resume TLS sessions, which saves the full handshake.',
  'tls-session-cache-size': 'How many TLS sessions are remembered; 0 for no limit.',
  'tls-session-cache-timeout': 'How long a TLS session is remembered.',

  // general
  daemonize: 'Runs in the background and writes a pid file.',
  supervised: 'Tells systemd or upstart when the server is ready.',
  pidfile: 'File that holds the process id. Nodes of one machine need one each.',
  loglevel: 'How much is logged.',
  logfile: 'Where the log goes; `""` is standard output. Nodes of one machine need one each.',
  'log-format': 'Form of log lines: the old one, or `key=value` pairs.',
  'log-timestamp-format': 'Form of the time in log lines.',
  'hide-user-data-from-log': 'Keeps keys and values out of crash reports and assertions.',
  'syslog-enabled': 'Also logs to the system logger.',
  'syslog-ident': 'Name under which the system logger knows this server.',
  'syslog-facility': 'Facility of the system logger.',
  'crash-log-enabled': 'Writes a report when the server crashes.',
  'crash-memcheck-enabled': 'Tests memory when the server crashes, to tell bad hardware from bugs.',
  databases: 'How many databases `SELECT` can choose from. A cluster has only database 0.',
  'always-show-logo': 'Shows the ASCII-art logo in the log even when it is not a terminal.',
  'set-proc-title': 'Shows port and mode in the title of the process.',
  'proc-title-template':
    'What the title of the process shows: text with fields like `{title}`, `{listen-addr}`, `{server-mode}`.',
  'locale-collate': 'Locale for comparing strings in `SORT … ALPHA` and in scripts.',
  'availability-zone': 'Name of the zone this server runs in; clients may read it to prefer near replicas.',
  'extended-redis-compatibility': 'Makes Valkey call itself Redis where clients check the name.',

  // snapshotting
  save: 'Takes a snapshot after so many seconds when at least so many keys changed. Lines add up; `save ""` turns snapshots off.',
  'stop-writes-on-bgsave-error': 'Refuses writes after a snapshot failed, so that somebody notices.',
  rdbcompression: 'Compresses long strings in snapshots.',
  rdbchecksum: 'Puts a checksum at the end of snapshots and checks it when loading.',
  'sanitize-dump-payload':
    'Checks values from `RESTORE` and from full syncs more thoroughly before using them.',
  dbfilename: 'File name of the snapshot, in `dir`.',
  'rdb-del-sync-files':
    'Deletes the snapshot file of a sync when persistence is off, where no data may stay on disk.',
  dir: 'The working directory: snapshots, AOF and nodes.conf are written here. Acts at once: relative paths further down use it.',
  'rdb-save-incremental-fsync':
    'Flushes a snapshot to disk every few megabytes while writing, which evens out latency.',

  // replication
  replicaof:
    'Replicates from this host and port; `no one` for none. Not allowed in cluster mode: there `CLUSTER REPLICATE` does it.',
  masterauth:
    'Password for the primary. In a cluster any node may become a replica: set it on all nodes, equal to `requirepass`.',
  masteruser: 'User name for the primary, when the default user may not replicate.',
  'replica-serve-stale-data': 'Lets a replica answer with old data while it is cut off or still syncing.',
  'replica-read-only': 'Refuses writes of clients on replicas.',
  'repl-diskless-sync': 'Sends the snapshot of a full sync straight to the socket, without a file.',
  'repl-diskless-sync-delay': 'Waits for more replicas before a diskless sync, so that they share it.',
  'repl-diskless-sync-max-replicas':
    'Starts the diskless sync early when so many replicas wait; 0 never does.',
  'repl-diskless-load': 'Whether a replica loads the snapshot straight from the socket.',
  'dual-channel-replication-enabled':
    'Sends the snapshot of a full sync and the stream of writes over two connections.',
  'repl-ping-replica-period': 'How often a primary pings its replicas.',
  'repl-timeout': 'After this silence the replication link counts as broken. Keep it above the ping period.',
  'repl-disable-tcp-nodelay': 'Sends to replicas in fewer, larger packets: less bandwidth, more delay.',
  'repl-backlog-size':
    'How much of the write stream is kept, so that a replica that was away can continue without a full sync.',
  'repl-backlog-ttl': 'When to free that stream after the last replica left; 0 never does.',
  'replica-priority':
    'Sentinel promotes the replica with the lowest number; 0 is never promoted. Cluster failover does not use it.',
  'propagation-error-behavior': 'What happens when a command from the primary or the AOF fails.',
  'replica-ignore-disk-write-errors': 'Lets a replica go on when it cannot write to its disk.',
  'replica-announced': 'Whether Sentinel shows this replica to clients.',
  'min-replicas-to-write': 'Refuses writes with fewer good replicas than this; 0 never does.',
  'min-replicas-max-lag': 'A replica is good while it was heard of within this time.',
  'replica-announce-ip':
    'The address a replica tells its primary, where the one seen is wrong (NAT, containers).',
  'replica-announce-port': 'The port a replica tells its primary.',

  // security
  user: 'Defines a user: password, keys, channels and commands. `on` is needed for it to be of use.',
  'acllog-max-len': 'How many refused commands and logins `ACL LOG` remembers.',
  aclfile: 'Reads users from this file instead of `user` lines; both at once are refused.',
  requirepass: 'Password of the default user. Set `masterauth` to the same on all nodes of a cluster.',
  'acl-pubsub-default': 'Which channels a new user may use.',
  'rename-command':
    'Gives a command another name, or with `""` removes it. Replication and cluster tools need many of them under their own name.',
  'tracking-table-max-keys':
    'How many keys are tracked for client-side caching; beyond that clients are told to forget some.',

  // clients
  maxclients: 'How many clients may be connected. Every cluster peer takes two connections as well.',
  'client-output-buffer-limit':
    'Drops clients that do not read their replies: at once above the hard limit, or when above the soft limit for so long. Per class: `normal`, `replica`, `pubsub`.',
  'client-query-buffer-limit': 'How large the unread input of one client may grow.',
  'maxmemory-clients':
    'How much memory all clients together may take, in bytes or in percent of `maxmemory`; the largest are dropped first.',
  'proto-max-bulk-len': 'The longest string a client may send.',
  'client-default-resp': 'Protocol version new clients start with. Only in builds made for testing.',

  // memory
  maxmemory:
    'How much memory data may take; 0 for no limit. Beyond it keys are evicted or writes refused, see `maxmemory-policy`.',
  'maxmemory-policy': 'Which keys go when `maxmemory` is reached. `noeviction` refuses writes instead.',
  'maxmemory-samples': 'How many keys are looked at to find one to evict: more is more exact and slower.',
  'maxmemory-eviction-tenacity':
    'How much time eviction may take, from hardly any (0) to as much as it needs (100).',
  'replica-ignore-maxmemory': 'Replicas leave eviction to their primary.',
  'active-expire-effort': 'How hard the server looks for expired keys, 1 to 10.',
  'lfu-log-factor': 'How many hits it takes to saturate the counter of LFU policies.',
  'lfu-decay-time': 'After how much time without a hit the counter of LFU policies drops by one.',
  'lazyfree-lazy-eviction': 'Frees evicted values in the background.',
  'lazyfree-lazy-expire': 'Frees expired values in the background.',
  'lazyfree-lazy-server-del': 'Frees values that a command overwrites (such as `RENAME`) in the background.',
  'replica-lazy-flush': 'Frees the old data set in the background before a replica loads a new one.',
  'lazyfree-lazy-user-del': 'Makes `DEL` behave like `UNLINK`.',
  'lazyfree-lazy-user-flush': 'Makes `FLUSHALL` and `FLUSHDB` free in the background unless told otherwise.',
  activedefrag:
    'Moves values while the server runs, to give fragmented memory back. Needs the bundled allocator; builds of many distributions refuse `yes`.',
  'active-defrag-ignore-bytes': 'Below this much waste defragmentation does not start.',
  'active-defrag-threshold-lower': 'Share of waste at which defragmentation starts.',
  'active-defrag-threshold-upper': 'Share of waste at which it works hardest.',
  'active-defrag-cycle-min': 'Share of CPU time at the lower threshold.',
  'active-defrag-cycle-max': 'Share of CPU time at the upper threshold.',
  'active-defrag-max-scan-fields': 'Collections larger than this are defragmented step by step.',
  'jemalloc-bg-thread': 'Lets the allocator give memory back in a thread of its own.',

  // kernel
  'io-threads': 'How many threads read and write sockets. Commands still run in one.',
  'io-threads-do-reads': 'Whether the I/O threads also read and parse.',
  'events-per-io-thread': 'How many events it takes to wake up one more I/O thread.',
  'prefetch-batch-max-size': 'For how many commands at a time keys are fetched into the CPU cache ahead.',
  'oom-score-adj': 'Whether the server tells the kernel how readily it may be killed when memory runs out.',
  'oom-score-adj-values': 'Those scores for a primary, a replica and a child process, in ascending order.',
  'disable-thp': 'Turns transparent huge pages off for this process: they make forks slow.',
  'server-cpulist': 'CPUs for the main thread and the I/O threads, as `0-3,8`.',
  'bio-cpulist': 'CPUs for the background threads.',
  'aof-rewrite-cpulist': 'CPUs for the process that rewrites the AOF.',
  'bgsave-cpulist': 'CPUs for the process that writes snapshots.',
  'ignore-warnings': 'Warnings about the system that shall not stop the start.',
  hz: 'How often per second background work is done. The server limits it to 1..500.',
  'dynamic-hz': 'Does background work more often while many clients are connected.',

  // append only
  appendonly: 'Logs every write to a file, so that a restart loses at most the last moment.',
  appendfilename: 'Base name of the AOF files.',
  appenddirname: 'Directory for the AOF files, in `dir`.',
  appendfsync: 'When the AOF is flushed to disk: after every write, every second, or when the system likes.',
  'no-appendfsync-on-rewrite':
    'Does not flush while a snapshot or a rewrite is being written: steadier latency, more at risk.',
  'auto-aof-rewrite-percentage': 'Rewrites the AOF when it grew by this much; 0 never does.',
  'auto-aof-rewrite-min-size': 'Does not rewrite an AOF smaller than this.',
  'aof-load-truncated': 'Starts with an AOF whose end is cut off, instead of refusing it.',
  'aof-use-rdb-preamble': 'Writes the base of the AOF as a snapshot: smaller, and faster to load.',
  'aof-timestamp-enabled': 'Writes times into the AOF, for restoring an earlier moment.',
  'aof-rewrite-incremental-fsync': 'Flushes every few megabytes while rewriting, which evens out latency.',
  'aof-disable-auto-gc': 'Keeps old AOF files instead of deleting them.',
  'shutdown-timeout': 'How long a shutdown waits for replicas to catch up.',
  'shutdown-on-sigint': 'How Ctrl-C ends the server: options of `SHUTDOWN`.',
  'shutdown-on-sigterm': 'How SIGTERM ends the server: options of `SHUTDOWN`.',

  // cluster
  'cluster-enabled':
    'Starts the server as a node of a cluster. All other `cluster-` directives mean nothing without it.',
  'cluster-config-file':
    'The file in which the node keeps its id, its slots, its peers and the config epochs. The node writes it itself: never edit it, never share it between nodes.',
  'cluster-node-timeout':
    'A node that does not answer for this long is suspected (PFAIL); when the majority of primaries agree it has failed (FAIL), and a replica may take over. Also bounds how long a primary that lost the majority goes on taking writes. Equal on all nodes.',
  'cluster-port': 'The port of the cluster bus; 0 is the client port plus 10000.',
  'cluster-replica-validity-factor':
    'A replica cut off from its primary for longer than `cluster-node-timeout` times this (plus the ping period) does not try to replace it: its data is too old. 0: it always tries.',
  'cluster-migration-barrier':
    'A primary keeps at least this many replicas; only one more than that may move to a primary that has none.',
  'cluster-allow-replica-migration':
    'Lets replicas move to primaries that have none, and lets an emptied primary become a replica.',
  'cluster-require-full-coverage':
    'Stops serving all slots as soon as one of them has no node. `no` keeps the covered slots available.',
  'cluster-replica-no-failover': 'This replica never takes over by itself; a manual failover still works.',
  'cluster-allow-reads-when-down': 'Goes on answering reads while the cluster is down. They may be stale.',
  'cluster-allow-pubsubshard-when-down':
    'Goes on with shard channels of known owners while the cluster is down.',
  'cluster-link-sendbuf-limit':
    'Drops a bus link whose unsent data grows above this, and connects anew; 0 for no limit.',
  'cluster-preferred-endpoint-type':
    'What redirects and `CLUSTER SLOTS` call a node: its address, its host name, or nothing (the client then uses the host it asked).',
  'cluster-announce-hostname': 'The host name the node tells its peers, and they tell clients.',
  'cluster-announce-human-nodename': 'A readable name of the node for logs; it needs not be unique.',
  'cluster-announce-ip':
    'The address the node tells its peers, where the one they see is wrong (NAT, containers). Not checked: a wrong one makes the node unreachable.',
  'cluster-announce-port':
    'The client port the node tells its peers, where ports are mapped; 0 is the real one.',
  'cluster-announce-tls-port': 'The TLS port the node tells its peers; 0 is the real one.',
  'cluster-announce-bus-port':
    'The bus port the node tells its peers, where ports are mapped; 0 is the real one. Goes together with `cluster-announce-port`.',
  'cluster-announce-client-ipv4': 'The IPv4 address told to clients instead of the one peers use.',
  'cluster-announce-client-ipv6': 'The IPv6 address told to clients instead of the one peers use.',
  'cluster-blacklist-ttl': 'How long a node removed with `CLUSTER FORGET` is not let in again by gossip.',
  'cluster-slot-stats-enabled': 'Counts CPU time and traffic per slot, for `CLUSTER SLOT-STATS`.',
  'cluster-ping-interval': 'How often a random peer is pinged. A switch for tests.',

  // monitoring
  'slowlog-log-slower-than':
    'Commands slower than this are kept in the slow log; 0 keeps all, a negative number none.',
  'slowlog-max-len': 'How many slow commands are kept.',
  'latency-monitor-threshold': 'Events slower than this are kept for `LATENCY`; 0 turns it off.',
  'latency-tracking': 'Measures how long each command takes, for `INFO latencystats`.',
  'latency-tracking-info-percentiles': 'The percentiles `INFO latencystats` shows.',
  'notify-keyspace-events':
    'Publishes changes of keys to channels. Letters choose the channels (`K` by key, `E` by event) and the classes; `A` is almost all classes.',

  // encoding
  'hash-max-listpack-entries': 'Hashes with no more fields than this are packed tightly.',
  'hash-max-listpack-value': 'Only while no field or value is longer than this.',
  'list-max-listpack-size': 'Size of one piece of a list: so many elements, or -1 to -5 for 4 to 64 KB.',
  'list-compress-depth': 'Pieces at each end of a list that are left uncompressed; 0 compresses none.',
  'list-max-ziplist-entries': 'Of no effect since 3.2.',
  'list-max-ziplist-value': 'Of no effect since 3.2.',
  'set-max-intset-entries': 'Sets of whole numbers with no more members than this are packed as numbers.',
  'set-max-listpack-entries': 'Other sets with no more members than this are packed tightly.',
  'set-max-listpack-value': 'Only while no member is longer than this.',
  'zset-max-listpack-entries': 'Sorted sets with no more members than this are packed tightly.',
  'zset-max-listpack-value': 'Only while no member is longer than this.',
  'hll-sparse-max-bytes': 'HyperLogLogs larger than this change to their dense form.',
  'stream-node-max-bytes': 'Size of one node of a stream; 0 for no limit.',
  'stream-node-max-entries': 'Entries in one node of a stream; 0 for no limit.',
  activerehashing:
    'Spends a millisecond now and then on resizing tables, instead of doing it only on access.',

  // scripting, debugging
  'busy-reply-threshold':
    'After this time in a script or a module command other clients get `BUSY`, and `SCRIPT KILL` works.',
  'lua-replicate-commands': 'Of no effect since 7.0: effects of scripts are always replicated.',
  'lua-enable-deprecated-api':
    'Gives scripts `getfenv`, `setfenv` and `newproxy` back. Only releases since October 2025 know it, and packages that took their fixes over, as Debian’s of 7.0.15 did.',
  sentinel: 'A line of Sentinel. Refused unless the server runs as one.',
  'watchdog-period': 'Logs where the server is when it stands still for this long. For debugging.',
  'key-load-delay': 'Waits after every key while loading. For tests.',
  'rdb-key-save-delay': 'Waits after every key while saving. For tests.',
  'loading-process-events-interval-bytes': 'How much is loaded before clients are answered again.',
  'use-exit-on-panic': 'Exits instead of aborting on a panic. For tests.',
  'enable-debug-assert': 'Turns on assertions that cost time. For tests.',
  'debug-context': 'Text that is printed in crash reports. For tests.',
  'req-res-logfile': 'Logs requests and replies. Only in builds made for testing.',
};
