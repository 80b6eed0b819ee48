import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandCatalogue, type CommandNames, type Row } from '../../extension/node/command-catalogue.ts';
import { bytesOf } from '../../extension/redis/bytes.ts';

function find(names: CommandNames, text: string): number {
  // As it lies in a read: other bytes before and behind it.
  const bytes = bytesOf(`>${text}<`);
  return names.find(bytes, 1, bytes.length - 1);
}

function row(name: string): Row {
  return { name, arity: 1, flags: 0, keys: [] };
}

describe('the names of commands', () => {
  // Enough of them that many meet at one place.
  const words = Array.from({ length: 500 }, (_, at) => `name${at.toString(36)}`);
  const { names } = new CommandCatalogue([['generic', words.map(row)]]);

  it('are found in letters of either case, each its own, and nothing else is', () => {
    words.forEach((word, id) => {
      assert.equal(find(names, word), id);
      assert.equal(find(names, word.toUpperCase()), id);
      assert.equal(find(names, `${word}-`), -1);
    });
    for (const other of ['', 'name', 'nam', 'name0\0', 'Name\u0010'])
      assert.equal(find(names, other), -1, other);
  });

  it('can be others, or be taken away', () => {
    const renamed = names.renamed([
      ['name0', 'hidden'],
      ['name1', ''],
      ['unknown', 'known'],
    ]);
    assert.equal(find(renamed, 'name0'), -1);
    assert.equal(find(renamed, 'HIDDEN'), 0);
    for (const gone of ['name1', '', 'unknown', 'known']) assert.equal(find(renamed, gone), -1, gone);
    assert.equal(find(renamed, 'name2'), 2);
    assert.equal(find(names, 'name0'), 0, 'the names of another node are its own');
  });

  it('can be as long as somebody makes them who wants to hide a command', () => {
    const long = 'x'.repeat(70_000);
    const renamed = names.renamed([['name0', long]]);
    assert.equal(find(renamed, long), 0);
    assert.equal(find(renamed, 'name2'), 2);
  });
});

describe('the catalogue of commands', () => {
  it('has subcommands behind their command, wherever their rows stand', () => {
    const { rows, names } = new CommandCatalogue([
      ['generic', ['get', 'config|get', 'config', 'set'].map(row)],
      ['server', ['config|set'].map(row)],
    ]);
    const order = ['get', 'config', 'config|get', 'config|set', 'set'];
    assert.deepEqual(
      rows.map((listed) => listed.row.name),
      order,
    );
    assert.deepEqual(
      ['get', 'config', 'set'].map((name) => find(names, name)),
      [0, 1, 4],
    );
    assert.deepEqual(
      [...rows[1].subcommands],
      [
        ['get', 2],
        ['set', 3],
      ],
    );
    assert.equal(find(names, 'config|get'), -1);
    assert.equal(rows[3].group, 'server');
  });
});
