/** What an editor shows of the findings in one conf file: where, what is underlined, how, and what it points to. */
import type { ServerSettings } from '../../language-server/protocol.ts';
import type { ServiceOptions } from '../../language-server/service.ts';
import { conf, service } from './service-under-test.ts';

const SIGNS = ['', '!', '?', 'i', '.'];

/** `2? code “underlined” -> 1`: line, severity (error, warning, information, hint), code, text, lines pointed to. */
export function shown(
  text: string,
  target: ServerSettings['target'] = 'redis-7.2',
  options: Partial<ServiceOptions> = {},
): string[] {
  const document = conf(text);
  return service({ settings: { target }, ...options })
    .diagnose(document)
    .map(({ range, severity, code, relatedInformation = [] }) => {
      const lines = relatedInformation.map(({ location }) => location.range.start.line + 1);
      const points = lines.length > 0 ? ` -> ${lines.join(',')}` : '';
      return `${range.start.line + 1}${SIGNS[severity ?? 0]} ${code} “${document.getText(range)}”${points}`;
    });
}
