/** The documentation of commands, against the table of commands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../../extension/node/commands/index.ts';
import { type ArgumentDoc, commandDocs } from '../../../extension/redis/command-docs/index.ts';

const rows = catalogue.rows.map(({ row }) => row);

function all(args: readonly ArgumentDoc[]): ArgumentDoc[] {
  return args.flatMap((arg) => [arg, ...all(arg.args)]);
}

describe('the documentation of commands', () => {
  it('has an entry for every command, and none for others', () => {
    const known = rows.map(({ name }) => name);
    const documented = [...commandDocs().keys()];
    assert.deepEqual(
      known.filter((name) => !documented.includes(name)),
      [],
    );
    assert.deepEqual(
      documented.filter((name) => !known.includes(name)),
      [],
    );
  });

  it('has a sentence, a version and arguments with names in each', () => {
    for (const { name, since, summary, args } of commandDocs().values()) {
      assert.match(summary, /^[A-Z].*\.$/, name);
      assert.match(since, /^\d+\.\d+\.\d+$/, name);
      for (const arg of all(args))
        assert.match(arg.name, /^[A-Za-z0-9-]+$/, `${name} ${JSON.stringify(arg)}`);
    }
  });

  it('finds keys by specifications that the row has', () => {
    for (const { name, keys } of rows) {
      for (const { keySpec = 0 } of all(commandDocs().get(name)?.args ?? []).filter(
        ({ type }) => type === 'key',
      )) {
        assert.ok(keySpec < keys.length, `${name}: key specification ${keySpec} of ${keys.length}`);
      }
    }
  });

  it('tells words in capitals, as 7.2 does', () => {
    for (const { name, args } of commandDocs().values()) {
      for (const { token } of all(args)) assert.equal(token, token?.toUpperCase(), name);
    }
  });

  it('reads the notation', () => {
    const set = commandDocs().get('set');
    assert.equal(set?.complexity, 'O(1)');
    const [key, , condition, get, expiration] = set?.args ?? [];
    assert.deepEqual(key, {
      name: 'key',
      type: 'key',
      token: undefined,
      shown: 'key',
      keySpec: 0,
      optional: false,
      multiple: false,
      multipleToken: false,
      args: [],
    });
    assert.deepEqual([condition?.type, condition?.optional], ['oneof', true]);
    assert.deepEqual([get?.type, get?.token, get?.name], ['pure-token', 'GET', 'get']);
    assert.deepEqual(
      expiration?.args.map(({ token, type }) => [token, type]),
      [
        ['EX', 'integer'],
        ['PX', 'integer'],
        ['EXAT', 'unix-time'],
        ['PXAT', 'unix-time'],
        ['KEEPTTL', 'pure-token'],
      ],
    );
    const [, pairs] = commandDocs().get('hset')?.args ?? [];
    assert.deepEqual([pairs?.type, pairs?.multiple, pairs?.args.length], ['block', true, 2]);
    assert.equal(commandDocs().get('getset')?.deprecated?.replacement, 'SET');
  });
});
