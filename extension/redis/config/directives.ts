/** Every directive of redis.conf and valkey.conf, in the order of the sections of redis.conf. */

import { lowerAscii } from './ascii.ts';
import type { Directive } from './directive.ts';
import { appendOnly } from './directives/append-only.ts';
import { clients } from './directives/clients.ts';
import { cluster } from './directives/cluster.ts';
import { encoding } from './directives/encoding.ts';
import { general } from './directives/general.ts';
import { includes } from './directives/includes.ts';
import { kernel } from './directives/kernel.ts';
import { memory } from './directives/memory.ts';
import { monitoring } from './directives/monitoring.ts';
import { network } from './directives/network.ts';
import { replication } from './directives/replication.ts';
import { scripting } from './directives/scripting.ts';
import { security } from './directives/security.ts';
import { snapshotting } from './directives/snapshotting.ts';
import { tls } from './directives/tls.ts';

export { type Directive, type Facts, factsFor, isTarget, TARGETS, type Target } from './directive.ts';

/** Sections by the name of their file. */
export const sections = {
  includes,
  network,
  tls,
  general,
  snapshotting,
  replication,
  security,
  clients,
  memory,
  kernel,
  appendOnly,
  cluster,
  monitoring,
  encoding,
  scripting,
} as const satisfies Record<string, readonly Directive[]>;

export const directives: readonly Directive[] = Object.values(sections).flat();

const byName: ReadonlyMap<string, Directive> = new Map(
  directives.flatMap((directive) => directive.history.map(({ name }) => [name, directive] as const)),
);

/** By its name or an alias of any version, in any case. */
export function findDirective(name: string): Directive | undefined {
  return byName.get(name) ?? byName.get(lowerAscii(name));
}
