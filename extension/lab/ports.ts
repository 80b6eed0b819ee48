/** Which ports are free, and where a lab could live instead. */
import { createServer } from 'node:net';
import { BUS_PORT_OFFSET } from '../redis/config/ports.ts';
import { checkPorts } from './plan.ts';
import type { LabOptions, PortProbe } from './protocol.ts';

/**
 * Above it the bus ports stand in Linux' range for outgoing connections (from 32768 on), where any program may have
 * one at any time: such a lab starts today and fails tomorrow.
 */
export const HIGHEST_SAFE_BASE = 22_767;
/** Bases a person can remember: 7000, 7100, 7200 … */
const STRIDE = 100;

/** `host` must be an address of this machine. Rejects with a LabError when these are no ports that a lab can have. */
export async function probePorts(
  options: Pick<LabOptions, 'host' | 'basePort' | 'nodes'>,
): Promise<PortProbe> {
  const { host, basePort, nodes } = options;
  checkPorts(basePort, nodes);
  const taken = await takenPorts(host, basePort, nodes);
  if (taken.length === 0) return { free: true, taken, suggestion: undefined };
  return { free: false, taken, suggestion: await freeBase(host, basePort + STRIDE, nodes) };
}

/** The first free base from `from` on, then from 1100 on; undefined when there is none at all. */
async function freeBase(host: string, from: number, nodes: number): Promise<number | undefined> {
  for (const base of candidates(from, HIGHEST_SAFE_BASE - nodes + 1)) {
    if ((await takenPorts(host, base, nodes)).length === 0) return base;
  }
  return undefined;
}

function* candidates(from: number, highest: number): Iterable<number> {
  for (let base = from; base <= highest; base += STRIDE) yield base;
  for (let base = 1100; base < Math.min(from, highest); base += STRIDE) yield base;
}

async function takenPorts(host: string, basePort: number, nodes: number): Promise<number[]> {
  const clients = Array.from({ length: nodes }, (_, i) => basePort + i);
  const ports = [...clients, ...clients.map((port) => port + BUS_PORT_OFFSET)];
  const free = await Promise.all(ports.map((port) => isFree(host, port)));
  return ports.filter((_, i) => !free[i]);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
