/** Rules make users, one after the other, and users can be told as rules again. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AclOptions } from '../../../extension/redis/config/acl-selector.ts';
import { AclUser, joinSelectors } from '../../../extension/redis/config/acl-user.ts';
import { commandNames } from '../../../extension/redis/config/command-names.ts';
import type { Target } from '../../../extension/redis/config/directive.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function options(target: Target = 'redis-7.2', allChannels = false): AclOptions {
  return { target, allChannels, sha256, commands: commandNames(target) };
}

function userOf(rules: string, given = options()): AclUser {
  const user = new AclUser(given);
  const joined = joinSelectors(rules.split(' '), given.target);
  assert.ok(!('unclosed' in joined));
  for (const { text } of joined) assert.equal(user.apply(text), undefined, text);
  return user;
}

function errorOf(rules: string, given = options()): string | undefined {
  const user = new AclUser(given);
  return rules
    .split(' ')
    .map((rule) => user.apply(rule))
    .find((error) => error !== undefined);
}

describe('a user', () => {
  it('may do nothing to begin with', () => {
    assert.equal(userOf('').words().join(' '), 'off sanitize-payload resetchannels -@all');
    assert.equal(userOf('', options('redis-7.2', true)).words().join(' '), 'off sanitize-payload &* -@all');
    assert.equal(AclUser.open(options()).words().join(' '), 'on nopass sanitize-payload ~* &* +@all');
  });

  it('has passwords, plain or hashed, or any', () => {
    const user = userOf(`on >one #${sha256('two')} >one >three`);
    assert.deepEqual([...user.passwords], [sha256('one'), sha256('two'), sha256('three')]);
    assert.equal(user.apply('<one'), undefined);
    assert.equal(user.apply(`!${sha256('two')}`), undefined);
    assert.match(String(user.apply('<one')), /^The password you are trying to remove/);
    assert.match(String(user.apply('#1234')), /^The password hash must be exactly 64 characters/);
    assert.deepEqual([...user.passwords], [sha256('three')]);
    user.apply('nopass');
    assert.deepEqual([user.noPassword, user.passwords.size], [true, 0]);
    user.apply('>four');
    assert.equal(user.noPassword, false);
    user.apply('resetpass');
    assert.deepEqual([user.noPassword, user.passwords.size], [false, 0]);
  });

  it('is after a reset what it was when it was new', () => {
    const rules = 'on >x skip-sanitize-payload ~* &* +@all (+get ~a)';
    for (const allChannels of [false, true]) {
      const given = options('redis-7.2', allChannels);
      const user = userOf(rules, given);
      user.apply('reset');
      assert.deepEqual(user.words(), new AclUser(given).words());
    }
  });

  it('can be told in rules that make the same user', () => {
    for (const rules of [
      'on >x >y ~a* %R~b* %W~c* &news:* +@read -@slow +config|get',
      'off nopass skip-sanitize-payload allkeys allchannels allcommands -debug +debug|object',
      'on +get (~a %RW~b &c +@set) (allkeys allchannels allcommands -get)',
      String.raw`on (~"with\"quote" +get) ~plain'one`,
    ]) {
      const user = userOf(rules);
      assert.deepEqual(userOf(user.words().join(' ')).words(), user.words());
    }
  });

  it('keeps its rules when a copy changes', () => {
    const user = userOf('on >x ~a &b +get (~c +set)');
    const before = user.words();
    const copy = user.copy();
    for (const rule of ['off', '>y', '~d', '&e', '+del', '(~f +del)']) copy.apply(rule);
    assert.deepEqual(user.words(), before);
    assert.notDeepEqual(copy.words(), before);
  });
});

describe('commands', () => {
  const commandsOf = (rules: string): string => userOf(rules).root.commands;

  it('are told in the order in which they count, each once', () => {
    assert.equal(commandsOf('+@all -@hash -@slow +hget'), '+@all -@hash -@slow +hget');
    assert.equal(commandsOf('+@all -@hash -@slow +hget -@hash'), '+@all -@slow +hget -@hash');
    assert.equal(commandsOf('+HGET +hget -hGeT'), '-@all -hget');
    assert.equal(commandsOf('+@HASH -@slow +@hash'), '-@all -@slow +@hash');
    assert.equal(commandsOf('+@set -get allcommands'), '+@all');
    assert.equal(commandsOf('+@set +get nocommands'), '-@all');
  });

  it('stand for their subcommands, and for their first arguments', () => {
    assert.equal(commandsOf('+config|get -config|set +config'), '-@all +config');
    assert.equal(commandsOf('+select|0 +select|1 -select'), '-@all -select');
    assert.equal(commandsOf('+config -config|set'), '-@all +config -config|set');
  });

  it('have to exist', () => {
    const unknown = 'Unknown command or category name in ACL';
    for (const rule of ['+nosuch', '-nosuch', '+@nosuch', '+config|nosuch', '-get|key', '+get|a|b', '+'])
      assert.equal(errorOf(rule), unknown, rule);
    assert.equal(errorOf('+config|get|x'), 'Allowing first-arg of a subcommand is not supported');
    assert.equal(errorOf('+select|'), 'Syntax error');
    assert.equal(new AclUser(options()).apply('+select|0 1'), 'Syntax error');
    assert.equal(errorOf('+hexpire'), unknown);
    assert.equal(errorOf('+hexpire', options('redis-7.4')), undefined);
  });
});

describe('keys and channels', () => {
  it('that may be read and those that may be written add up', () => {
    assert.equal(userOf('%R~a %W~a %rw~b %w~c').root.keys, '~a ~b %W~c');
    assert.equal(userOf('~a ~b resetkeys %R~c').root.keys, '%R~c');
    assert.equal(errorOf('%X~a'), 'Syntax error');
    assert.equal(errorOf('%~a'), 'Syntax error');
    assert.equal(new AclUser(options()).apply('~a b'), 'Syntax error');
    assert.equal(errorOf('%R~a', options('redis-6.2')), 'Syntax error');
  });

  it('cannot be added to all there are', () => {
    assert.match(String(errorOf('~* ~a')), /'allkeys' flag\) is not valid .* 'resetkeys'/);
    assert.match(String(errorOf('&* &a')), /'allchannels' flag\) is not valid .* 'resetchannels'/);
    assert.match(String(errorOf('&a', options('redis-7.2', true))), /'resetchannels'/);
    assert.equal(userOf('&* resetchannels &a &a &b').root.channels, '&a &b');
  });

  it('of channels servers before 6.2 know nothing', () => {
    assert.equal(errorOf('&a', options('redis-6.0')), 'Syntax error');
    assert.equal(errorOf('allchannels', options('redis-6.0')), 'Syntax error');
  });
});

describe('selectors', () => {
  it('may span words', () => {
    assert.deepEqual(
      userOf('on (~a +get ) ( ~b +set) ()').selectors.map(({ keys }) => keys),
      ['~a', '~b', ''],
    );
    assert.deepEqual(joinSelectors(['on', '(~a', '+get'], 'redis-7.2'), { unclosed: 1 });
  });

  it('hold no other selectors: a second parenthesis began anew before 7.2', () => {
    const words = ['(+ping', '(+select', ')', ')'];
    const texts = (target: Target): string[] => {
      const joined = joinSelectors(words, target);
      return 'unclosed' in joined ? [] : joined.map(({ text }) => text);
    };
    assert.deepEqual(texts('redis-7.2'), ['(+ping (+select )', ')']);
    assert.deepEqual(texts('redis-7.0'), ['(+select )', ')']);
  });

  it('hold no rules about logging in', () => {
    for (const rule of ['(on)', '(>x)', '(clearselectors)', '((+get))']) {
      assert.equal(errorOf(rule), 'Syntax error', rule);
    }
    assert.equal(errorOf('(+get)', options('redis-6.2')), 'Syntax error');
  });

  it('can be cleared', () => {
    assert.deepEqual(
      userOf('~a (~b) clearselectors (~c)').selectors.map(({ keys }) => keys),
      ['~c'],
    );
  });
});
