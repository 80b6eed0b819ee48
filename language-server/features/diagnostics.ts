/** All findings of a conf file, and what the protocol makes of them. */

import type { Diagnostic, DiagnosticRelatedInformation } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfLine } from '../../extension/redis/config/conf-lines.ts';
import type { Target } from '../../extension/redis/config/directive.ts';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Statement } from '../../extension/redis/config/statement.ts';
import type { Code, Finding, Fix, LineRule, Rule, Severity } from '../finding.ts';
import { LineMemory } from '../line-memory.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, NO_LINE, type Span, spanOfText } from '../parser.ts';
import { checkCluster, checkWithoutCluster } from '../rules/cluster.ts';
import { checkDuplicates, checkOldName } from '../rules/repetition.ts';
import { checkServer } from '../rules/server.ts';
import { checkStartup } from '../rules/startup.ts';
import { checkTargetLine } from '../rules/target-line.ts';
import { checkText } from '../rules/text.ts';
import { checkValue } from '../rules/values.ts';
import { RefusalTexts } from './refusals.ts';

const RULES: readonly Rule[] = [refusals, checkTargetLine, checkStartup, checkCluster, checkServer];
const LINE_RULES: readonly LineRule[] = [checkValue, checkOldName];

/** Of one rule in one file: editors show no more. */
const MOST = 1000;

/** What there is to say about one file, in the order of its lines. `memory` is of the same file before an edit. */
export function findAll(
  document: ConfDocument,
  translate: Translate,
  memory: LineMemory = new LineMemory(),
): Finding[] {
  const sources = [
    ...RULES.map((rule) => rule(document, translate)),
    checkWithoutCluster(document, memory, translate),
    eachLine(document, memory, translate),
    checkDuplicates(document, memory, translate),
  ].map((findings) => take(findings, MOST + 1));
  const found = sources.flatMap((findings) => findings.slice(0, MOST)).sort(inOrder);
  if (document.isCut) found.push(cutOff(document, translate));
  const last = sources.some((findings) => findings.length > MOST) ? found.at(-1) : undefined;
  if (last === undefined) return found;
  const message = translate(
    'There is more to say: only the first {0} findings of each kind are shown.',
    MOST,
  );
  return [...found, { code: 'too-many-findings', severity: 'information', at: last.at, message }];
}

function cutOff({ conf }: ConfDocument, translate: Translate): Finding {
  const line = conf.lines.at(-1) ?? NO_LINE;
  const message = translate('The file is so long that only its first {0} lines are looked at.', line.number);
  return { code: 'lines-not-checked', severity: 'information', at: spanOfText(line), message };
}

function take(findings: Iterable<Finding>, most: number): Finding[] {
  const taken: Finding[] = [];
  for (const finding of findings) {
    if (taken.push(finding) === most) break;
  }
  return taken;
}

function* refusals(document: ConfDocument, translate: Translate): Iterable<Finding> {
  const texts = new RefusalTexts(document, translate);
  const { problems } = document.conf;
  for (const problem of problems) {
    // Checks of the file as a whole come after its last line: a server that refused a line before never gets there.
    const whole = problem.line === undefined && problem.source === undefined;
    if (whole && (problem !== problems[0] || document.isCut)) continue;
    yield texts.describe(problem, problem.source ? undefined : problem.entry);
  }
}

/** What a line gives rise to by itself. The same line, wherever it stands, gives rise to the same. */
const remembered = new WeakMap<Translate, WeakMap<Statement, readonly Finding[]>>();

function eachLine({ conf, target }: ConfDocument, memory: LineMemory, translate: Translate): Finding[] {
  const alike = remembered.get(translate) ?? new WeakMap<Statement, readonly Finding[]>();
  remembered.set(translate, alike);
  const { entries } = conf;
  const found: Finding[] = [];
  let next = 0;
  for (const line of conf.lines) {
    while (entries[next]?.source) next++;
    const entry = entries[next]?.line === line ? entries[next++] : undefined;
    let own = memory.own.get(line);
    if (own === undefined) {
      own = findOnLine(line, entry, target, translate, alike);
      memory.own.set(line, own);
    }
    for (const finding of own) found.push(finding);
    if (found.length > MOST) break;
  }
  return found;
}

const NOTHING: readonly Finding[] = [];

function findOnLine(
  line: ConfLine,
  entry: ConfEntry | undefined,
  target: Target,
  translate: Translate,
  alike: WeakMap<Statement, readonly Finding[]>,
): readonly Finding[] {
  const { statement, text } = line;
  if (statement === undefined && !text.includes('\0')) return NOTHING;
  // A line that a NUL byte was cut from is not what it says.
  const isPlain = statement !== undefined && line.seen === undefined;
  const known = isPlain ? alike.get(statement) : undefined;
  if (known !== undefined)
    return known.length === 0 ? NOTHING : known.map((finding) => onLine(finding, line));
  const found = [...checkText(line, translate)];
  for (const rule of LINE_RULES) {
    const finding = entry && rule(entry, target, translate);
    if (finding) found.push(finding);
  }
  const own = found.length === 0 ? NOTHING : found;
  // The first line may begin with a mark that elsewhere is a character like any other.
  if (isPlain && !text.startsWith('\ufeff')) alike.set(statement, own);
  return own;
}

function onLine(finding: Finding, line: ConfLine): Finding {
  const on = ({ start, end }: Span): Span => ({ line, start, end });
  const at = on(finding.at);
  if (finding.fixes === undefined) return { ...finding, at };
  const fixes = finding.fixes.map((fix) => ({
    ...fix,
    edits: fix.edits.map((edit) => ({ at: on(edit.at), text: edit.text })),
  }));
  return { ...finding, at, fixes };
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

export function inOrder(a: Finding, b: Finding): number {
  return (
    a.at.line.number - b.at.line.number ||
    a.at.start - b.at.start ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  );
}

/** Travels with a diagnostic to the client and back, for code actions. */
export interface DiagnosticData {
  readonly fixes: readonly LocatedFix[];
}

export interface LocatedFix {
  readonly title: string;
  readonly preferred: boolean;
  readonly command?: string;
  readonly edits: readonly { readonly range: Diagnostic['range']; readonly newText: string }[];
}

/** `text` is the same file as `document`: positions come from it, because editors also end lines at a bare CR. */
export function toDiagnostics(
  found: readonly Finding[],
  document: ConfDocument,
  text: TextDocument,
  docsUri: string | undefined,
  memory: LineMemory,
): Diagnostic[] {
  const make = (finding: Finding): Diagnostic => toDiagnostic(finding, document, text, docsUri);
  // With bare CRs, places depend on all that stands before.
  if (!hasSameLines(document, text)) return found.map(make);
  return memory.diagnosticsOf(found, make);
}

function toDiagnostic(
  finding: Finding,
  document: ConfDocument,
  text: TextDocument,
  docsUri: string | undefined,
): Diagnostic {
  const range = (at: Span): Diagnostic['range'] => rangeOf(at, document, text);
  const { code, message, tag, related, fixes } = finding;
  const diagnostic: Diagnostic = {
    range: range(finding.at),
    severity: SEVERITY_NUMBERS[finding.severity],
    code,
    source: 'redis-conf',
    message,
  };
  if (docsUri !== undefined) diagnostic.codeDescription = { href: `${docsUri}${code}.md` };
  if (tag) diagnostic.tags = [TAG_NUMBERS[tag]];
  if (related) {
    diagnostic.relatedInformation = related.map((other): DiagnosticRelatedInformation => {
      const elsewhere = other.document !== undefined && other.document !== document;
      const place = elsewhere ? plainRange(other.at) : range(other.at);
      return { location: { uri: other.document?.uri ?? document.uri, range: place }, message: other.message };
    });
  }
  if (fixes && fixes.length > 0 && isMendable(finding)) {
    const data: DiagnosticData = { fixes: fixes.map((fix) => locate(fix, range)) };
    diagnostic.data = data;
  }
  return diagnostic;
}

const OF_CHARACTERS: ReadonlySet<Code> = new Set([
  'nul-character',
  'typographic-quotes',
  'invisible-character',
]);

/** Words of what a NUL byte glued together stand nowhere in the file. */
function isMendable({ at, code }: Finding): boolean {
  return at.line.seen === undefined || OF_CHARACTERS.has(code);
}

/** The numbers of the protocol. */
const SEVERITY_NUMBERS = { error: 1, warning: 2, information: 3, hint: 4 } as const;
const TAG_NUMBERS = { unnecessary: 1, deprecated: 2 } as const;

function locate(fix: Fix, range: (at: Span) => Diagnostic['range']): LocatedFix {
  return {
    title: fix.title,
    preferred: fix.preferred ?? false,
    ...(fix.command !== undefined && { command: fix.command }),
    edits: fix.edits.map(({ at, text }) => ({ range: range(at), newText: text })),
  };
}

export function rangeOf(at: Span, document: ConfDocument, text: TextDocument): Diagnostic['range'] {
  const { line, start, end } = at;
  const { length } = line.text;
  if (hasSameLines(document, text)) {
    if (end < length || (end === length && !line.text.endsWith('\r'))) return plainRange(at);
    const isLast = line.number === document.conf.lines.length;
    // A whole line, with its end.
    if (start === 0 && end > length && !isLast)
      return { start: { line: line.number - 1, character: 0 }, end: { line: line.number, character: 0 } };
  }
  const offset = document.offsetOf(line);
  return { start: text.positionAt(offset + start), end: text.positionAt(offset + end) };
}

/** For editors a bare CR ends a line as well: only then there are more lines. */
function hasSameLines({ conf }: ConfDocument, text: TextDocument): boolean {
  return text.lineCount === conf.lines.length;
}

/** Good enough for a pointer into a file without bare CRs. */
function plainRange({ line, start, end }: Span): Diagnostic['range'] {
  return {
    start: { line: line.number - 1, character: start },
    end: { line: line.number - 1, character: end },
  };
}
