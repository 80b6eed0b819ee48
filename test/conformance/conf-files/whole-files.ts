/** Configuration files as people have them: each starts a server as it stands. */
import type { Ports } from './generated-file.ts';

type Write = (ports: Ports) => string;

const tutorial: Write = ({ port }) => `port ${port}
cluster-enabled yes
cluster-config-file nodes-${port}.conf
cluster-node-timeout 5000
appendonly yes
pidfile redis_${port}.pid
dir ./
bind 127.0.0.1
`;

const commented: Write = ({ port }) => `# Redis configuration of one node
################################## NETWORK #####################################

# Listen on these addresses.
bind 127.0.0.1 -::1
protected-mode yes
port ${port}
tcp-backlog 511
timeout 0
tcp-keepalive 300

################################# GENERAL #####################################

daemonize no
loglevel notice
logfile ""
databases 16
always-show-logo no
set-proc-title yes
proc-title-template "{title} {listen-addr} {server-mode}"

################################ SNAPSHOTTING  ################################

save 3600 1 300 100
# save ""
stop-writes-on-bgsave-error yes
rdbcompression yes
rdbchecksum yes
dbfilename dump.rdb
rdb-del-sync-files no
dir ./

################################# REPLICATION #################################

replica-serve-stale-data yes
replica-read-only yes
repl-diskless-sync yes
repl-diskless-sync-delay 5
repl-disable-tcp-nodelay no
replica-priority 100
acllog-max-len 128
maxmemory 100mb
maxmemory-policy allkeys-lru
lazyfree-lazy-eviction no
replica-lazy-flush no
oom-score-adj no
oom-score-adj-values 0 200 800
disable-thp yes
appendonly no
appendfilename "appendonly.aof"
appenddirname "appendonlydir"
appendfsync everysec
no-appendfsync-on-rewrite no
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 64mb
aof-load-truncated yes
lua-time-limit 5000
slowlog-log-slower-than 10000
slowlog-max-len 128
latency-monitor-threshold 0
notify-keyspace-events ""
hash-max-listpack-entries 512
hash-max-listpack-value 64
list-max-listpack-size -2
set-max-intset-entries 512
zset-max-listpack-entries 128
stream-node-max-bytes 4096
activerehashing yes
client-output-buffer-limit normal 0 0 0
client-output-buffer-limit replica 256mb 64mb 60
client-output-buffer-limit pubsub 32mb 8mb 60
hz 10
dynamic-hz yes
jemalloc-bg-thread yes
`;

const oldNames: Write = ({ port }) => `daemonize no
port ${port}
cluster-enabled yes
cluster-config-file "nodes.conf"
cluster-node-timeout 15000
cluster-slave-validity-factor 10
cluster-slave-no-failover no
slave-read-only yes
repl-ping-slave-period 10
hash-max-ziplist-entries 512
hash-max-ziplist-value 64
list-max-ziplist-size -2
list-max-ziplist-entries 512
zset-max-ziplist-entries 128
lua-time-limit 5000
min-slaves-to-write 0
slave-priority 100
client-output-buffer-limit slave 256mb 64mb 60
`;

const announced: Write = ({ port }) => `port ${port}
bind 0.0.0.0
protected-mode no
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout 5000
cluster-announce-ip 172.18.0.7
cluster-announce-port ${port}
cluster-announce-bus-port ${port + 10000}
cluster-announce-hostname node-1.redis.example.com
cluster-preferred-endpoint-type hostname
cluster-allow-reads-when-down yes
cluster-link-sendbuf-limit 0
cluster-require-full-coverage no
cluster-migration-barrier 1
appendonly yes
masterauth "p a s s"
requirepass "p a s s"
`;

const withUsers: Write = ({ port }) => `port ${port}
user default off
user admin on >admin ~* &* +@all
user reader on >reader ~* resetchannels -@all +@read +ping
user writer on #5e884898da28047151d0e56f8dc6292773603d0d6aabbddf8d7c0e5b1c7b8a3e ~app:* &app:* +@write -@dangerous
user mixed on nopass (+get ~a:*) (+set %W~b:*)
acllog-max-len 64
rename-command DEBUG ""
rename-command FLUSHALL flush-it-all
masteruser admin
masterauth admin
`;

const secure: Write = ({ port, tlsPort }) => `port ${port}
tls-port ${tlsPort}
tls-cert-file redis.crt
tls-key-file redis.key
tls-ca-cert-file ca.crt
tls-auth-clients optional
tls-protocols "TLSv1.2 TLSv1.3"
tls-replication no
tls-session-caching no
tls-session-cache-size 5000
tls-session-cache-timeout 60
bind 127.0.0.1
`;

const cache: Write = ({ port }) => `bind 127.0.0.1
port ${port}
maxmemory 256mb
maxmemory-policy volatile-lfu
maxmemory-samples 10
maxmemory-clients 10%
lfu-log-factor 10
lfu-decay-time 1
save ""
appendonly no
maxclients 1000
io-threads 2
io-threads-do-reads yes
lazyfree-lazy-expire yes
lazyfree-lazy-user-del yes
active-expire-effort 2
tracking-table-max-keys 100000
latency-tracking yes
latency-tracking-info-percentiles 50 99 99.9
client-query-buffer-limit 1gb
proto-max-bulk-len 512mb
shutdown-timeout 10
shutdown-on-sigterm save force
`;

const included: Write = ({ port }) => `include extra.conf
port ${port}
cluster-enabled yes
cluster-config-file nodes-${port}.conf
include conf.d-*.conf
`;

const sparse: Write = ({ port }) =>
  `\n\n   # a node\n\tport\t${port}   \n\n  loglevel   verbose\t\n\n#\n#end`;

export const WHOLE_FILES: Readonly<Record<string, Write>> = {
  tutorial,
  commented,
  'old-names': oldNames,
  announced,
  'with-users': withUsers,
  secure,
  cache,
  included,
  sparse,
};
