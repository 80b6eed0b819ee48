/**
 * From a configuration to a node that serves: port, cluster, data, in the order and with the log lines of
 * redis-server. Whoever starts servers by script reads those lines.
 */
import { LISTENER_KINDS } from './clients/client-port.ts';
import type { NodeParts } from './node-parts.ts';
import { VERSION } from './version.ts';

/** Why a node did not start; the log has said more. */
export interface StartError {
  /** The operating system's (EADDRINUSE …), or EFATAL. */
  readonly code: string;
  readonly message: string;
}

export interface StartSteps {
  /** From now on the log speaks as a server. */
  begun(): void;
  /** False: the node was stopped meanwhile. */
  isWanted(): boolean;
  /** Ports are open and the identity is known. */
  initialized(): void;
  /** How it ended; told once. */
  done(error?: StartError): void;
}

export function startUp(node: NodeParts, steps: StartSteps): void {
  announce(node);
  steps.begun();
  const refusal = refusalOf(node);
  if (refusal !== undefined) {
    node.log('warning', refusal);
    steps.done({ code: 'EFATAL', message: refusal });
    return;
  }
  node.host.adopt?.(node.settings, node.replication.role === 'replica');
  node.log('notice', runningMode(node));
  const wrong = node.acl.load();
  if (wrong.length > 0) {
    for (const line of wrong) node.log('warning', line);
    steps.done({ code: 'EFATAL', message: wrong[0] ?? '' });
    return;
  }
  if (node.tls.wanted && !node.tls.configure()) {
    const message = 'Failed to configure TLS. Check logs for more info.';
    node.log('warning', message);
    steps.done({ code: 'EFATAL', message });
    return;
  }
  node.openPorts((failure) => {
    if (failure === undefined) {
      openSocket(node, steps);
      return;
    }
    node.log('warning', failure.text);
    node.log('warning', `Failed listening on port ${failure.port} (${failure.kind}), aborting.`);
    steps.done({ code: failure.code, message: failure.text });
  });
}

function openSocket(node: NodeParts, steps: StartSteps): void {
  node.unixSocket.open(node.settings, (failure) => {
    if (failure === undefined) {
      joinCluster(node, steps);
      return;
    }
    node.log('warning', failure.text);
    steps.done({ code: failure.code, message: failure.text });
  });
}

function joinCluster(node: NodeParts, steps: StartSteps): void {
  const joined = (error?: StartError): void => {
    if (error !== undefined) steps.done(error);
    else if (steps.isWanted()) loadData(node, steps);
  };
  if (node.cluster === undefined) joined();
  else node.cluster.start(joined);
}

function loadData(node: NodeParts, steps: StartSteps): void {
  steps.initialized();
  node.log('notice', 'Server initialized');
  // Before the data comes: a replica keeps what has expired until its primary says otherwise. It dials later.
  const { primary } = node.settings;
  if (primary !== undefined && node.cluster === undefined) node.replication.follow(primary);
  const source = node.settings.flag('appendonly') ? node.appendOnly : node.persistence;
  source.load((fatal) => {
    if (fatal !== undefined) {
      node.log('warning', fatal);
      steps.done({ code: 'EFATAL', message: fatal });
      return;
    }
    node.cluster?.dataLoaded();
    node.persistence.start();
    node.replication.start();
    node.cron.start();
    const kinds = new Set(node.addresses.map(({ kind }) => kind));
    for (const kind of LISTENER_KINDS) {
      if (kinds.has(kind)) node.log('notice', `Ready to accept connections ${kind}`);
    }
    steps.done();
  });
}

/** The first lines of the log. */
export function announce(node: NodeParts): void {
  const { pid } = node.host;
  node.log('notice', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
  node.log(
    'notice',
    `Redis version=${VERSION}, bits=64, commit=00000000, modified=0, pid=${pid}, just started`,
  );
  if (node.settings.file === undefined && !node.settings.isLoaded) {
    node.log(
      'warning',
      'Warning: no config file specified, using the default config. In order to specify a config file use ' +
        'redis-server /path/to/redis.conf',
    );
  } else node.log('notice', 'Configuration loaded');
}

/** What the configuration asks for and this node does not do, where leaving it out would be dangerous. */
function refusalOf({ settings }: NodeParts): string | undefined {
  const [module] = settings.modules;
  if (module !== undefined) return `Can't load module from ${module}: this node runs no modules, aborting.`;
  return undefined;
}

/** Redis draws its logo here; scripts look for ` PID: ` followed by the number. */
function runningMode(node: NodeParts): string {
  const mode = node.cluster === undefined ? 'standalone' : 'cluster';
  return `Running mode=${mode}, port=${node.settings.number('port') || node.settings.number('tls-port')}. PID: ${node.host.pid}`;
}
