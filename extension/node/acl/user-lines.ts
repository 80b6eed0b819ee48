/** `user` lines of a configuration, and what becomes of them. */
import type { Binary } from '../../redis/bytes.ts';
import { type AclOptions, hasBlanks } from '../../redis/config/acl-selector.ts';
import { AclUser, joinSelectors } from '../../redis/config/acl-user.ts';
import { BLANK_IN_USER_NAME, ruleFailure, USERS_NOT_LOADED } from '../../redis/config/user-rules.ts';
import { DEFAULT_USER } from './users.ts';

/**
 * The users that the lines make: `lines` are their words behind the word `user`. A default user nobody names stays as
 * `byDefault`. When there is something wrong: the lines of the log.
 */
export function readUserLines(
  lines: readonly (readonly Binary[])[],
  options: AclOptions,
  byDefault: AclUser,
): Map<Binary, AclUser> | string[] {
  const users = new Map([[DEFAULT_USER, byDefault]]);
  for (const [name = '', ...words] of lines) {
    if (hasBlanks(name)) return [BLANK_IN_USER_NAME, USERS_NOT_LOADED];
    const user = new AclUser(options);
    const rules = joinSelectors(words, options.target);
    if ('unclosed' in rules) {
      return [ruleFailure(words[rules.unclosed] ?? '', name, 'Wrong format'), USERS_NOT_LOADED];
    }
    for (const { text } of rules) {
      const why = user.apply(text);
      if (why !== undefined) return [ruleFailure(text, name, why), USERS_NOT_LOADED];
    }
    users.set(name, user);
  }
  return users;
}
