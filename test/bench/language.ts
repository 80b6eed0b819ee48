/**
 * The configuration language server, without an editor around it: a file of 3,000 lines looked at whole and after an edit of
 * one line, questions about it, a workspace of 1,000 files from the disk, a file of 10 MB. Milliseconds: median and the
 * twentieth that took longest, after a warm-up.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { directives, factsFor } from '../../extension/redis/config/directives.ts';
import { meanings } from '../../extension/redis/config/meanings.ts';
import { ConfIndex } from '../../language-server/conf-index.ts';
import { findConfFiles, readText } from '../../language-server/conf-search.ts';
import { LanguageService } from '../../language-server/service.ts';

const LINES = 3000;
const FILES = 1000;
const ROUNDS = 200;
const TARGET = 'redis-7.2';

/** Every directive with its default and what it is for, and then all of it commented out: what a redis.conf looks like. */
function commentedConf(): string {
  const explained = Object.entries(meanings);
  const lines: string[] = [];
  for (const directive of directives) {
    const facts = factsFor(directive, TARGET);
    if (facts === undefined || facts.ignored || facts.build === 'log-req-res') continue;
    const meaning = explained.find(([name]) => name === directive.name)?.[1] ?? '';
    const comment = meaning.match(/.{1,76}(?: |$)/g) ?? [];
    lines.push('', ...comment.map((part) => `# ${part.trim()}`));
    const shown = facts.default === undefined || facts.type === 'special' ? `# ${directive.name}` : undefined;
    lines.push(shown ?? `${directive.name} ${facts.default === '' ? '""' : facts.default}`);
  }
  while (lines.length < LINES) lines.push(...lines.slice(0, LINES - lines.length).map((line) => `# ${line}`));
  return `${lines.slice(0, LINES).join('\n')}\n`;
}

/** Nothing but directives, each many times: a thousand findings. */
function denseConf(): string {
  const lines = commentedConf()
    .split('\n')
    .filter((line) => /^[a-z]/.test(line));
  return `${Array.from({ length: LINES }, (_, at) => lines[at % lines.length]).join('\n')}\n`;
}

function spread(run: (round: number) => void): string {
  const times: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const startedAt = performance.now();
    run(round);
    if (round >= ROUNDS) times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(share * times.length)] ?? 0).toFixed(2).padStart(6);
  return `${at(0.5)} ms, ${at(0.95)} ms`;
}

export async function language(): Promise<void> {
  const service = new LanguageService({ findKeys: () => [], settings: { target: TARGET } });
  console.log(`\nconfiguration language server: median, 95th percentile of ${ROUNDS}`);
  for (const [kind, content] of [
    ['commented', commentedConf()],
    ['dense', denseConf()],
  ] as const) {
    measureFile(service, kind, content);
  }
  await measureWorkspace();
  measureLargeFile();
}

function measureFile(service: LanguageService, kind: string, content: string): void {
  const create = (text: string): TextDocument =>
    TextDocument.create('file:///bench/redis.conf', 'redis-conf', 1, text);
  const document = create(content);
  const findings = service.diagnose(document).length;
  console.log(`${kind} file, ${LINES} lines, ${findings} findings`);
  const show = (what: string, run: (round: number) => void): void =>
    console.log(`  ${what.padEnd(34)} ${spread(run)}`);
  // Never the same text twice: the engine remembers how it cut a string.
  show('all diagnostics', (round) => service.diagnose(create(`${content}# ${round}\n`)));
  const edit = (round: number): void => {
    // A letter is typed, and taken back in the next round.
    const line = ((round >> 1) * 37) % (LINES - 100);
    const typed = round % 2 === 0;
    const range = { start: { line, character: 0 }, end: { line, character: typed ? 0 : 1 } };
    TextDocument.update(document, [{ range, text: typed ? 'a' : '' }], document.version + 1);
    service.diagnose(document);
  };
  show('diagnostics after an edit', edit);
  const positions = Array.from({ length: 50 }, (_, at) => ({ line: at * 59, character: 3 }));
  const position = (round: number): { line: number; character: number } =>
    positions[round % positions.length] ?? { line: 0, character: 0 };
  show('hover', (round) => service.hover(document, position(round)));
  show('completion', (round) => service.complete(document, { line: position(round).line, character: 0 }));
  show('semantic tokens', () => service.semanticTokens(document));
}

/** As at the start of the server: found, read, and held against those of the same set-up, with pauses for questions. */
async function measureWorkspace(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-conf-'));
  for (let file = 0; file < FILES; file++) {
    const port = 7000 + (file % 6);
    const place = path.join(folder, `cluster-${Math.floor(file / 6)}`, String(port));
    mkdirSync(place, { recursive: true });
    writeFileSync(
      path.join(place, `redis-${port}.conf`),
      `port ${port}\ncluster-enabled yes\ncluster-config-file nodes-${port}.conf\ndir ./${port}\n${'# a comment\nappendonly yes\nmaxmemory 100mb\n'.repeat(20)}`,
    );
  }
  const service = new LanguageService({ findKeys: () => [], settings: { target: 'auto' } });
  const index = new ConfIndex();
  const startedAt = performance.now();
  let longest = 0;
  let lastAt = startedAt;
  const pause = (): void => {
    longest = Math.max(longest, performance.now() - lastAt);
    lastAt = performance.now();
  };
  await findConfFiles([pathToFileURL(folder).href], (uris) => {
    for (const uri of uris) index.set(uri, readText(fileURLToPath(uri)) ?? '');
    pause();
  });
  for (const name of index.names()) {
    service.compare(index.members(name).flatMap((uri) => index.get(uri) ?? []));
    pause();
  }
  const whole = performance.now() - startedAt;
  console.log(
    `workspace of ${FILES} files: ${whole.toFixed(0)} ms until all are compared, no pause longer than ${longest.toFixed(0)} ms`,
  );
  rmSync(folder, { recursive: true, force: true });
}

function measureLargeFile(): void {
  const line = 'cluster-enbled yes\n';
  const content = line.repeat(Math.ceil(10e6 / line.length));
  const service = new LanguageService({ findKeys: () => [] });
  const document = TextDocument.create('file:///bench/large.conf', 'redis-conf', 1, content);
  const startedAt = performance.now();
  const findings = service.diagnose(document).length;
  const first = performance.now() - startedAt;
  const start = { line: 0, character: 0 };
  TextDocument.update(document, [{ range: { start, end: start }, text: 'a' }], 2);
  const editedAt = performance.now();
  service.diagnose(document);
  console.log(
    `file of 10 MB: ${first.toFixed(0)} ms, ${(performance.now() - editedAt).toFixed(0)} ms after an edit (${findings} findings)`,
  );
}
