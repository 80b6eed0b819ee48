/** What scripts and functions say about themselves: the flags behind `#!lua`. */
import type { Binary } from '../../redis/bytes.ts';
import { DENYOOM, MAY_REPLICATE, STALE, WRITE } from '../../redis/commands/command.ts';
import { splitArgs } from '../../redis/config/split-args.ts';
import { errors } from '../../redis/errors.ts';

export const NO_WRITES = 1 << 0;
export const ALLOW_OOM = 1 << 1;
export const ALLOW_STALE = 1 << 2;
export const NO_CLUSTER = 1 << 3;
export const ALLOW_CROSS_SLOT = 1 << 4;
/** No first line of its own: a script as before 7.0, that may do anything. */
export const COMPATIBLE = 1 << 5;

/** In the order in which FUNCTION LIST tells them. */
export const FLAG_NAMES: readonly (readonly [name: string, flag: number])[] = [
  ['no-writes', NO_WRITES],
  ['allow-oom', ALLOW_OOM],
  ['allow-stale', ALLOW_STALE],
  ['no-cluster', NO_CLUSTER],
  ['allow-cross-slot-keys', ALLOW_CROSS_SLOT],
];

export function flagNamed(word: string): number | undefined {
  return FLAG_NAMES.find(([name]) => name === word)?.[1];
}

/** What the command that runs such a script is taken for when it is to be admitted. */
export function commandFlags(ofCommand: number, ofScript: number): number {
  if ((ofScript & COMPATIBLE) !== 0) return ofCommand;
  let flags = ofCommand & ~(STALE | DENYOOM | WRITE | MAY_REPLICATE);
  if ((ofScript & (ALLOW_OOM | NO_WRITES)) === 0) flags |= DENYOOM;
  if ((ofScript & NO_WRITES) === 0) flags |= WRITE;
  if ((ofScript & ALLOW_STALE) !== 0) flags |= STALE;
  return flags;
}

/** A script without its first line, if that is one of the kind; the line's end stays, so that lines count right. */
export function readScript(body: Binary): { readonly flags: number; readonly code: Binary } {
  if (!body.startsWith('#!')) return { flags: COMPATIBLE, code: body };
  const end = body.indexOf('\n');
  if (end < 0) throw errors.badShebang();
  const words = splitArgs(body.slice(0, end));
  const [engine, ...options] = words ?? [];
  if (engine === undefined) throw errors.badShebangEngine();
  if (engine !== '#!lua') throw errors.unknownShebangEngine(engine);
  let flags = 0;
  for (const option of options) {
    if (!option.startsWith('flags=')) throw errors.unknownShebangOption(option);
    const names = option.slice('flags='.length);
    for (const name of names === '' ? [] : names.split(',')) {
      const flag = flagNamed(name);
      if (flag === undefined) throw errors.unknownShebangFlag(name);
      flags |= flag;
    }
  }
  return { flags, code: body.slice(end) };
}
