/**
 * CLUSTER NODES in every dialect: 3.x without `@busport`, 4.0 with it, 7.0 with `,hostname`, Valkey 8 with named fields
 * (`shard-id=…`, `tls-port=…`, `availability-zone=…`) after that.
 */
import { parseRange, type SlotRange } from '../redis/slots.ts';
import type { NodeAddress } from './connection.ts';

export interface NodeLine {
  readonly id: string;
  readonly address: NodeAddress;
  /** Undefined where it was not told (3.x): then it is the port and 10000. */
  readonly busPort: number | undefined;
  readonly hostname: string | undefined;
  readonly flags: ReadonlySet<string>;
  /** The primary's id on a replica. */
  readonly primaryId: string | undefined;
  readonly configEpoch: number;
  readonly linkUp: boolean;
  readonly slots: readonly SlotRange[];
  /** Slot -> the other node's id; only the node itself lists its open slots. */
  readonly migrating: ReadonlyMap<number, string>;
  readonly importing: ReadonlyMap<number, string>;
}

export function parseClusterNodes(text: string): NodeLine[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): NodeLine {
  const [id = '', endpoint = '', flags = '', primary = '-', , , epoch = '0', link = '', ...slotWords] =
    line.split(' ');
  const slots: SlotRange[] = [];
  const migrating = new Map<number, string>();
  const importing = new Map<number, string>();
  for (const word of slotWords) {
    const open = /^\[(\d+)-([<>])-([0-9a-f]+)\]$/.exec(word);
    if (open) {
      const [, slot = '', direction, peer = ''] = open;
      (direction === '>' ? migrating : importing).set(Number(slot), peer);
    } else {
      const range = parseRange(word);
      if (range) slots.push(range);
    }
  }
  return {
    id,
    ...parseEndpoint(endpoint),
    flags: new Set(flags.split(',')),
    primaryId: primary === '-' ? undefined : primary,
    configEpoch: Number(epoch),
    linkUp: link === 'connected',
    slots,
    migrating,
    importing,
  };
}

/** `ip:port[@busport[,hostname[,…]]]`; the ip is empty on a node that does not know its own address yet. */
function parseEndpoint(endpoint: string): Pick<NodeLine, 'address' | 'busPort' | 'hostname'> {
  const [hostPorts = '', ...fields] = endpoint.split(',');
  const [hostPort = '', busPort] = hostPorts.split('@');
  const colon = hostPort.lastIndexOf(':');
  // A named field may follow at once where a node has no host name.
  const hostname = fields[0]?.includes('=') ? undefined : fields[0] || undefined;
  return {
    address: { host: hostPort.slice(0, colon), port: Number(hostPort.slice(colon + 1)) },
    busPort: busPort === undefined ? undefined : Number(busPort),
    hostname,
  };
}
