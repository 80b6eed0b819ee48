/** All findings of a conf file, and what the protocol makes of them. */

import type { Diagnostic, DiagnosticRelatedInformation } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ConfLine } from '../../extension/redis/config/conf-lines.ts';
import type { ConfEntry } from '../../extension/redis/config/parse-conf.ts';
import type { Finding, Fix, Rule, Severity } from '../finding.ts';
import type { Translate } from '../localize.ts';
import type { ConfDocument, Span } from '../parser.ts';
import { checkCluster } from '../rules/cluster.ts';
import { checkDuplicates, checkOldNames } from '../rules/repetition.ts';
import { checkServer } from '../rules/server.ts';
import { checkStartup } from '../rules/startup.ts';
import { checkText } from '../rules/text.ts';
import { checkValues } from '../rules/values.ts';
import { RefusalTexts } from './refusals.ts';

const RULES: readonly Rule[] = [
  checkText,
  checkStartup,
  checkCluster,
  checkServer,
  checkValues,
  checkDuplicates,
  checkOldNames,
];

/** Of one rule in one file: editors show no more. */
const MOST = 1000;

/** What there is to say about one file, in the order of its lines. */
export function findAll(document: ConfDocument, translate: Translate): Finding[] {
  const sources = [refusals, ...RULES].map((rule) => take(rule(document, translate), MOST + 1));
  const found = sources.flatMap((findings) => findings.slice(0, MOST)).sort(inOrder);
  const last = sources.some((findings) => findings.length > MOST) ? found.at(-1) : undefined;
  if (last === undefined) return found;
  const message = translate(
    'There is more to say: only the first {0} findings of each kind are shown.',
    MOST,
  );
  return [...found, { code: 'too-many-findings', severity: 'information', at: last.at, message }];
}

function take(findings: Iterable<Finding>, most: number): Finding[] {
  const taken: Finding[] = [];
  for (const finding of findings) {
    if (taken.push(finding) === most) break;
  }
  return taken;
}

function* refusals(document: ConfDocument, translate: Translate): Iterable<Finding> {
  const entries = new Map<ConfLine, ConfEntry>();
  for (const entry of document.conf.entries) {
    if (entry.source === undefined) entries.set(entry.line, entry);
  }
  const texts = new RefusalTexts(document, translate);
  const { problems } = document.conf;
  for (const problem of problems) {
    // Checks of the file as a whole come after its last line: a server that refused a line before never gets there.
    const whole = problem.line === undefined && problem.source === undefined;
    if (whole && problem !== problems[0]) continue;
    yield texts.describe(problem, problem.line && !problem.source ? entries.get(problem.line) : undefined);
  }
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
export function toDiagnostic(
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
  const offset = document.offsetOf(at.line);
  return { start: text.positionAt(offset + at.start), end: text.positionAt(offset + at.end) };
}

/** Good enough for a pointer into a file without bare CRs. */
function plainRange({ line, start, end }: Span): Diagnostic['range'] {
  return {
    start: { line: line.number - 1, character: start },
    end: { line: line.number - 1, character: end },
  };
}
