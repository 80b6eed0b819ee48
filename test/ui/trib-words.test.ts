/** redis-trib's sentences in messages and tooltips are in the user's language, whatever redis-trib says. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Translate } from '../../extension/lab/message.ts';
import { bareWords, tribWords } from '../../extension/ui/trib-words.ts';

const root = path.resolve(import.meta.dirname, '../..');
const bundle: Record<string, string> = JSON.parse(
  readFileSync(path.join(root, 'extension/l10n/bundle.l10n.zh-cn.json'), 'utf8'),
);
const fill = (text: string, parts: readonly (string | number)[]) =>
  text.replace(/\{(\d)\}/g, (_, at) => String(parts[Number(at)]));
const english: Translate = (text, ...parts) => fill(text, parts);
const chinese: Translate = (text, ...parts) => fill(bundle[text] ?? text, parts);

/** Options and files of a command line, which the palette writes itself. */
const OF_THE_COMMAND_LINE = /^(access|options|trib)\.ts$/;

/** What a server says to AUTH; and the beginning of a sentence that is known as a whole. */
const OF_ANOTHER_KIND = ['7: 7', 'Fixing slot 7: owned by 7, keys in 7'];

/** The lines with a mark that a file of redis-trib may say, with 7 for what is filled in. */
function linesOf(source: string): string[] {
  const begin = /(['"`])(?:\\n)?(?=(?:>>>|\*\*\*|\[OK\]|\[ERR\]|\[WARNING\]) )/g;
  return [...source.matchAll(begin)].map(({ 0: opened, 1: quote = '', index }) => {
    let line = '';
    for (let at = index + opened.length, depth = 0; at < source.length; at++) {
      if (depth === 0 && source[at] === quote) break;
      if (depth === 0 && source.startsWith('${', at)) line += '7';
      if (source[at] === '{' && (depth > 0 || source[at - 1] === '$')) depth++;
      else if (source[at] === '}' && depth > 0) depth--;
      else if (depth === 0 && !source.startsWith('${', at)) line += source[at];
    }
    return line.split('\\n')[0] ?? '';
  });
}

describe('redis-trib in the user’s language', () => {
  it('says the same in English', () => {
    for (const words of [
      'All 16384 slots covered.',
      'Node h:1 replied to DBSIZE: NOPERM no',
      'whatever else',
    ])
      assert.equal(tribWords(words, english), words);
  });

  it('tells what a node said in its words, and ours around them', () => {
    assert.equal(
      tribWords('Node h:1 replied to DBSIZE: NOPERM no', chinese),
      '节点 h:1 对 DBSIZE 的应答：NOPERM no',
    );
    assert.equal(
      tribWords(
        "Sorry, can't connect to node h:1: it does not answer within 10 s: its process may be stopped",
        chinese,
      ),
      '无法连接节点 h:1：10 秒内没有应答：它的进程可能被暂停',
    );
    assert.equal(tribWords('h:1: abc has no address', chinese), 'h:1: abc 没有地址');
    assert.equal(
      bareWords('*** Cancelled: 2 of 3 slots moved, none is left open.'),
      '2 of 3 slots moved, none is left open.',
    );
  });

  it('knows every line with a mark', () => {
    const files = globSync('extension/trib/*.ts', { cwd: root });
    const lines = files
      .filter((file) => !OF_THE_COMMAND_LINE.test(path.basename(file)))
      .flatMap((file) => linesOf(readFileSync(path.join(root, file), 'utf8')));
    assert.ok(lines.length > 60, `${lines.length} lines`);
    const unknown = lines.map(bareWords).filter((words) => tribWords(words, chinese) === words);
    assert.deepEqual(unknown, OF_ANOTHER_KIND);
    const whole = 'Fixing slot 5: owned by a, keys in b, c; migrating in a, importing in no node; a gets it';
    assert.notEqual(tribWords(whole, chinese), whole);
  });
});
