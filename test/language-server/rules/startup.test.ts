import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { shown } from '../findings-shown.ts';
import { conf, service } from '../service-under-test.ts';

const unread = 'include other.conf\n';

test('what an include that cannot be read may supply is not missed, what no file mends is told', () => {
  for (const text of ['port 0\ntls-port 7000\n', 'port 0\n', 'name.setting 1\n', 'tls-replication yes\n']) {
    assert.equal(shown(text).length, 1, text);
    assert.deepEqual(shown(unread + text), [], text);
  }
  const certified = 'port 0\ntls-port 7000\ntls-cert-file a\ntls-key-file b\n';
  assert.equal(shown(certified).length, 1);
  assert.deepEqual(shown(unread + certified), []);
  assert.deepEqual(shown(`${unread}cluster-enabled yes\nport 60000\n`), [
    '3! bus-port-too-high “60000” -> 2',
  ]);
});

test('a file that is refused is not told what would have become of the server', () => {
  assert.deepEqual(shown('timeout x\nport 0\n'), ['1! not-an-integer “x”']);
});

test('lines that fail together point to each other', () => {
  assert.deepEqual(shown('  user a on\naclfile users.acl\n'), [
    '2! aclfile-with-users “aclfile users.acl” -> 1',
  ]);
  const [found] = service().diagnose(conf('  user a on\naclfile users.acl\n'));
  assert.equal(found?.relatedInformation?.[0]?.message, 'user a on');
});

test('a comment behind addresses is told as one, a word that only contains a # is not', () => {
  const [comment] = service().diagnose(conf('bind 127.0.0.1 #local\n'));
  assert.equal(comment?.code, 'trailing-comment');
  assert.match(String(comment?.message), /^There are no comments behind a directive/);
  assert.deepEqual(
    shown('bind 127.0.0.1 a#\n').map((found) => /\S+ (\S+)/.exec(found)?.[1]),
    [...['malformed-bind-address']],
  );
});

/** The file after the first fix of its first finding. */
function repaired(text: string): string | undefined {
  const document = conf(text);
  const language = service();
  const [finding] = language.diagnose(document);
  const [action] = language.codeActions(document, finding ? [finding] : []);
  const edits = action?.edit?.changes?.[document.uri];
  return edits && TextDocument.applyEdits(document, edits);
}

test('addresses between commas and semicolons are put apart; what is no list stays', () => {
  assert.equal(repaired('bind 127.0.0.1,::1\n'), 'bind 127.0.0.1 ::1\n');
  assert.equal(repaired('bind 127.0.0.1;,127.0.0.2,\n'), 'bind 127.0.0.1 127.0.0.2\n');
  assert.equal(repaired('bind 127.0.0.1 a#\n'), undefined);
  assert.equal(repaired('unixsocket a,b\nport 0\ntls-port 1\ntls-cert-file x,y\n'), undefined);
});

test('an error in an included file has no fix here', () => {
  const readInclude = (): string => 'bind 127.0.0.1,::1\n';
  const [found] = service({ readInclude }).diagnose(conf('port 1\ninclude base.conf\n'));
  assert.equal(found?.range.start.line, 1);
  assert.equal(found?.data, undefined);
});

test('of an ACL file with many errors the first ones are told', () => {
  const lines = (count: number) => 'user a on %x\n'.repeat(count);
  const told = (text: string) => {
    const [found] = service({ readFile: () => text }).diagnose(conf('aclfile users.acl\n'));
    return String(found?.message).replace(/^[^:]*: /, '');
  };
  assert.match(told(lines(1)), /users\.acl:1: Syntax error\.$/);
  assert.equal(told(lines(100)).length, 301);
  assert.ok(told(lines(100)).endsWith('…'));
  assert.ok(!told(lines(2)).endsWith('…'));
});
