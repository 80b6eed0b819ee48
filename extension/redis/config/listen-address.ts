/** Words of `bind`: which of them a server can listen on, and which of them are the same address. */

import { findDirective } from './directives.ts';
import { isIPv4, isIPv6 } from './value.ts';

/** What the system says of an address that can be listened on nowhere; undefined: it depends on the machine. */
export function findFault(address: string): string | undefined {
  if (!mayResolve(address)) return 'Name or service not known';
  if (!address.includes(':') || address.includes('*')) return undefined;
  const invalid = isLinkLocal(address) || isMapped(address) || isMulticast(address);
  return invalid ? 'bind: Invalid argument' : undefined;
}

function mayResolve(address: string): boolean {
  if (address === '*' || address === '::*') return true;
  if (address.includes(':')) return isScopedIPv6(address);
  return isInetAddress(address) || isHostName(address);
}

/** Only addresses of one link take the name of an interface; the others take its number. */
function isScopedIPv6(address: string): boolean {
  const [, host = '', zone] = /^([^%]*)(?:%([^%]+))?$/.exec(address) ?? [];
  return isIPv6(host) && (zone === undefined || /^fe[89ab].:|^ff.2:/i.test(host) || /^\d+$/.test(zone));
}

/** A name that some name service may know: labels of up to 63 characters, 253 with the dots between. */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  const last = labels.at(-1) ?? '';
  // A line that lost its end brought these along; and no name ends in a number.
  if (/^(?:yes|no|\d+)$/i.test(last) || findDirective(last)) return false;
  return text.length <= 254 && labels.every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label));
}

/** fe80::/10: it says nothing without the interface it is meant on (`fe80::1%eth0`). */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) && !address.includes('%');
}

/** ::ffff:0:0/96: the other family's address in this one's dress. */
function isMapped(address: string): boolean {
  return canonicalAddress(address).startsWith('0:0:0:0:0:ffff:');
}

/** ff00::/8: nobody listens for connections to a group. Of IPv4's groups the system does not mind. */
function isMulticast(address: string): boolean {
  return /^ff[0-9a-f]{2}:/i.test(address);
}

/** inet_aton: up to four numbers, decimal, octal (0…) or hexadecimal (0x…); the last one fills what is left of 32 bits. */
function isInetAddress(address: string): boolean {
  const parts = address.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(part)))
    return false;
  const numbers = inetNumbers(address);
  const most = 256 ** (5 - parts.length);
  return numbers.slice(0, -1).every((number) => number < 256) && (numbers.at(-1) ?? most) < most;
}

function inetNumbers(address: string): number[] {
  return address.split('.').map((part) => Number(/^0[0-7]/.test(part) ? `0o${part.slice(1)}` : part));
}

const ALL_IPV4 = '0.0.0.0';
const ALL_IPV6 = '0:0:0:0:0:0:0:0';

/** The same text for the same address. */
export function canonicalAddress(address: string): string {
  if (address === '*') return ALL_IPV4;
  if (address === '::*') return ALL_IPV6;
  // Every name service says so.
  if (address.toLowerCase() === 'localhost') return '127.0.0.1';
  if (!address.includes(':')) return isInetAddress(address) ? dotted(address) : address.toLowerCase();
  // The last two groups may be written as an IPv4 address.
  const hex = address.replace(/[^:]*\..*$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = hex.toLowerCase().split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const left = groups(head);
  const right = groups(tail);
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}

/** What inet_aton reads, as four decimal numbers. */
function dotted(address: string): string {
  const numbers = inetNumbers(address);
  const last = numbers.pop() ?? 0;
  const rest = Array.from({ length: 4 - numbers.length }, (_, at) => Math.floor(last / 256 ** at) % 256);
  return [...numbers, ...rest.reverse()].join('.');
}

/** Equal, or one of them the wildcard of the other's family. */
export function collide(a: string, b: string): boolean {
  if (a === b) return true;
  const pair = [a, b];
  if (pair.includes(ALL_IPV4)) return pair.every(isIPv4);
  return pair.includes(ALL_IPV6) && pair.every((address) => address.includes(':'));
}
