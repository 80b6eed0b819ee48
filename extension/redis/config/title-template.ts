/** proc-title-template: text with fields in braces, expanded into the title of the process. */

/** The fields a template may name. */
export const TITLE_FIELDS = [
  'title',
  'listen-addr',
  'server-mode',
  'port',
  'tls-port',
  'config-file',
  'unixsocket',
] as const;
export type TitleField = (typeof TITLE_FIELDS)[number];

/** A literal text, or the name of a field. */
export type TitlePart = { readonly text: string } | { readonly field: TitleField };

/** The parts of a template; undefined when a brace does not close or a field is unknown. `{{` is a `{`. */
export function readTitleTemplate(template: string): TitlePart[] | undefined {
  const parts: TitlePart[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open < 0) {
      parts.push({ text: template.slice(at) });
      break;
    }
    if (open > at) parts.push({ text: template.slice(at, open) });
    if (template.charAt(open + 1) === '{') {
      parts.push({ text: '{' });
      at = open + 2;
      continue;
    }
    const close = template.indexOf('}', open + 1);
    const field = TITLE_FIELDS.find((name) => name === template.slice(open + 1, close));
    if (close < 0 || field === undefined) return undefined;
    parts.push({ field });
    at = close + 1;
  }
  return parts;
}

/** The title with its fields filled in, without blanks at both ends. */
export function expandTitle(
  parts: readonly TitlePart[],
  fields: Readonly<Record<TitleField, string>>,
): string {
  const title = parts.map((part) => ('text' in part ? part.text : fields[part.field])).join('');
  return title.replace(/^ +| +$/g, '');
}
