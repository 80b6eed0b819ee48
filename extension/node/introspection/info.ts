/** INFO: the sections of 7.2 with their fields. */
import type { NodeServices } from '../call.ts';
import { LISTENER_KINDS } from '../clients/client-port.ts';
import { VERSION } from '../version.ts';
import { type Excess, memoryHeld, memoryUse } from './memory-use.ts';
import type { Rate } from './statistics.ts';

type Field = readonly [name: string, value: string | number];
type Section = (node: NodeServices) => readonly Field[] | string;

/** In the order in which they are told. */
const SECTIONS: ReadonlyMap<string, readonly [title: string, fields: Section]> = new Map([
  ['server', ['Server', server]],
  ['clients', ['Clients', clients]],
  ['memory', ['Memory', memory]],
  ['persistence', ['Persistence', (node) => node.persistence.info(node)]],
  ['stats', ['Stats', stats]],
  ['replication', ['Replication', ({ replication }) => replication.info()]],
  ['cpu', ['CPU', cpu]],
  ['modules', ['Modules', () => []]],
  ['commandstats', ['Commandstats', commandStatistics]],
  ['errorstats', ['Errorstats', errorStatistics]],
  ['latencystats', ['Latencystats', latencyStatistics]],
  ['cluster', ['Cluster', cluster]],
  ['keyspace', ['Keyspace', keyspace]],
  ['debug', ['Debug', debug]],
]);

/** Told only to who asks for them, or for all. */
const ON_REQUEST = new Set(['commandstats', 'latencystats']);

/** Told only to who names it. */
const ONLY_NAMED = 'debug';

/** The text for the sections asked for, in lower case; none asked: the default ones. */
export function infoText(node: NodeServices, asked: readonly string[]): string {
  const all = asked.some((name) => name === 'all' || name === 'everything');
  const byDefault = asked.length === 0 || asked.includes('default');
  const parts: string[] = [];
  for (const [name, [title, fields]] of SECTIONS) {
    const named = asked.includes(name) || (name === 'modules' && asked.includes('module_list'));
    if (name === ONLY_NAMED && !named) continue;
    if (!all && !named && !(byDefault && !ON_REQUEST.has(name))) continue;
    const content = fields(node);
    parts.push(`# ${title}\r\n${typeof content === 'string' ? content : lines(content)}`);
  }
  return parts.join('\r\n');
}

function lines(fields: readonly Field[]): string {
  return fields.map(([name, value]) => `${name}:${value}\r\n`).join('');
}

const SECOND = 1000;
const DAY_SECONDS = 86_400;
/** LRU_CLOCK_MAX: the clock of last accesses has 24 bits of seconds. */
const LRU_CLOCK_LIMIT = 2 ** 24;

function server(node: NodeServices): Field[] {
  const { settings, host, world } = node;
  const nowMs = world.clock.wallMs();
  const uptime = Math.floor((nowMs - node.startedAtMs) / SECOND);
  const left = node.shutdownLeftMs;
  return [
    ['redis_version', VERSION],
    ['redis_git_sha1', '00000000'],
    ['redis_git_dirty', 0],
    ['redis_build_id', '0'.repeat(16)],
    ['redis_mode', node.cluster === undefined ? 'standalone' : 'cluster'],
    ['os', host.os],
    ['arch_bits', 64],
    ['monotonic_clock', 'POSIX clock_gettime'],
    ['multiplexing_api', 'libuv'],
    // Nothing is shared between threads: there is no atomicvar_api. And as from a server that was not built by GCC:
    ['gcc_version', '0.0.0'],
    ['process_id', host.pid],
    ['process_supervised', 'no'],
    ['run_id', node.runId],
    ['tcp_port', settings.number('port') || settings.number('tls-port')],
    ['server_time_usec', nowMs * 1000],
    ['uptime_in_seconds', uptime],
    ['uptime_in_days', Math.floor(uptime / DAY_SECONDS)],
    ['hz', settings.number('hz')],
    ['configured_hz', settings.number('hz')],
    ['lru_clock', Math.floor(nowMs / SECOND) % LRU_CLOCK_LIMIT],
    ['executable', host.executable],
    ['config_file', settings.file ?? ''],
    ['io_threads_active', 0],
    ...(left === undefined ? [] : [['shutdown_in_milliseconds', left] as const]),
    ...listeners(node),
  ];
}

function listeners({ addresses }: NodeServices): Field[] {
  return LISTENER_KINDS.flatMap((kind, i) => {
    const [first, ...more] = addresses.filter((address) => address.kind === kind);
    if (first === undefined) return [];
    const binds = [first, ...more].map(({ word }) => `,bind=${word}`).join('');
    return [
      [`listener${i}`, `name=${kind}${binds}${first.port === 0 ? '' : `,port=${first.port}`}`] as const,
    ];
  });
}

function clients(node: NodeServices): Field[] {
  let replicas = 0;
  let input = 0;
  let output = 0;
  for (const client of node.clients) {
    if (client.isReplica) replicas++;
    input = Math.max(input, client.decoder.bufferBytes);
    output = Math.max(output, client.connection.pendingBytes);
  }
  const all = [...node.clients];
  const waiting = all.filter((client) => client.parked).length;
  const postponed = all.filter((client) => client.hasPostponed).length;
  return [
    ['connected_clients', node.clients.size - replicas],
    ['cluster_connections', node.cluster?.bus.connections ?? 0],
    ['maxclients', node.settings.number('maxclients')],
    ['client_recent_max_input_buffer', input],
    ['client_recent_max_output_buffer', output],
    ['blocked_clients', waiting + postponed],
    ['tracking_clients', node.tracking.counts.sessions],
    ['clients_in_timeout_table', waiting],
    ['total_blocking_keys', node.blockedKeys.keyCount],
    ['total_blocking_keys_on_nokey', node.blockedKeys.untilGoneCount],
  ];
}

/** `1.50M`, as Redis shortens sizes. */
function short(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(2)}${'BKMGT'.charAt(power)}`;
}

function memory(node: NodeServices): Field[] {
  const { settings, statistics, host } = node;
  const { dataset, clients: ofClients, replicas: ofReplicas, backlog, used, notCounted } = memoryUse(node);
  const peak = Math.max(used, statistics.peakUsedBytes);
  const held = memoryHeld(node, used);
  const limit = settings.number('maxmemory');
  return [
    ['used_memory', used],
    ['used_memory_human', short(used)],
    ['used_memory_rss', held.processBytes],
    ['used_memory_rss_human', short(held.processBytes)],
    ['used_memory_peak', peak],
    ['used_memory_peak_human', short(peak)],
    ['used_memory_peak_perc', `${percent(used, peak)}%`],
    ['used_memory_overhead', used - dataset],
    ['used_memory_startup', 0],
    ['used_memory_dataset', dataset],
    ['used_memory_dataset_perc', `${percent(dataset, used)}%`],
    ['allocator_allocated', held.allocated],
    ['allocator_active', held.active],
    ['allocator_resident', held.resident],
    ['total_system_memory', host.systemMemory],
    ['total_system_memory_human', short(host.systemMemory)],
    ...scriptMemory(node),
    ['maxmemory', limit],
    ['maxmemory_human', short(limit)],
    ['maxmemory_policy', settings.text('maxmemory-policy')],
    ...excess('allocator_frag', held.fragmentation),
    ...excess('allocator_rss', held.untouched),
    ...excess('rss_overhead', held.overhead),
    ...excess('mem_fragmentation', held.total),
    ['mem_not_counted_for_evict', notCounted],
    ['mem_replication_backlog', Math.min(backlog, settings.number('repl-backlog-size'))],
    // Replicas read from the backlog, which keeps what the slowest of them lacks.
    ['mem_total_replication_buffers', backlog],
    ['mem_clients_slaves', ofReplicas],
    ['mem_clients_normal', ofClients],
    ['mem_cluster_links', node.cluster?.bus.queuedBytes ?? 0],
    ['mem_aof_buffer', node.appendOnly.bufferedBytes],
    ['mem_allocator', 'arraybuffer'],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', node.databases.reduce((sum, { freedLazily }) => sum + freedLazily, 0)],
  ];
}

function excess(name: string, { ratio, bytes }: Excess): Field[] {
  return [
    [`${name}_ratio`, ratio.toFixed(2)],
    [`${name}_bytes`, bytes],
  ];
}

/** An interpreter with its libraries, measured; what scripts put into it is not known. */
const INTERPRETER_BYTES = 27_000;

function scriptMemory({ scripting }: NodeServices): Field[] {
  const { scripts, functions } = scripting;
  const ofEval = scripts.hasInterpreter ? INTERPRETER_BYTES : 0;
  const ofFunctions = functions.hasInterpreter ? INTERPRETER_BYTES : 0;
  const sources = scripts.usedBytes + functions.usedBytes;
  return [
    ['used_memory_lua', ofEval],
    ['used_memory_vm_eval', ofEval],
    ['used_memory_lua_human', short(ofEval)],
    ['used_memory_scripts_eval', scripts.usedBytes],
    ['number_of_cached_scripts', scripts.count],
    ['number_of_functions', functions.count],
    ['number_of_libraries', functions.libraries.size],
    ['used_memory_vm_functions', ofFunctions],
    ['used_memory_vm_total', ofEval + ofFunctions],
    ['used_memory_vm_total_human', short(ofEval + ofFunctions)],
    ['used_memory_functions', functions.usedBytes],
    ['used_memory_scripts', sources],
    ['used_memory_scripts_human', short(sources)],
  ];
}

function percent(part: number, whole: number): string {
  return (whole === 0 ? 0 : (part / whole) * 100).toFixed(2);
}

function traffic({ statistics }: NodeServices): Field[] {
  const { inputBytes, outputBytes, replicationInputBytes, replicationOutputBytes } = statistics;
  const { inputRate, outputRate, replicationInputRate, replicationOutputRate } = statistics;
  const kbps = (...rates: readonly Rate[]) =>
    (rates.reduce((sum, { perSecond }) => sum + perSecond, 0) / 1024).toFixed(2);
  return [
    ['total_net_input_bytes', inputBytes + replicationInputBytes],
    ['total_net_output_bytes', outputBytes + replicationOutputBytes],
    ['total_net_repl_input_bytes', replicationInputBytes],
    ['total_net_repl_output_bytes', replicationOutputBytes],
    ['instantaneous_input_kbps', kbps(inputRate, replicationInputRate)],
    ['instantaneous_output_kbps', kbps(outputRate, replicationOutputRate)],
    ['instantaneous_input_repl_kbps', kbps(replicationInputRate)],
    ['instantaneous_output_repl_kbps', kbps(replicationOutputRate)],
  ];
}

function stats(node: NodeServices): Field[] {
  const { statistics, pubsub, replication, tracking } = node;
  const { busyRate, turnRate } = statistics;
  const { full, partial, refused } = replication.syncCounts;
  const exceeded = node.memoryLimit.exceededMs;
  return [
    ['total_connections_received', statistics.connections],
    ['total_commands_processed', statistics.commands],
    ['instantaneous_ops_per_sec', Math.round(statistics.commandRate.perSecond)],
    ...traffic(node),
    ['rejected_connections', statistics.rejectedConnections],
    ['sync_full', full],
    ['sync_partial_ok', partial],
    ['sync_partial_err', refused],
    ['expired_keys', statistics.expiredKeys],
    ['expired_stale_perc', (statistics.staleShare * 100).toFixed(2)],
    ['expired_time_cap_reached_count', statistics.expiryCutShort],
    ['expire_cycle_cpu_milliseconds', Math.round(statistics.expiryMs)],
    ['evicted_keys', statistics.evictedKeys],
    ['evicted_clients', statistics.evictedClients],
    ['total_eviction_exceeded_time', Math.round(exceeded.total)],
    ['current_eviction_exceeded_time', Math.round(exceeded.current)],
    ['keyspace_hits', statistics.lookups.hits],
    ['keyspace_misses', statistics.lookups.misses],
    ['pubsub_channels', pubsub.channel.size],
    ['pubsub_patterns', pubsub.pattern.size],
    ['pubsubshard_channels', pubsub.shard.size],
    ['latest_fork_usec', 0],
    ['total_forks', 0],
    ['migrate_cached_sockets', node.migrations.kept],
    ['slave_expires_tracked_keys', node.databases.reduce((sum, db) => sum + db.ownExpiry.size, 0)],
    // Nothing is ever moved to use pages better: slabs are of equal size, and V8's collector moves what it must.
    ...ZERO_DEFRAGMENTATION,
    ['tracking_total_keys', tracking.counts.keys],
    ['tracking_total_items', tracking.counts.items],
    ['tracking_total_prefixes', tracking.counts.prefixes],
    ['unexpected_error_replies', statistics.unexpectedErrors],
    ['total_error_replies', statistics.errorReplies],
    ['dump_payload_sanitizations', statistics.sanitizedPayloads],
    ['total_reads_processed', statistics.reads],
    ['total_writes_processed', statistics.writes],
    ['io_threaded_reads_processed', 0],
    ['io_threaded_writes_processed', 0],
    ['reply_buffer_shrinks', node.replyBuffers.shrunk],
    ['reply_buffer_expands', node.replyBuffers.expanded],
    ['eventloop_cycles', statistics.turns],
    ['eventloop_duration_sum', microseconds(statistics.busyMs)],
    ['eventloop_duration_cmd_sum', microseconds(statistics.commandsMs)],
    ['instantaneous_eventloop_cycles_per_sec', Math.round(turnRate.perSecond)],
    ['instantaneous_eventloop_duration_usec', microseconds(busyRate.perSecond / (turnRate.perSecond || 1))],
    ['acl_access_denied_auth', statistics.denials.auth],
    ['acl_access_denied_cmd', statistics.denials.command],
    ['acl_access_denied_key', statistics.denials.key],
    ['acl_access_denied_channel', statistics.denials.channel],
  ];
}

const ZERO_DEFRAGMENTATION: readonly Field[] = [
  ['active_defrag_hits', 0],
  ['active_defrag_misses', 0],
  ['active_defrag_key_hits', 0],
  ['active_defrag_key_misses', 0],
  ['total_active_defrag_time', 0],
  ['current_active_defrag_time', 0],
];

function debug({ statistics }: NodeServices): Field[] {
  return [
    ['eventloop_duration_aof_sum', microseconds(statistics.appendOnlyMs)],
    ['eventloop_duration_cron_sum', microseconds(statistics.cronMs)],
    ['eventloop_duration_max', microseconds(statistics.longestTurnMs)],
    ['eventloop_cmd_per_cycle_max', statistics.mostCommandsInTurn],
  ];
}

function microseconds(ms: number): number {
  return Math.round(ms * 1000);
}

function cpu({ host }: NodeServices): Field[] {
  const { system, user } = host.cpu();
  const thread = host.threadCpu();
  const ofThread: readonly Field[] =
    thread === undefined
      ? []
      : [
          ['used_cpu_sys_main_thread', thread.system.toFixed(6)],
          ['used_cpu_user_main_thread', thread.user.toFixed(6)],
        ];
  return [
    ['used_cpu_sys', system.toFixed(6)],
    ['used_cpu_user', user.toFixed(6)],
    ['used_cpu_sys_children', '0.000000'],
    ['used_cpu_user_children', '0.000000'],
    ...ofThread,
  ];
}

function commandStatistics({ commands }: NodeServices): Field[] {
  const fields: Field[] = [];
  for (const { row, calls, microseconds, rejected, failed } of commands.all()) {
    if (calls + rejected + failed === 0) continue;
    const mean = calls === 0 ? 0 : microseconds / calls;
    fields.push([
      `cmdstat_${row.name}`,
      `calls=${calls},usec=${Math.round(microseconds)},usec_per_call=${mean.toFixed(2)},` +
        `rejected_calls=${rejected},failed_calls=${failed}`,
    ]);
  }
  return fields;
}

function errorStatistics({ statistics }: NodeServices): Field[] {
  // What would end or split a field, a script's error may contain.
  return [...statistics.errors]
    .map(([code, count]): Field => [`errorstat_${code.replace(/[#:\n\r]/g, '_')}`, `count=${count}`])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function latencyStatistics({ commands, settings }: NodeServices): Field[] {
  const percentiles = settings.numbers('latency-tracking-info-percentiles');
  const fields: Field[] = [];
  if (!settings.flag('latency-tracking')) return fields;
  for (const entry of commands.all()) {
    if (!entry.hasLatency) continue;
    const values = percentiles.map((p) => `p${p}=${entry.latency.percentile(p).toFixed(3)}`);
    fields.push([`latency_percentiles_usec_${entry.row.name}`, values.join(',')]);
  }
  return fields;
}

function cluster(node: NodeServices): Field[] {
  return [['cluster_enabled', node.cluster === undefined ? 0 : 1]];
}

/** Keys of a database whose expiry its average is taken of: it is exact while there are no more. */
const TTL_SAMPLES = 1000;

function keyspace({ databases }: NodeServices): Field[] {
  return databases
    .filter((db) => db.size > 0)
    .map((db) => {
      const ttl = Math.round(db.sampleExpiry(TTL_SAMPLES).meanLeftMs);
      return [`db${db.index}`, `keys=${db.size},expires=${db.expiring},avg_ttl=${ttl}`];
    });
}
