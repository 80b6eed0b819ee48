/** Addresses as CLUSTER MEET takes them, in the one spelling in which nodes tell them to each other. */
import { isIPv4, isIPv6 } from '../../redis/config/value.ts';

const GROUPS = 8;
/** ::ffff:1.2.3.4, an IPv4 address as an IPv6 one: it and the older ::1.2.3.4 keep the look of their end. */
const MAPPED = 0xffff;

/** The usual spelling of an IPv4 or IPv6 address (inet_ntop's); undefined for anything else, names included. */
export function normalIp(host: string): string | undefined {
  if (isIPv4(host)) return host;
  return isIPv6(host) ? formatIpv6(groupsOf(host)) : undefined;
}

function groupsOf(address: string): readonly number[] {
  const [before = '', after] = address.split('::');
  const head = numbersOf(before);
  const tail = numbersOf(after ?? '');
  return [...head, ...new Array<number>(GROUPS - head.length - tail.length).fill(0), ...tail];
}

function numbersOf(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (!group.includes('.')) return Number.parseInt(group, 16);
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function formatIpv6(groups: readonly number[]): string {
  const { start, length } = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (start === 0 && (length === 6 || (length === 5 && groups[5] === MAPPED))) {
    const [high = 0, low = 0] = groups.slice(6);
    return `::${length === 5 ? 'ffff:' : ''}${[high >> 8, high & 255, low >> 8, low & 255].join('.')}`;
  }
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** The first of the longest. */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
