/** `user NAME rule…`: what is checked of the rules while the file is read, and what a server says of bad ones. */
import { type AclOptions, UNKNOWN_COMMAND } from './acl-selector.ts';
import { AclUser, joinSelectors } from './acl-user.ts';
import { isAtLeast } from './directive.ts';

export interface RuleError {
  readonly message: string;
  /** The rule as it was applied: a selector with all of its words. */
  readonly text: string;
  /** The rule at fault, counted from 0 behind the user's name, before selectors are joined. */
  readonly rule: number;
  /** The same, with each selector counted as one rule. */
  readonly joined: number;
  /** An unknown command or category: the file loads, the server exits when it applies the rule. */
  readonly late: boolean;
}

export const USERS_TWICE =
  'Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users directly in your redis.conf, but not both.';
/** Where no call has left an error behind. */
export const NO_REASON = 'Wrong format';
export const BLANK_IN_USER_NAME = 'Spaces not allowed in ACL usernames';
export const USERS_NOT_LOADED = 'Critical error while loading ACLs. Exiting.';

/** The line of the log. */
export function ruleFailure(rule: string, user: string, message: string): string {
  return `Error loading ACL rule '${rule}' for the user named '${user}': ${message}`;
}

/** The first rule the server refuses, if any. */
export function checkUserRules(rules: readonly string[], options: AclOptions): RuleError | undefined {
  const joined = joinSelectors(rules, options.target);
  if ('unclosed' in joined) {
    // The server has no words for an open parenthesis: it prints the error that an earlier call left behind, if any.
    const message = isAtLeast(options.target, '7.2') ? NO_REASON : UNKNOWN_COMMAND;
    const text = rules[joined.unclosed] ?? '';
    return { message, text, rule: joined.unclosed, joined: joined.unclosed, late: false };
  }
  const user = new AclUser(options);
  let late: RuleError | undefined;
  for (const [at, { text, word }] of joined.entries()) {
    const message = user.apply(text);
    if (message === undefined) continue;
    if (message !== UNKNOWN_COMMAND) return { message, text, rule: word, joined: at, late: false };
    late ??= { message, text, rule: word, joined: at, late: true };
  }
  return late;
}
