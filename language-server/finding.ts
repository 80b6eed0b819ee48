/** Something to say about a place in a conf file, before it becomes a diagnostic. */

import type { Target } from '../extension/redis/config/directive.ts';
import type { ConfEntry, ConfRefusal } from '../extension/redis/config/parse-conf.ts';
import type { StartupRefusal } from '../extension/redis/config/startup.ts';
import type { Translate } from './localize.ts';
import type { ConfDocument, Span } from './parser.ts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly at: Span;
  readonly message: string;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
  readonly tag?: 'deprecated' | 'unnecessary';
}

export interface Related {
  /** Another file; absent: the same. */
  readonly document?: ConfDocument;
  readonly at: Span;
  readonly message: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly at: Span; readonly text: string }[];
  readonly preferred?: boolean;
  /** A command of the client that mends what no edit of the text can. */
  readonly command?: string;
}

/** Looks at one file; lazy, because in a file of many megabytes nobody reads them all. */
export type Rule = (document: ConfDocument, translate: Translate) => Iterable<Finding>;

/** Looks at one line, which is not in an included file, and at nothing around it. */
export type LineRule = (entry: ConfEntry, target: Target, translate: Translate) => Finding | undefined;

/** Stable names of diagnostics; each has a page in docs/. */
export type Code = ConfRefusal | StartupRefusal | (typeof RULE_CODES)[number];

/** Codes that no server refuses by: finer names for refusals, and warnings. */
export const RULE_CODES = [
  // Finer names for lines the server refuses.
  'misspelt-directive',
  'directive-not-in-version',
  'byte-order-mark',
  'trailing-comment',
  'line-continuation',
  'included-file-refused',
  // What a line looks like.
  'too-many-findings',
  'unknown-target',
  'lines-not-checked',
  'typographic-quotes',
  'invisible-character',
  'nul-character',
  // One directive.
  'old-name',
  'dead-option',
  'duplicate-directive',
  'unverified-directive',
  'memory-size-overflow',
  'memory-size-without-digits',
  'lenient-number',
  'unexpanded-variable',
  'hz-limited',
  'save-line-ignored',
  'oom-scores-descending',
  'user-without-on',
  'defrag-needs-allocator',
  'defrag-bounds-crossed',
  'soft-limit-above-hard',
  'maxmemory-tiny',
  'eviction-without-limit',
  'repl-timeout-too-short',
  'daemonize-with-supervised',
  'log-lost',
  'requirepass-overridden',
  'open-to-everyone',
  'remote-clients-refused',
  // A node of a cluster.
  'needs-cluster-enabled',
  'databases-in-cluster',
  'no-client-port',
  'tls-cluster-without-tls-port',
  'node-timeout-short',
  'node-timeout-long',
  'stale-replicas-may-win',
  'announced-hostname-missing',
  'announced-ports-incomplete',
  'announced-ports-equal',
  'announced-ip-malformed',
  'masterauth-missing',
  'no-persistence-in-cluster',
  'cluster-command-renamed',
  // Files of one set-up together.
  'same-port',
  'port-is-bus-port',
  'same-nodes-file',
  'same-append-only-file',
  'same-snapshot-file',
  'same-pidfile',
  'same-logfile',
  'same-unixsocket',
  'same-announced-address',
  'number-of-another-node',
  'cluster-not-enabled',
  'passwords-differ',
  'node-timeout-differs',
  'tls-cluster-differs',
  'renamed-commands-differ',
  'announced-ip-on-some-nodes',
  'loopback-with-remote-peers',
  'memory-settings-differ',
  'too-few-nodes',
  // nodes.conf.
  'nodes-line-malformed',
  'nodes-without-myself',
  'slot-owned-twice',
  'slots-not-covered',
  // Command files.
  'cross-slot',
  'command-syntax',
] as const;
