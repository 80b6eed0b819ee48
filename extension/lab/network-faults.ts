/** What is wrong with the network between the nodes of a lab, and what that means for the way from one to another. */
import type { LinkFault, Links } from '../worlds/links.ts';
import { LabError, say } from './message.ts';
import type { Message, NetworkFault } from './protocol.ts';

/** Longer, and a node could as well be cut off. */
const MAX_DELAY_MS = 60_000;

export interface Wired {
  readonly port: number;
  readonly busPort: number;
  readonly links: Links;
}

export class NetworkFaults {
  #cutOff: ReadonlySet<number> = new Set();
  readonly #delays = new Map<number, number>();

  isCutOff(port: number): boolean {
    return this.#cutOff.has(port);
  }

  /** Milliseconds more than usual, each way, between it and any other. */
  delayOf(port: number): number {
    return this.#delays.get(port) ?? 0;
  }

  /** Throws, and changes nothing, when it can't be. Says what happens now. */
  set(fault: NetworkFault, nodes: readonly Wired[]): Message {
    if (fault.type !== 'heal') checkPorts(fault.ports, nodes);
    const told = this.#adopt(fault, nodes);
    for (const from of nodes) {
      for (const to of nodes) {
        if (from === to) continue;
        const way = this.#way(from.port, to.port);
        // The bus, and replication, which uses the port of clients.
        from.links.set(to.port, way);
        from.links.set(to.busPort, way);
      }
    }
    return told;
  }

  #adopt(fault: NetworkFault, nodes: readonly Wired[]): Message {
    switch (fault.type) {
      case 'partition': {
        const others = nodes.filter(({ port }) => !fault.ports.includes(port)).map(({ port }) => port);
        if (fault.ports.length === 0 || others.length === 0)
          throw new LabError('A partition has nodes on both sides.');
        this.#cutOff = new Set(fault.ports);
        return say('the network is split: {0} | {1}', fault.ports.join(' '), others.join(' '));
      }
      case 'delay':
        if (!Number.isInteger(fault.ms) || fault.ms < 0 || fault.ms > MAX_DELAY_MS)
          throw new LabError('A delay is 0 to {0} ms.', MAX_DELAY_MS);
        for (const port of fault.ports) this.#delays.set(port, fault.ms);
        return say('the network of {0} is {1} ms slower each way', fault.ports.join(' '), fault.ms);
      case 'heal':
        this.#cutOff = new Set();
        this.#delays.clear();
        return say('the network is whole again');
    }
  }

  #way(from: number, to: number): LinkFault {
    return {
      cut: this.#cutOff.has(from) !== this.#cutOff.has(to),
      delayMs: Math.max(this.delayOf(from), this.delayOf(to)),
    };
  }
}

function checkPorts(ports: readonly number[], nodes: readonly Wired[]): void {
  for (const port of ports)
    if (!nodes.some((node) => node.port === port))
      throw new LabError('The lab has no node on port {0}.', port);
}
