/** The ACL file on the disk. */
import { type Binary, binaryOf, binaryOfText, bytesOf } from '../../redis/bytes.ts';
import { messageOf } from '../../redis/caught.ts';
import { readAclText } from '../../redis/config/acl-file-text.ts';
import type { AclOptions } from '../../redis/config/acl-selector.ts';
import type { AclUser } from '../../redis/config/acl-user.ts';
import type { Disk } from '../../redis/world.ts';
import type { User } from './users.ts';

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
    return `Error loading ACLs, opening file '${shown}': ${binaryOfText(messageOf(error))}`;
  }
  if (bytes === undefined) return `Error loading ACLs, opening file '${shown}': No such file or directory`;
  return readAclText(binaryOf(bytes), shown, options);
}

/** Throws what the disk throws; the file is then the old one. */
export function writeAclFile(disk: Disk, path: string, users: readonly User[]): void {
  disk.replace(path, bytesOf(users.map(({ line }) => `${line}\n`).join('')));
}
