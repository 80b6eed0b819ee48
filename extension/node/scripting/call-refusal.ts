/** Whether a script may call a command: what redis.call answers where it may not. */
import { MAY_REPLICATE, NOSCRIPT, STALE, WRITE } from '../../redis/commands/command.ts';
import { keyPositions } from '../../redis/commands/key-positions.ts';
import { errors } from '../../redis/errors.ts';
import type { Args } from '../../redis/resp/args.ts';
import { keySlot } from '../../redis/slots.ts';
import { describeDenial } from '../acl/access-control.ts';
import type { Admission } from '../admission.ts';
import type { NodeServices } from '../call.ts';
import type { Client } from '../clients/client.ts';
import type { CommandEntry } from '../command-table.ts';
import { ALLOW_CROSS_SLOT, COMPATIBLE } from './flags.ts';
import type { ScriptRun } from './script-run.ts';

export interface CallContext {
  readonly node: NodeServices;
  readonly admission: Admission;
  /** The session whose command runs the script. */
  readonly caller: Client | undefined;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS. */
  readonly allowsAll: boolean;
}

/** Why this command is not to be called, its code in front behind a `-` if it is not ERR. */
export function refusalOfCall(
  { node, admission, caller, allowsAll }: CallContext,
  run: ScriptRun,
  client: Client,
  entry: CommandEntry | undefined,
  args: Args,
): string | undefined {
  if (entry === undefined) return 'Unknown Redis command called from script';
  if (!entry.accepts(args.count)) return 'Wrong number of args calling Redis command from script';
  const { flags } = entry;
  if ((flags & NOSCRIPT) !== 0 && !allowsAll) return 'This Redis command is not allowed from script';
  if (admission.stale && (flags & STALE) === 0) return 'Can not execute the command on a stale replica';
  const denial = node.acl.denial(client, entry, args, 'lua', caller);
  if (denial !== undefined) return `ACL failure in script: ${describeDenial(denial, client.user, entry)}`;
  if (run.options.readOnly && (flags & (WRITE | MAY_REPLICATE)) !== 0) {
    return 'Write commands are not allowed from read-only scripts.';
  }
  if ((flags & WRITE) !== 0 && !run.wrote && !run.options.obeyed) {
    const refusal = admission.refusalOfWrites();
    if (refusal === 'replica') return `-${errors.readOnlyReplica().message}`;
    if (refusal === 'disk') return `-${admission.diskError?.message ?? ''}`;
    if (refusal === 'replicas') return `-${errors.noReplicas().message}`;
  }
  if (run.outOfMemory && !run.wrote && admission.needsMemory(entry))
    return `-${errors.outOfMemory().message}`;
  if ((flags & WRITE) !== 0) run.wrote = true;
  if (node.cluster === undefined || run.options.obeyed || !entry.hasKeys) return undefined;
  return misrouted(admission, run, client, entry, args);
}

function misrouted(
  admission: Admission,
  run: ScriptRun,
  client: Client,
  entry: CommandEntry,
  args: Args,
): string | undefined {
  const verdict = admission.route(client, entry, args);
  if (verdict !== undefined) {
    if (verdict.message === errors.clusterDownReadOnly().message) {
      return 'Script attempted to execute a write command while the cluster is down and readonly';
    }
    if (verdict.message === errors.clusterDown().message) {
      return 'Script attempted to execute a command while the cluster is down';
    }
    return 'Script attempted to access a non local key in a cluster node';
  }
  if ((run.program.flags & (COMPATIBLE | ALLOW_CROSS_SLOT)) !== 0) return undefined;
  const slot = slotOf(entry, args);
  if (run.slot < 0) run.slot = slot;
  return slot < 0 || slot === run.slot
    ? undefined
    : 'Script attempted to access keys that do not hash to the same slot';
}

/** Of the first key, -1 without one. */
export function slotOf(entry: CommandEntry, args: Args): number {
  const first = keyPositions(entry.row.keys, args)?.[0];
  return first === undefined ? -1 : keySlot(args.bytes, args.starts[first.at], args.ends[first.at]);
}
