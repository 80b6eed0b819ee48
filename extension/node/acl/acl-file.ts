/** The ACL file: a `user` line for each user, and nothing else. */
import { type Binary, binaryOf, binaryOfText, bytesOf } from '../../redis/bytes.ts';
import { type AclOptions, hasBlanks, UNKNOWN_COMMAND } from '../../redis/config/acl-selector.ts';
import { AclUser, joinSelectors } from '../../redis/config/acl-user.ts';
import type { Disk } from '../../redis/world.ts';
import type { User } from './users.ts';

const NO_CHANGE = 'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';

/** The users of the file, or all that is wrong with it in one line. `shown`: its name as the configuration has it. */
export function readAclFile(
  disk: Disk,
  path: string,
  shown: Binary,
  options: AclOptions,
): Map<Binary, AclUser> | string {
  let bytes: Uint8Array | undefined;
  try {
    bytes = disk.read(path);
  } catch (error) {
    return `Error loading ACLs, opening file '${shown}': ${binaryOfText(reasonOf(error))}`;
  }
  if (bytes === undefined) return `Error loading ACLs, opening file '${shown}': No such file or directory`;
  const users = new Map<Binary, AclUser>();
  let wrong = '';
  for (const [i, line] of binaryOf(bytes).split('\n').entries()) {
    wrong += readLine(line, `${shown}:${i + 1}`, users, options);
  }
  return wrong === '' ? users : `${wrong}${NO_CHANGE}`;
}

/** Adds the user of one line; what is wrong with it, each error with a blank behind it. */
function readLine(line: Binary, place: string, users: Map<Binary, AclUser>, options: AclOptions): string {
  const trimmed = line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (trimmed === '') return '';
  const [keyword, name, ...words] = trimmed.split(' ');
  if (keyword !== 'user' || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasBlanks(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (users.has(name)) {
    return `WARNING: Duplicate user '${name}' found on line ${place.slice(place.lastIndexOf(':') + 1)}. `;
  }
  const user = new AclUser(options);
  users.set(name, user);
  const rules = joinSelectors(words, options.target);
  if ('unclosed' in rules) return `${place}: Unmatched parenthesis in selector definition.`;
  let wrong = '';
  let told = false;
  for (const { text } of rules) {
    const rule = text.replace(/^[\t\r\n]+|[\t\r\n]+$/g, '');
    const why = user.apply(rule);
    // Of what is no command all are told; of other errors, which may be secrets, the first one and without the rule.
    if (why === UNKNOWN_COMMAND) wrong += `${place}: Error in applying operation '${rule}': ${why}. `;
    else if (why !== undefined && !told) {
      wrong += `${place}: ${why}. `;
      told = true;
    }
  }
  return wrong;
}

/** Throws what the disk throws; the file is then the old one. */
export function writeAclFile(disk: Disk, path: string, users: readonly User[]): void {
  disk.replace(path, bytesOf(users.map(({ line }) => `${line}\n`).join('')));
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
