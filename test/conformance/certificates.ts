/** A certificate authority of a test's own, made by openssl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const present = spawnSync('openssl', ['version']).status === 0;

/** Options for tests that need certificates: where CI is set they run, and fail. */
export const needsOpenssl = present || process.env['CI'] ? {} : { skip: 'openssl is not installed' };

export class Authority {
  readonly certificate: string;
  readonly #folder: string;
  readonly #key: string;

  constructor(folder: string) {
    this.#folder = folder;
    [this.certificate, this.#key] = [path.join(folder, 'ca.crt'), path.join(folder, 'ca.key')];
    const subject = ['-subj', '/CN=an authority of this test'];
    openssl('req', '-x509', ...NEW_KEY, ...subject, '-keyout', this.#key, '-out', this.certificate);
  }

  /** PEM files. `names` as openssl writes them: `DNS:localhost,IP:127.0.0.1`. */
  issue(owner: string, names: string): { readonly certificate: string; readonly key: string } {
    const file = (ending: string) => path.join(this.#folder, `${owner}.${ending}`);
    openssl('req', ...NEW_KEY, '-subj', `/CN=${owner}`, '-keyout', file('key'), '-out', file('csr'));
    writeFileSync(file('ext'), `subjectAltName=${names}\n`);
    const signer = ['-CA', this.certificate, '-CAkey', this.#key, '-CAcreateserial'];
    const request = ['-req', '-days', '2', '-in', file('csr'), '-extfile', file('ext')];
    openssl('x509', ...request, ...signer, '-out', file('crt'));
    return { certificate: file('crt'), key: file('key') };
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
