/** All findings of a conf file, and what the protocol makes of them. */

import type { Diagnostic, DiagnosticRelatedInformation } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfLine } from '../../extension/redis/config/conf-lines.ts';
import type { Target } from '../../extension/redis/config/directive.ts';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Statement } from '../../extension/redis/config/statement.ts';
import type { Finding, Fix, Rule, Severity } from '../finding.ts';
import { LineMemory } from '../line-memory.ts';
import type { Translate } from '../localize.ts';
import { type ConfDocument, NO_LINE, type Span, spanOfText } from '../parser.ts';
import { checkCluster } from '../rules/cluster.ts';
import { checkDuplicates, checkOldName } from '../rules/repetition.ts';
import { checkServer } from '../rules/server.ts';
import { checkStartup } from '../rules/startup.ts';
import { checkText } from '../rules/text.ts';
import { checkValue } from '../rules/values.ts';
import { RefusalTexts } from './refusals.ts';

const RULES: readonly Rule[] = [refusals, checkStartup, checkCluster, checkServer];

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

function* eachLine(
  { conf, target }: ConfDocument,
  memory: LineMemory,
  translate: Translate,
): Iterable<Finding> {
  const known = remembered.get(translate) ?? new WeakMap<Statement, readonly Finding[]>();
  remembered.set(translate, known);
  let next = 0;
  for (const line of conf.lines) {
    const { statement, text } = line;
    if (statement === undefined) {
      if (text.includes('\0')) yield* checkText(line, translate);
      continue;
    }
    while (conf.entries[next]?.source) next++;
    const entry = conf.entries[next]?.line === line ? conf.entries[next++] : undefined;
    const notes = memory.of(line);
    if (notes.own === undefined) {
      const like = line.seen === undefined ? known.get(statement) : undefined;
      notes.own = like?.map((finding) => onLine(finding, line)) ?? findOnLine(line, entry, target, translate);
      // The first line may begin with a mark that elsewhere is a character like any other.
      if (!like && line.seen === undefined && !text.startsWith('\ufeff')) known.set(statement, notes.own);
    }
    yield* notes.own;
  }
}

function findOnLine(
  line: ConfLine,
  entry: ConfEntry | undefined,
  target: Target,
  translate: Translate,
): readonly Finding[] {
  const found = [...checkText(line, translate)];
  for (const rule of [checkValue, checkOldName]) {
    const finding = entry && rule(entry, target, translate);
    if (finding) found.push(finding);
  }
  return found;
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
  return found.map((finding) => memory.diagnosticOf(finding, make));
}

function toDiagnostic(
  finding: Finding,
  document: ConfDocument,
  text: TextDocument,
  docsUri: string | undefined,
): Diagnostic {
  const range = (at: Span): Diagnostic['range'] => rangeOf(at, document, text);
  const related = finding.related?.map((other): DiagnosticRelatedInformation => {
    const elsewhere = other.document !== undefined && other.document !== document;
    const place = elsewhere ? plainRange(other.at) : range(other.at);
    return { location: { uri: other.document?.uri ?? document.uri, range: place }, message: other.message };
  });
  const data: DiagnosticData = { fixes: (finding.fixes ?? []).map((fix) => locate(fix, range)) };
  return {
    range: range(finding.at),
    severity: SEVERITY_NUMBERS[finding.severity],
    code: finding.code,
    source: 'redis-conf',
    message: finding.message,
    ...(docsUri !== undefined && { codeDescription: { href: `${docsUri}${finding.code}.md` } }),
    ...(finding.tag && { tags: [TAG_NUMBERS[finding.tag]] }),
    ...(related && { relatedInformation: related }),
    ...(data.fixes.length > 0 && { data }),
  };
}

/** The numbers of the protocol. */
const SEVERITY_NUMBERS = { error: 1, warning: 2, information: 3, hint: 4 } as const;
const TAG_NUMBERS = { unnecessary: 1, deprecated: 2 } as const;

function locate(fix: Fix, range: (at: Span) => Diagnostic['range']): LocatedFix {
  return {
    title: fix.title,
    preferred: fix.preferred ?? false,
    edits: fix.edits.map(({ at, text }) => ({ range: range(at), newText: text })),
  };
}

export function rangeOf(at: Span, document: ConfDocument, text: TextDocument): Diagnostic['range'] {
  const { length } = at.line.text;
  const inside = at.end < length || (at.end === length && !at.line.text.endsWith('\r'));
  if (inside && hasSameLines(document, text)) return plainRange(at);
  const offset = document.offsetOf(at.line);
  return { start: text.positionAt(offset + at.start), end: text.positionAt(offset + at.end) };
}

/** For editors a bare CR ends a line as well: only then there are more lines. */
export function hasSameLines({ conf }: ConfDocument, text: TextDocument): boolean {
  return text.lineCount === conf.lines.length;
}

/** Good enough for a pointer into a file without bare CRs. */
function plainRange({ line, start, end }: Span): Diagnostic['range'] {
  return {
    start: { line: line.number - 1, character: start },
    end: { line: line.number - 1, character: end },
  };
}
