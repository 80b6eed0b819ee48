/** Names of directives, and the words their values are made of. */

import type { CompletionItem, TextEdit } from 'vscode-languageserver';
import { CATEGORIES } from '../../extension/redis/config/acl-selector.ts';
import { commandNames } from '../../extension/redis/config/command-names.ts';
import { type Facts, isAtLeast } from '../../extension/redis/config/directive.ts';
import { directives, factsFor, findDirective } from '../../extension/redis/config/directives.ts';
import { BUS_PORT_OFFSET, MAX_PORT_WITH_BUS } from '../../extension/redis/config/ports.ts';
import { splitWords, type Word } from '../../extension/redis/config/split-args.ts';
import { busPort } from '../../extension/redis/config/startup.ts';
import { TITLE_FIELDS } from '../../extension/redis/config/title-template.ts';
import type { Language } from '../localize.ts';
import type { ConfDocument } from '../parser.ts';
import { freePort } from '../port-edits.ts';
import { typeSummary } from '../value-text.ts';

/** The numbers of the protocol. */
const KIND_PROPERTY = 10;
const KIND_VALUE = 12;
const DEPRECATED = 1;

interface Place {
  readonly line: number;
  readonly character: number;
}

/** What may stand at a place of a line, `before` being the text up to it; `others` are the files of the other nodes. */
export function completeConf(
  before: string,
  place: Place,
  document: ConfDocument,
  others: readonly ConfDocument[],
  language: Language,
): CompletionItem[] {
  if (/^\s*#/.test(before)) return [];
  const split = splitWords(before);
  if (!split.ok) return [];
  const open = /\S$/.test(before);
  const words = open ? split.words.slice(0, -1) : split.words;
  const start = open ? (split.words.at(-1)?.start ?? place.character) : place.character;
  const replace = (newText: string): TextEdit => ({
    range: { start: { line: place.line, character: start }, end: place },
    newText,
  });
  const [name, ...args] = words;
  if (name === undefined) return names(document, language, replace);
  const directive = findDirective(name.text);
  const facts = directive && factsFor(directive, document.target);
  if (directive === undefined || facts === undefined) return [];
  const partial = open ? (split.words.at(-1)?.raw ?? '') : '';
  const labels = new Set([
    ...values(facts, args, document),
    ...withUnits(facts, args, partial),
    ...nodeValues(directive.name, args, document, others),
  ]);
  return [...labels].map((label, at) => ({
    label,
    kind: KIND_VALUE,
    // In the order of the directive, not of the alphabet.
    sortText: String(at).padStart(4, '0'),
    textEdit: replace(label),
    ...(args.length === 0 &&
      label === facts.default && { detail: language.translate('default'), preselect: true }),
  }));
}

/** Behind digits, the units of a size. */
function withUnits(facts: Facts, given: readonly Word[], partial: string): string[] {
  if (given.length > 0 || !/^[0-9]{1,15}$/.test(partial)) return [];
  if (facts.type === 'memory') return ['kb', 'mb', 'gb'].map((unit) => partial + unit);
  return facts.type === 'memory-or-percent' ? [`${partial}%`, `${partial}mb`, `${partial}gb`] : [];
}

/** What other nodes of the set-up have, or leave free; and names after the node's own port. */
function nodeValues(
  name: string,
  given: readonly Word[],
  { settings }: ConfDocument,
  others: readonly ConfDocument[],
): string[] {
  const port = settings.number('port');
  const ports = others.map((other) => other.settings.number('port')).filter((number) => number > 0);
  if (name === 'replicaof')
    return given.length === 1 ? ports.map(String) : given.length === 0 ? ['127.0.0.1'] : [];
  if (given.length > 0) return [];
  switch (name) {
    case 'port':
      return ports.length > 0 ? nextFree(ports, others) : [];
    case 'cluster-announce-port':
      return [String(port)];
    case 'cluster-port':
    case 'cluster-announce-bus-port':
      return port <= MAX_PORT_WITH_BUS ? [String(port + BUS_PORT_OFFSET)] : [];
    case 'cluster-config-file':
      return [`nodes-${port}.conf`];
    case 'pidfile':
      return [`redis_${port}.pid`];
    case 'logfile':
      return [`redis-${port}.log`];
    case 'dbfilename':
      return [`dump-${port}.rdb`];
    case 'masterauth':
      return (
        settings
          .entry('requirepass')
          ?.words.slice(1)
          .map(({ raw }) => raw) ?? []
      );
    default:
      return [];
  }
}

function nextFree(ports: readonly number[], others: readonly ConfDocument[]): string[] {
  const buses = others.map(({ settings }) => busPort(settings));
  const free = freePort(Math.min(...ports), new Set([...ports, ...buses]));
  return free === undefined ? [] : [String(free)];
}

type Replace = (newText: string) => TextEdit;

function names(document: ConfDocument, language: Language, replace: Replace): CompletionItem[] {
  const items: CompletionItem[] = [];
  for (const directive of directives) {
    const facts = factsFor(directive, document.target);
    if (facts === undefined || facts.build === 'log-req-res') continue;
    for (const [index, label] of facts.names.entries()) {
      const old = index > 0 || facts.ignored === true;
      items.push({
        label,
        kind: KIND_PROPERTY,
        detail: typeSummary(facts, language.translate),
        documentation: { kind: 'markdown', value: language.meaningOf(directive.name) ?? '' },
        // Behind the names of today.
        sortText: `${old ? '~' : ''}${label}`,
        textEdit: replace(`${label} `),
        ...(old && { tags: [DEPRECATED] }),
      });
    }
  }
  return items;
}

function values(facts: Facts, before: readonly Word[], document: ConfDocument): string[] {
  const given = before.map(({ text }) => text.toLowerCase());
  if (facts.type === 'bool') return given.length === 0 ? ['yes', 'no'] : [];
  if (facts.type === 'enum') return given.length === 0 ? [...(facts.values ?? [])] : [];
  if (facts.type === 'flags') return (facts.values ?? []).filter((value) => !given.includes(value));
  return specialValues(facts, given, document);
}

function specialValues(facts: Facts, given: readonly string[], document: ConfDocument): string[] {
  switch (facts.names[0]) {
    case 'client-output-buffer-limit':
      return given.length % 4 === 0 ? ['normal', 'replica', 'pubsub'] : [];
    case 'replicaof':
    case 'slaveof':
      return given.length === 0 ? ['no'] : given[0] === 'no' ? ['one'] : [];
    case 'bind':
      return ['127.0.0.1', '-::1', '*', '-::*'].filter((address) => !given.includes(address));
    case 'tls-protocols':
      return given.length === 0 ? ['"TLSv1.2 TLSv1.3"', '"TLSv1.3"'] : [];
    case 'proc-title-template':
      return given.length === 0
        ? [
            `"${TITLE_FIELDS.slice(0, 3)
              .map((field) => `{${field}}`)
              .join(' ')}"`,
          ]
        : [];
    case 'rename-command':
      return given.length === 0 ? topCommands(document) : [];
    case 'user':
      return given.length === 0 ? ['default'] : aclRules(document);
    default:
      return facts.default !== undefined && facts.default !== '' && given.length === 0 ? [facts.default] : [];
  }
}

/** Flags, patterns, categories and commands; the editor narrows them down by the sign that was typed. */
function aclRules({ target }: ConfDocument): string[] {
  const patterns = isAtLeast(target, '6.2') ? ['~*', '&*', 'allchannels', 'resetchannels'] : ['~*'];
  const categories = CATEGORIES.flatMap((name) => [`+@${name}`, `-@${name}`]);
  const commands = [...commandNames(target)].flatMap((name) => [`+${name}`, `-${name}`]);
  return [
    'on',
    'off',
    'nopass',
    'resetpass',
    'allkeys',
    'resetkeys',
    ...patterns,
    ...categories,
    ...commands,
  ];
}

function topCommands({ target }: ConfDocument): string[] {
  return [...commandNames(target)].filter((name) => !name.includes('|')).map((name) => name.toUpperCase());
}
