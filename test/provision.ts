/**
 * Obtains what the tests need and a bare machine lacks: redis-server and Chromium through apt where we are root on
 * Debian, else Playwright's own browser. Elsewhere it says in one line what will be skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

function onPath(program: string): boolean {
  return (
    spawnSync(process.platform === 'win32' ? 'where' : 'which', [program], { stdio: 'ignore' }).status === 0
  );
}

/** Chromium as the workbench tests look for it; undefined when Playwright's own will be used. */
function systemBrowser(): string | undefined {
  const places = [
    process.env['CHROME_PATH'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find((file) => file !== undefined && existsSync(file));
}

/** Without one, pictures of the Chinese interface show boxes for letters; the tests read texts, and see no difference. */
function hasChineseFont(): boolean {
  return (spawnSync('fc-list', [':lang=zh-cn'], { encoding: 'utf8' }).stdout ?? '') !== '';
}

export function provision(): void {
  const packages = [
    ...(['redis-server', 'redis-cli', 'redis-benchmark'].every(onPath)
      ? []
      : ['redis-server', 'redis-tools']),
    ...(systemBrowser() ? [] : ['chromium']),
  ];
  const canInstall = process.getuid?.() === 0 && onPath('apt-get');
  if (packages.length > 0 && canInstall) installThroughApt(packages);
  if (canInstall && !hasChineseFont()) {
    try {
      installThroughApt(['fonts-wqy-microhei']);
    } catch {
      console.log(
        'no Chinese font can be had: pictures of the Chinese interface will show boxes for letters',
      );
    }
  }
  if (!systemBrowser() && !process.env['CI']) {
    const playwright = path.join(root, 'node_modules/playwright-core/cli.js');
    spawnSync(process.execPath, [playwright, 'install', 'chromium-headless-shell'], { stdio: 'inherit' });
  }
  if (!onPath('redis-server')) {
    console.log(
      'redis-server is not here: the tests that compare with it are skipped (they fail where CI is set)',
    );
  }
}

function installThroughApt(packages: readonly string[]): void {
  console.log(`apt-get install ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
  // policy-rc.d: Debian's package would start a server on 6379 that nobody asked for.
  const options = ['install', '-y', '-qq', '--no-install-recommends'];
  execFileSync('apt-get', [...options, ...packages], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, RUNLEVEL: '1' },
  });
}
