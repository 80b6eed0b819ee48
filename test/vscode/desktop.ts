/** VS Code desktop, where it can be downloaded. */
import { downloadAndUnzipVSCode } from '@vscode/test-electron';

const OFFLINE =
  /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|CERT|timed? ?out|fetch failed|socket/i;
/** For the small file that tells which version is newest; the download itself takes what it takes. */
const TIMEOUT_MS = 15_000;

/**
 * The program file of VS Code desktop, downloaded if need be; undefined where the download place can't be reached.
 * `VSCODE_TEST_HOST=server` never tries, `VSCODE_TEST_HOST=desktop` fails instead.
 */
export async function desktopExecutable(): Promise<string | undefined> {
  const given = process.env['VSCODE_EXECUTABLE_PATH'];
  const host = process.env['VSCODE_TEST_HOST'] ?? 'auto';
  if (given !== undefined) return given;
  if (host === 'server') return undefined;
  try {
    return await downloadAndUnzipVSCode({
      version: process.env['VSCODE_VERSION'] ?? 'stable',
      timeout: TIMEOUT_MS,
    });
  } catch (error) {
    const text =
      error instanceof Error ? `${error.name} ${error.message} ${String(error.cause ?? '')}` : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (host === 'desktop' || !OFFLINE.test(`${text} ${code}`)) throw error;
    return undefined;
  }
}
