import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type Facts,
  type NameHistory,
  TARGETS,
  type Target,
} from '../../../extension/redis/config/directive.ts';
import { directives, factsFor, findDirective } from '../../../extension/redis/config/directives.ts';

/** Facts read out of the sources of twelve server versions; see the `schema` of the file. */
interface Extract {
  readonly versions: readonly { readonly id: string }[];
  readonly directives: readonly ExtractedDirective[];
}
interface ExtractedDirective {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly unit?: string;
  readonly kind?: string;
  readonly repeat: 'last' | 'accumulate';
  readonly names: Record<string, Record<string, { since: string; lastIn?: string }>>;
  readonly facts: readonly ({ readonly in: readonly string[] } & Record<string, unknown>)[];
  readonly absent?: readonly string[];
}

const extract: Extract = JSON.parse(readFileSync(new URL('data/directives.json', import.meta.url), 'utf8'));

function targetOf(id: string): Target {
  const name = id.replace(/^r/, 'redis-').replace(/^v/, 'valkey-').replace('pre', '');
  const target = TARGETS.find((known) => known === name);
  assert.ok(target, id);
  return target;
}

/** A row's facts in the shape and spelling of the extract. */
function asExtracted(facts: Facts): Record<string, unknown> {
  const { min, max, args, type, ...rest } = facts;
  const bound = (value: bigint | undefined): string | null =>
    value === undefined ? null : type === 'octal' ? value.toString(8) : value.toString();
  const bounded = type === 'integer' || type.startsWith('memory') || type === 'octal';
  return {
    ...rest,
    type,
    default: facts.default ?? null,
    ...(bounded ? { min: bound(min), max: bound(max) } : {}),
    args: [args[0], args[1] === Infinity ? null : args[1]],
  };
}

/** Numbers as text: the extract writes those beyond 2^53 so. */
function withTextNumbers({ in: _, ...facts }: Record<string, unknown>): Record<string, unknown> {
  const numeric = new Set(['min', 'max', 'default']);
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [
      key,
      numeric.has(key) && typeof value === 'number' ? String(value) : value,
    ]),
  );
}

/** From patch releases younger than those of the extract; Debian's package of 7.0.15 knows it, too. */
const YOUNGER = ['lua-enable-deprecated-api'];

test('the table has the directives of the extract, each once, and one that is younger', () => {
  assert.deepEqual(
    directives.map(({ name }) => name).sort(),
    [...extract.directives.map(({ name }) => name), ...YOUNGER].sort(),
  );
});

test('every fact of every version is in the table', () => {
  let compared = 0;
  for (const extracted of extract.directives) {
    const row = findDirective(extracted.name);
    assert.ok(row, extracted.name);
    for (const facts of extracted.facts) {
      for (const id of facts.in) {
        const ours = factsFor(row, targetOf(id));
        assert.ok(ours, `${row.name} in ${id}`);
        assert.deepEqual(asExtracted(ours), withTextNumbers(facts), `${row.name} in ${id}`);
        compared++;
      }
    }
    for (const id of extracted.absent ?? [])
      assert.equal(factsFor(row, targetOf(id)), undefined, `${row.name} ${id}`);
  }
  assert.equal(TARGETS.length, extract.versions.length);
  assert.ok(compared > 1900, `${compared} facts`);
});

test('units, kinds, repetition and the history of every name', () => {
  for (const extracted of extract.directives) {
    const row = findDirective(extracted.name);
    assert.ok(row);
    assert.equal(row.unit, extracted.unit, row.name);
    assert.equal(row.kind, extracted.kind, row.name);
    assert.equal(row.accumulates === true, extracted.repeat === 'accumulate', row.name);
    const names: Record<string, Record<string, unknown>> = {};
    for (const { name, ...lives } of row.history satisfies readonly NameHistory[]) {
      for (const [product, life] of Object.entries(lives))
        names[product] = { ...names[product], [name]: life };
    }
    assert.deepEqual(names, extracted.names, row.name);
    assert.deepEqual(
      [...row.history.slice(1)].map(({ name }) => name).sort(),
      [...(extracted.aliases ?? [])].sort(),
    );
  }
});

test('a directive is found by any name in any ASCII case', () => {
  assert.equal(findDirective('SlaveOf')?.name, 'replicaof');
  assert.equal(findDirective('primaryauth')?.name, 'masterauth');
  assert.equal(findDirective('cluster_enabled'), undefined);
  assert.equal(findDirective('cluster-enabled '), undefined);
  assert.equal(findDirective('repl-timeout'.replace('i', 'İ')), undefined);
  assert.equal(findDirective('toString'), undefined);
});

test('the name a version reports stands first', () => {
  const names = (name: string, target: Target): readonly string[] => {
    const row = findDirective(name);
    return (row && factsFor(row, target)?.names) ?? [];
  };
  assert.deepEqual(names('slaveof', 'redis-4.0'), ['slaveof']);
  assert.deepEqual(names('slaveof', 'redis-7.2'), ['replicaof', 'slaveof']);
  assert.deepEqual(names('masterauth', 'valkey-8.0'), ['primaryauth', 'masterauth']);
  assert.deepEqual(names('cluster-port', 'redis-6.2'), []);
});
