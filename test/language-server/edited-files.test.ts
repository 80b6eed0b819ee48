/**
 * Chains of random edits on files of all three languages: nothing throws, nothing points outside of the file, and what an
 * edited document shows is what the same text shows to somebody who has not seen it before.
 * `FUZZ_ROUNDS=20000 node --test test/language-server/edited-files.test.ts` looks longer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Range } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { findKeys } from '../../language-server/key-finder.ts';
import type { LanguageService } from '../../language-server/service.ts';
import { accessRules } from '../conformance/conf-files/access-rules.ts';
import { generateFile } from '../conformance/conf-files/generate.ts';
import { tokens } from '../conformance/conf-files/spellings.ts';
import { SeededRandom } from '../redis/seeded-random.ts';
import { service } from './service-under-test.ts';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 60);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const EDITS = 6;

const ID = '0123456789abcdef0123456789abcdef01234567';
const NODES = [
  `${ID} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460 [5->-${ID}] [7-<-${ID}]`,
  `${ID.replace('0', 'f')} 127.0.0.1:7001@17001,host,shard-id=${ID} slave ${ID} 0 1700000000000 1 connected`,
  `${ID.replace('1', 'e')} ::1:7002@17002 master,fail? - 1 2 18446744073709551615 disconnected 5461 5462-16383`,
  `${ID.replace('2', 'd')} :0@0 master,noaddr,handshake - 0 0 0 disconnected`,
  'vars currentEpoch 3 lastVoteEpoch 2',
];
const COMMANDS = [
  ...[
    'SET hello world',
    'MSET a 1 b 2',
    'MULTI',
    'EXEC',
    'DISCARD',
    '# text',
    'GET "a b"',
    "MGET 'x' {y}z",
    '',
  ],
  ...[
    'EVAL "return redis.call(\'GET\', KEYS[1])" 2 {a}b {a}c',
    'XREAD COUNT 1 STREAMS a b 0 0',
    'CLUSTER SLOTS',
  ],
  ...[
    'SORT k BY w_* GET # LIMIT 0 5',
    'ZADD z NX GT 1 a',
    'BITFIELD k GET u8 0',
    'CONFIG SET a b',
    'nosuch x',
  ],
];
const PIECES = [
  ...[
    '\n',
    '\n',
    '\r\n',
    '\r',
    '"',
    "'",
    ' ',
    '\t',
    '#',
    '\\',
    '\0',
    'é',
    '中',
    '\u{1f600}',
    '\ud800',
    '\ufeff',
  ],
  ...[
    'port 7000\n',
    'include x\n',
    'user a on\n',
    'MULTI\n',
    'EXEC',
    '{',
    '}',
    '0-16383',
    ',',
    '-',
    '@',
    '%',
  ],
];

function textOf(language: string, round: number, random: SeededRandom): string {
  if (language === 'redis-conf') return generateFile(SEED + 50, round, 'r7.2').text;
  const lines = language === 'redis-nodes' ? NODES : COMMANDS;
  const line = (): string => (random.below(6) === 0 ? tokens(random) : random.pick(lines));
  return Array.from({ length: 1 + random.below(8) }, line).join(random.pick(['\n', '\n', '\r\n']));
}

function edit(text: TextDocument, random: SeededRandom): void {
  const content = text.getText();
  const start = random.below(content.length + 1);
  const end = Math.min(content.length, start + random.pick([0, 0, 1, 1, 3, 40, 2000]));
  const written = random.pick([
    () => '',
    () => random.pick(PIECES),
    () => tokens(random),
    () => `${random.pick(content.split('\n'))}\n`,
    () => `user u ${accessRules(random)}\n`,
    () => content.slice(0, random.below(200)),
  ])();
  const range = { start: text.positionAt(start), end: text.positionAt(end) };
  TextDocument.update(text, [{ range, text: written }], text.version + 1);
}

function isInside({ start, end }: Range, text: TextDocument): boolean {
  const valid = (place: Range['start']): boolean => {
    const back = text.positionAt(text.offsetAt(place));
    return back.line === place.line && back.character === place.character;
  };
  return valid(start) && valid(end) && text.offsetAt(start) <= text.offsetAt(end);
}

/** Everything that features show of a document. */
function shown(language: LanguageService, text: TextDocument, siblings: readonly TextDocument[]): unknown {
  return {
    diagnostics: language.diagnose(text, siblings),
    symbols: language.symbols(text),
    folds: language.folds(text),
    links: language.links(text, siblings),
    lenses: language.lenses(text, siblings),
    tokens: language.semanticTokens(text),
    edits: language.format(text),
    fixAll: language.codeActions(text, [], ['source.fixAll']),
    target: language.target(text),
  };
}

/** Whatever is asked anywhere. */
function ask(language: LanguageService, text: TextDocument, random: SeededRandom): void {
  const place = text.positionAt(random.below(text.getText().length + 1));
  language.hover(text, place);
  for (const { textEdit } of language.complete(text, place))
    if (textEdit && 'range' in textEdit) assert.ok(isInside(textEdit.range, text));
  language.signature(text, place);
  if (language.prepareRename(text, place)) language.rename(text, place, '7001');
}

/** Every range in it that speaks of the document, wherever it is nested. */
function rangesIn(value: unknown, found: Range[] = []): Range[] {
  if (Array.isArray(value)) for (const item of value) rangesIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      // Places in other files are those files' own.
      if (key === 'relatedInformation' || key === 'changes') continue;
      if (key === 'range' || key === 'selectionRange') found.push(item);
      else rangesIn(item, found);
    }
  }
  return found;
}

for (const language of ['redis-conf', 'redis-nodes', 'redis-commands']) {
  test(`${language}: after any edits a document shows what its text shows`, () => {
    const random = new SeededRandom(SEED);
    const options = { findKeys, exists: () => true };
    const lasting = service(options);
    for (let round = 0; round < ROUNDS; round++) {
      const uri = `file:///lab/${7000 + (round % 6)}/redis-${7000 + (round % 6)}.conf`;
      const create = (content: string, at = uri): TextDocument =>
        TextDocument.create(at, language, 1, content);
      const text = create(textOf(language, round, random));
      const other = TextDocument.create(
        'file:///lab/6999/redis-6999.conf',
        'redis-conf',
        1,
        generateFile(SEED + 51, round, 'r7.2').text,
      );
      for (let turn = 0; turn < EDITS; turn++) {
        const story = `FUZZ_SEED=${SEED}, round ${round}, edit ${turn}: ${JSON.stringify(text.getText())}`;
        const lasts = shown(lasting, text, [other]);
        assert.deepEqual(lasts, shown(service(options), create(text.getText()), [other]), story);
        for (const range of rangesIn(lasts))
          assert.ok(isInside(range, text), `${story} ${JSON.stringify(range)}`);
        ask(lasting, text, random);
        edit(text, random);
      }
    }
  });
}
