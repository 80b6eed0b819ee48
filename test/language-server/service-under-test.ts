/** A service as the tests use it: one file, no machine around it. */

import { TextDocument } from 'vscode-languageserver-textdocument';
import { LanguageService, type ServiceOptions } from '../../language-server/service.ts';

/** Commands the tests speak of. */
const KEYS: ReadonlyMap<string, (argv: readonly string[]) => number[]> = new Map([
  ['get', () => [1]],
  ['set', () => [1]],
  ['hgetall', () => [1]],
  ['del', (argv: readonly string[]) => argv.slice(1).map((_, index) => index + 1)],
  ['mset', (argv: readonly string[]) => argv.flatMap((_, index) => (index % 2 === 1 ? [index] : []))],
]);

export function findKeys(argv: readonly string[]): number[] {
  return (KEYS.get((argv[0] ?? '').toLowerCase())?.(argv) ?? []).filter((index) => index < argv.length);
}

export function service(options: Partial<ServiceOptions> = {}): LanguageService {
  return new LanguageService({ findKeys, ...options });
}

export function conf(text: string, uri = 'file:///lab/redis-7000.conf'): TextDocument {
  return TextDocument.create(uri, 'redis-conf', 1, text);
}

export function document(languageId: string, text: string): TextDocument {
  return TextDocument.create(`file:///lab/x.${languageId}`, languageId, 1, text);
}

/** A text with `|` at the place of interest, as document and position. */
export function marked(
  languageId: string,
  text: string,
): { document: TextDocument; position: { line: number; character: number } } {
  const at = text.indexOf('|');
  const plain = TextDocument.create(`file:///lab/redis.${languageId}`, languageId, 1, text.replace('|', ''));
  return { document: plain, position: plain.positionAt(at) };
}
