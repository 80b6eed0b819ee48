/** HSCAN, SSCAN and ZSCAN over any of the collections. */
import type { Binary } from '../bytes.ts';
import { globMatches } from '../glob.ts';
import type { Call } from './command.ts';
import { scanCursor, scanOptions } from './scan-options.ts';

/** One step: visits some elements, each a name and what belongs to it, and returns the next cursor. */
export type ScanStep = (
  cursor: number,
  count: number,
  visit: (name: Binary, ...rest: readonly Binary[]) => void,
) => number;

/** `find` looks the collection up (undefined: no such key); it runs after the cursor was found valid, as in Redis. */
export function scanCollection(call: Call, find: () => ScanStep | undefined): void {
  const { args, reply } = call;
  const cursor = scanCursor(args, 2);
  const step = find();
  const elements: Binary[] = [];
  let next = 0;
  if (step !== undefined) {
    const { count, match } = scanOptions(args, 3);
    // Our cursors are positions: one that no step of ours has given is as good as any other.
    next = step(Number(BigInt.asUintN(53, cursor)), count, (name, ...rest) => {
      if (match === undefined || globMatches(match, name)) elements.push(name, ...rest);
    });
  }
  reply.array(2);
  reply.binary(String(next));
  reply.array(elements.length);
  for (const element of elements) reply.binary(element);
}
