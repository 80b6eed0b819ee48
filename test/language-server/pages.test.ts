/** What the pages of the diagnostics show is what the editor says: whoever copies an example sees it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { findKeys } from '../../language-server/key-finder.ts';
import { service } from './service-under-test.ts';

const folder = new URL('../../language-server/docs/', import.meta.url);
const SEVERITIES = ['', 'Error', 'Warning', 'Information', 'Hint'];

/** One file of a set-up shows nothing, nor does one on a machine without the modules that it names. */
const NOT_BY_ITSELF = new Set([
  ...['announced-ip-on-some-nodes', 'cluster-not-enabled', 'loopback-with-remote-peers', 'module-not-found'],
  ...['number-of-another-node', 'passwords-differ', 'same-logfile', 'same-nodes-file', 'same-pidfile'],
  ...['same-port', 'same-unixsocket'],
]);

interface Page {
  readonly code: string;
  /** As the page has it: "Warning". */
  readonly severity: string;
  readonly wrong: readonly TextDocument[];
  readonly better: readonly TextDocument[];
}

function read(name: string): Page {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const [before = '', after = ''] = text.split('\nBetter:\n');
  const examples = (part: string) =>
    [...part.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm)].map(([, languageId = '', body = '']) =>
      TextDocument.create('file:///lab/redis.conf', languageId, 1, body),
    );
  return {
    code: name.slice(0, -'.md'.length),
    severity: /^\*\*(\w+)\*\*/m.exec(text)?.[1] ?? '',
    wrong: examples(before),
    better: examples(after),
  };
}

const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map(read);

function found(document: TextDocument): string[] {
  const findings = service({ findKeys }).diagnose(document);
  return findings.map(({ code, severity }) => `${SEVERITIES[severity ?? 0]}: ${code}`);
}

test('the example of a page leads to its finding, in its severity, and to nothing else', () => {
  let shown = 0;
  for (const { code, severity, wrong } of pages) {
    if (NOT_BY_ITSELF.has(code)) continue;
    for (const example of wrong) {
      const findings = new Set(found(example));
      // The second line of a line that was to go on is no directive.
      if (code === 'line-continuation') assert.ok(findings.delete('Error: unknown-directive'));
      assert.deepEqual([...findings], [`${severity}: ${code}`], code);
      shown++;
    }
  }
  assert.ok(shown > 80, `${shown} examples`);
});

test('about the better example there is nothing to say', () => {
  let shown = 0;
  for (const { code, better } of pages)
    for (const example of better) {
      assert.deepEqual(found(example), [], code);
      shown++;
    }
  assert.ok(shown > 80, `${shown} examples`);
});
