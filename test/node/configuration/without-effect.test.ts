import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { namesWithoutEffect, WITHOUT_EFFECT } from '../../../extension/node/configuration/without-effect.ts';
import { directives, factsFor } from '../../../extension/redis/config/directives.ts';
import { parseConf } from '../../../extension/redis/config/parse-conf.ts';

const extension = path.resolve(import.meta.dirname, '../../../extension');

/** Everything that could ask for a setting, in one text. */
function sources(): string {
  return globSync('{node,worlds,lab,cli,redis}/**/*.ts', { cwd: extension })
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => !name.startsWith('redis/config/') && name !== 'node/configuration/without-effect.ts')
    .map((name) => readFileSync(path.join(extension, name), 'utf8'))
    .join('\n');
}

test('those directives have no effect that nothing asks for, and no others', () => {
  const source = sources();
  const unread = directives.filter((directive) => {
    const facts = factsFor(directive, 'redis-7.2');
    if (facts === undefined || facts.ignored || facts.build === 'log-req-res') return false;
    return !directive.history.some(({ name }) => source.includes(`'${name}'`));
  });
  const expected = unread.map(({ name }) => name).filter((name) => name !== 'sentinel');
  assert.deepEqual([...WITHOUT_EFFECT].sort(), expected.sort());
});

test('a file is told of those that it sets to something else than the default', () => {
  const { entries } = parseConf(
    'port 7000\nio-threads 4\nactiverehashing yes\ntcp-backlog 100\nio-threads 2\n',
    {
      target: 'redis-7.2',
    },
  );
  assert.deepEqual(namesWithoutEffect(entries), ['io-threads', 'tcp-backlog']);
});
