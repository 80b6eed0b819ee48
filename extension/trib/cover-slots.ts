/** Who gets the slots that nobody serves: whoever has their keys, else the primaries with the fewest slots. */
import { formatRange, rangesOf } from '../redis/slots.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterView } from './cluster-view.ts';
import { claim, examine, type Repair, repairSlot, type SlotState } from './repair-slot.ts';
import { TribError } from './transcript.ts';

export interface Coverage {
  /** "have no keys across the cluster" */
  readonly which: string;
  readonly question: string;
  readonly slots: string;
  readonly repairs: readonly Repair[];
}

export async function planCoverage(view: ClusterView, uncovered: readonly number[]): Promise<Coverage[]> {
  const states = await examine(view, uncovered);
  const holders = ({ keys }: SlotState) => [...keys].filter(([, count]) => count > 0).map(([node]) => node);
  const none = states.filter((state) => holders(state).length === 0);
  const single = states.filter((state) => holders(state).length === 1);
  const multiple = states.filter((state) => holders(state).length > 1);
  const groups = [
    {
      which: 'have no keys across the cluster',
      question: 'Fix these slots by covering them with the nodes that have the fewest?',
      states: none,
      repairs: cover(
        share(
          view,
          none.map(({ slot }) => slot),
        ),
      ),
    },
    {
      which: 'have keys in just one node',
      question: 'Fix these slots by covering with those nodes?',
      states: single,
      repairs: cover(
        view.primaries.map((node) => ({
          node,
          slots: single.filter((state) => holders(state)[0] === node).map(({ slot }) => slot),
        })),
      ),
    },
    {
      which: 'have keys in multiple nodes',
      question: 'Fix these slots by moving keys into a single node?',
      states: multiple,
      repairs: multiple.map((state) => repairSlot(view, state)),
    },
  ];
  return groups
    .filter((group) => group.states.length > 0)
    .map(({ which, question, states: found, repairs }) => ({
      which,
      question,
      slots: rangesOf(found.map(({ slot }) => slot))
        .map(formatRange)
        .join(','),
      repairs,
    }));
}

interface Share {
  readonly node: ClusterNode;
  readonly slots: readonly number[];
}

/** Fills up the primaries with the fewest slots, each with neighbouring ones. */
function share(view: ClusterView, slots: readonly number[]): Share[] {
  const piles = view.primaries.map((node) => ({ node, has: node.slots.size, gets: 0 }));
  for (let i = 0; i < slots.length; i++) {
    const smallest = piles.reduce(
      (a, b) => (b.has + b.gets < a.has + a.gets ? b : a),
      piles[0] ?? noPrimary(),
    );
    smallest.gets++;
  }
  let given = 0;
  return piles.map(({ node, gets }) => {
    given += gets;
    return { node, slots: slots.slice(given - gets, given) };
  });
}

function noPrimary(): never {
  throw new TribError('[ERR] There is no primary left to cover the slots');
}

function cover(shares: readonly Share[]): Repair[] {
  return shares
    .filter(({ slots }) => slots.length > 0)
    .map(({ node, slots }) => {
      const says = `>>> Covering slots ${rangesOf(slots).map(formatRange).join(',')} with ${node.name}`;
      return { settle: [{ says, steps: claim(node, slots) }], gather: [] };
    });
}
