import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandHelp } from '../../extension/console/command-help.ts';
import type { RespValue } from '../../extension/redis/resp/reply-decoder.ts';

type Plain = string | readonly Plain[] | { readonly [name: string]: Plain };

/** What COMMAND DOCS would send: objects are maps in RESP3 and flat arrays in RESP2. */
function reply(value: Plain, protocol: 2 | 3): RespValue {
  if (typeof value === 'string') return { type: 'bulk', value };
  if (isList(value)) return { type: 'array', items: value.map((item) => reply(item, protocol)) };
  const entries = Object.entries(value).map(
    ([key, item]) => [reply(key, protocol), reply(item, protocol)] as const,
  );
  return protocol === 3 ? { type: 'map', entries } : { type: 'array', items: entries.flat() };
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

const key = { name: 'key', type: 'key' };
const docs: Plain = {
  set: {
    summary: 'Set the string value of a key',
    since: '1.0.0',
    group: 'string',
    arguments: [
      key,
      { name: 'value', type: 'string' },
      {
        name: 'condition',
        type: 'oneof',
        flags: ['optional'],
        arguments: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
    ],
  },
  del: { summary: 'Delete a key', group: 'generic', arguments: [{ ...key, flags: ['multiple'] }] },
  cluster: {
    summary: 'A container',
    group: 'cluster',
    subcommands: { 'cluster|keyslot': { summary: 'The slot of a key', group: 'cluster', arguments: [key] } },
  },
  setex: { summary: 'Old', group: 'string', arguments: [key] },
};

for (const protocol of [2, 3] as const) {
  describe(`help from COMMAND DOCS in RESP${protocol}`, () => {
    const help = new CommandHelp();
    assert.ok(help.learnDocs(reply(docs, protocol)));

    it('completes names, subcommands included, in capitals', () => {
      assert.deepEqual(help.completions('se'), ['SET', 'SETEX']);
      assert.deepEqual(help.completions('cluster k'), ['CLUSTER KEYSLOT']);
      assert.deepEqual(help.completions('help d'), ['help DEL']);
      assert.deepEqual(help.completions(''), []);
    });

    it('hints at the arguments to come', () => {
      assert.equal(help.hint('set '), 'key value [NX | XX]');
      assert.equal(help.hint('set a'), ' value [NX | XX]');
      assert.equal(help.hint('set a b c'), '');
      assert.equal(help.hint('del'), ' key [key ...]');
      // SETEX begins with SET: too early to tell.
      assert.equal(help.hint('set'), '');
      assert.equal(help.hint('cluster keyslot '), 'key');
      assert.equal(help.hint('nonsense '), '');
    });

    it('prints pages', () => {
      assert.equal(
        help.page(['set']),
        '\n  SET key value [NX | XX]\n  summary: Set the string value of a key\n  since: 1.0.0\n  group: string\n\n',
      );
      assert.match(help.page(['cluster']), /CLUSTER KEYSLOT key/);
      assert.match(help.page(['@generic']), /DEL key \[key \.\.\.\]/);
      assert.match(help.page([]), /:redirects/);
    });
  });
}

describe('help from an older server', () => {
  it('knows names at least', () => {
    const help = new CommandHelp();
    assert.ok(!help.learnDocs({ type: 'error', value: 'ERR Unknown subcommand' }));
    help.learnNames(reply([['get', '2'], ['getset']], 2));
    assert.deepEqual(help.completions('GET'), ['GET', 'GETSET']);
    assert.equal(help.hint('get '), '');
  });
});
