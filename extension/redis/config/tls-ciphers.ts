/** Which lists of ciphers OpenSSL takes: those that name at least one it has. */

/** An item begins with what is done to what it names; names that all must fit are joined by `+`. */
const ITEM = /([-+!@]?)([A-Za-z0-9.=-]*(?:\+[A-Za-z0-9.=-]*)*)/y;
/** What else there is up to here belongs to an item whose name is unknown. */
const SEPARATOR = /[:;, ]/;

/** Sets of ciphers: by key exchange, authentication, cipher, digest, protocol and strength. */
const SETS =
  /^(?:ALL|COMPLEMENTOF(?:ALL|DEFAULT)|[ak]?(?:RSA|PSK|SRP)|k(?:RSA|ECDHE|DHE)PSK|k?(?:EDH|EECDH)|k?(?:EC)?DHE|(?:EC)?DH|a?(?:DSS|ECDSA|NULL)|e?NULL|A(?:EC)?DH|AES(?:128|256|GCM|CCM8?)?|CAMELLIA(?:128|256)?|ARIA(?:128|256|GCM)?|CHACHA20|CBC|MD5|SHA(?:1|256|384)?|SSLv3|TLSv1(?:\.[02])?|HIGH|FIPS)$/;
/** Single ones up to TLS 1.2: key exchange and authentication, cipher, digest. */
const CIPHERS =
  /^(?!CHACHA20)(?:(?:A(?:EC)?DH|(?:EC)?DHE-(?:DSS|PSK|RSA|ECDSA)|ECDHE|(?:RSA-)?PSK|SRP(?:-DSS|-RSA)?)-)?(?:AES-?(?:128|256)|CAMELLIA(?:128|256)|ARIA(?:128|256)|CHACHA20|NULL)(?:-CBC)?-(?:GCM-SHA(?:256|384)|CCM8?|SHA(?:256|384)?|POLY1305|MD5)$/;
/** What may stand at the beginning only; Red Hat's build knows profiles. */
const PRESET = /^(?:DEFAULT|SUITEB(?:128|192)|PROFILE=\w+)/;

/** `tls-ciphers`: whether a cipher of TLS up to 1.2 is left when all items have had their turn. */
export function namesCipher(list: string): boolean {
  const preset = PRESET.exec(list)?.[0];
  if (preset !== undefined && preset !== 'DEFAULT') return true;
  let left = preset !== undefined;
  let forbidden = false;
  for (let at = preset?.length ?? 0; at < list.length; ) {
    if (SEPARATOR.test(list.charAt(at))) {
      at++;
      continue;
    }
    ITEM.lastIndex = at;
    const [whole = '', sign = '', names = ''] = ITEM.exec(list) ?? [];
    at += whole.length;
    const words = names.split('+');
    const unknown = words.findIndex((word) => !SETS.test(word) && !CIPHERS.test(word));
    // Where a name should be there is none: the whole list is refused.
    if (words.slice(0, unknown < 0 ? undefined : unknown + 1).includes('')) return false;
    if (sign === '@' && !/^(?:STRENGTH$|SECLEVEL=[0-5]$)/.test(names)) return false;
    if (sign === '@' || unknown >= 0) {
      while (at < list.length && !SEPARATOR.test(list.charAt(at))) at++;
      continue;
    }
    if (sign === '') left ||= !forbidden;
    else if (sign !== '+' && names === 'ALL') {
      left = false;
      forbidden ||= sign === '!';
    }
  }
  return left;
}

const SUITES =
  /^TLS_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256|AES_128_CCM(?:_8)?_SHA256)$/;

/** `tls-ciphersuites`, those of TLS 1.3: what is unknown is passed over. */
export function namesCipherSuite(list: string): boolean {
  return list.split(':').some((name) => SUITES.test(name.trim()));
}
