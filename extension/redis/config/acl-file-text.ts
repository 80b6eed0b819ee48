/** What stands in an ACL file: a `user` line for each user, and nothing else. */
import { type AclOptions, hasBlanks, UNKNOWN_COMMAND } from './acl-selector.ts';
import { AclUser, joinSelectors } from './acl-user.ts';

const NO_CHANGE = 'WARNING: ACL errors detected, no change to the previously active ACL rules was performed';

/** The users, or all that is wrong in one line, in the server's words. `shown`: the file's name as the configuration has it. */
export function readAclText(text: string, shown: string, options: AclOptions): Map<string, AclUser> | string {
  const users = new Map<string, AclUser>();
  let wrong = '';
  for (const [i, line] of text.split('\n').entries()) {
    wrong += readLine(line, `${shown}:${i + 1}`, users, options);
  }
  return wrong === '' ? users : `${wrong}${NO_CHANGE}`;
}

/** Adds the user of one line; what is wrong with it, each error with a blank behind it. */
function readLine(line: string, place: string, users: Map<string, AclUser>, options: AclOptions): string {
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
