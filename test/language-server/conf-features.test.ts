import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { failoverSeconds } from '../../language-server/features/code-lens.ts';
import { TOKEN_TYPES } from '../../language-server/features/semantic-tokens.ts';
import { conf, marked, service } from './service-under-test.ts';

function format(text: string): string {
  const document = conf(text);
  return TextDocument.applyEdits(document, service().format(document));
}

test('formatting touches blanks, the case of names and the end, nothing else', () => {
  assert.equal(
    format('  PORT\t 7000  \r\n#  a   comment \r\n\r\nrequirepass  "a  b" \r\n\r\n\r\n'),
    'port 7000\r\n#  a   comment\r\n\r\nrequirepass "a  b"\r\n',
  );
  assert.equal(format('port 7000'), 'port 7000\n');
  for (const kept of ['', 'port 7000\n', 'bad "quote  \n', 'po"RT"  7000\n'.replace('  ', ' '), '# x\n']) {
    assert.equal(format(kept), kept);
  }
});

test('formatting twice changes nothing more, and no file means something else afterwards', () => {
  const text = '\n  Bind  127.0.0.1   ::1\n\tsave "900 1"\n \n#end\nuser  a  on\n\n';
  const once = format(text);
  assert.equal(format(once), once);
  assert.deepEqual(
    service()
      .diagnose(conf(once))
      .map(({ code }) => code),
    service()
      .diagnose(conf(text))
      .map(({ code }) => code),
  );
});

test('bytes that matter to the server stay where they are', () => {
  for (const text of ['port 7000\0 x\ndir  .\n', 'dir a\vb\n', 'timeout 1\r2\n']) {
    assert.equal(format(text).split('\n')[0], text.split('\n')[0]);
  }
});

test('the outline has sections, names and values, but no secrets', () => {
  const symbols = service().symbols(
    conf('include x\n##### NETWORK #####\n\nport 7000\nrequirepass hush\n## AOF ##\nappendonly yes\n'),
  );
  assert.deepEqual(
    symbols.map(({ name, detail, children }) => [
      name,
      detail,
      children?.map((child) => [child.name, child.detail]),
    ]),
    [
      ['include', 'x', undefined],
      [
        'NETWORK',
        undefined,
        [
          ['port', '7000'],
          ['requirepass', '•••'],
        ],
      ],
      ['AOF', undefined, [['appendonly', 'yes']]],
    ],
  );
  assert.deepEqual(symbols[1]?.range, { start: { line: 1, character: 0 }, end: { line: 4, character: 16 } });
});

test('sections, comments and lists fold', () => {
  const folds = service().folds(
    conf('# one\n# two\nport 1\n### A ###\nuser a on\nuser b on\n\n### B ###\ntimeout 1\n'),
  );
  assert.deepEqual(folds, [
    { startLine: 0, endLine: 1, kind: 'comment' },
    { startLine: 3, endLine: 5, kind: 'region' },
    { startLine: 4, endLine: 5 },
    { startLine: 7, endLine: 8, kind: 'region' },
  ]);
});

test('files that are there are linked', () => {
  const there = new Set(['file:///lab/base.conf', 'file:///lab/7000/nodes%20a.conf']);
  const text =
    'dir 7000\ninclude base.conf\ninclude gone.conf\ninclude *.conf\ncluster-config-file "nodes a.conf"\n';
  const links = service({ exists: (uri) => there.has(uri) }).links(conf(text));
  assert.deepEqual(
    links.map(({ target, range }) => [target, range.start.line, range.start.character]),
    [
      ['file:///lab/base.conf', 1, 8],
      ['file:///lab/7000/nodes%20a.conf', 4, 20],
    ],
  );
  assert.deepEqual(service().links(conf(text)), [], 'nobody can tell whether they are there');
  const noText = conf('include "\\xff\\xfe.conf"\nlogfile "a\\xff"\n');
  assert.deepEqual(service({ exists: () => true }).links(noText), [], 'a name that is no text');
});

test('words are coloured by what they are', () => {
  const text = 'slave-read-only yes\nmaxmemory 1mb\n\nuser bob on +get ~a\nnonsense 1\n';
  const data = service().semanticTokens(conf(text));
  const tokens = Array.from({ length: data.length / 5 }, (_, at) => data.slice(at * 5, at * 5 + 5));
  assert.deepEqual(
    tokens.map(([line, column, length, type = 0, modifiers]) => [
      line,
      column,
      length,
      TOKEN_TYPES[type],
      modifiers,
    ]),
    [
      [0, 0, 15, 'property', 1],
      [0, 16, 3, 'enumMember', 0],
      [1, 0, 9, 'property', 0],
      [0, 10, 3, 'number', 0],
      [2, 0, 4, 'property', 0],
      [0, 5, 3, 'variable', 0],
      [0, 4, 2, 'enumMember', 0],
      [0, 3, 4, 'function', 0],
      [0, 5, 2, 'string', 0],
      [1, 9, 1, 'number', 0],
    ],
  );
});

test('the words a directive takes, and which one is next', () => {
  const at = (text: string) => {
    const { document, position } = marked('redis-conf', text);
    const help = service().signature(document, position);
    return help && [help.signatures[0]?.label, help.activeParameter];
  };
  assert.deepEqual(at('client-output-buffer-limit replica |'), [
    'client-output-buffer-limit class hard soft seconds …',
    1,
  ]);
  assert.deepEqual(at('client-output-buffer-limit replica 1 1 1 pub|'), [
    'client-output-buffer-limit class hard soft seconds …',
    0,
  ]);
  assert.deepEqual(at('user a on +get |'), ['user name rule …', 1]);
  assert.deepEqual(at('appendonly |'), ['appendonly yes|no', 0]);
  assert.deepEqual(at('cluster-node-timeout 1|'), ['cluster-node-timeout milliseconds', 0]);
  for (const none of ['por|', '# port |', 'nonsense |', '|']) assert.equal(at(none), undefined, none);
});

test('a user is renamed in every file of the set-up', () => {
  const { document, position } = marked('redis-conf', 'user al|ice on\nmasteruser alice\nuser bob on\n');
  const other = conf('masteruser "alice"\nuser alice on\n', 'file:///lab/redis-7001.conf');
  const language = service();
  assert.equal(language.prepareRename(document, position)?.placeholder, 'alice');
  const edit = language.rename(document, position, 'carol', [other]);
  const applied = [document, other].map((text) =>
    TextDocument.applyEdits(text, edit?.changes?.[text.uri] ?? []),
  );
  assert.deepEqual(applied, [
    'user carol on\nmasteruser carol\nuser bob on\n',
    'masteruser carol\nuser carol on\n',
  ]);
  assert.equal(language.rename(document, position, 'two words', [other]), undefined);
});

test('a port takes the bus port and the files that are named after it along', () => {
  const { document, position } = marked(
    'redis-conf',
    'port 70|00\ncluster-config-file nodes-7000.conf\npidfile /run/7000/redis_7000.pid\nlogfile 17000.log\ncluster-announce-bus-port 17000\ndir 7000\n',
  );
  const replica = conf('port 7001\nreplicaof 127.0.0.1 7000\n', 'file:///lab/redis-7001.conf');
  const stranger = conf('replicaof 10.1.1.1 7000\n', 'file:///lab/redis-7002.conf');
  const edit = service().rename(document, position, '7100', [replica, stranger]);
  assert.equal(
    TextDocument.applyEdits(document, edit?.changes?.[document.uri] ?? []),
    'port 7100\ncluster-config-file nodes-7100.conf\npidfile /run/7000/redis_7100.pid\nlogfile 17000.log\ncluster-announce-bus-port 17100\ndir 7000\n',
  );
  assert.equal(
    TextDocument.applyEdits(replica, edit?.changes?.[replica.uri] ?? []),
    'port 7001\nreplicaof 127.0.0.1 7100\n',
  );
  assert.equal(edit?.changes?.[stranger.uri], undefined);
  assert.equal(service().rename(document, position, '70000', []), undefined);
});

test('lenses start what would start, and tell what a timeout means', () => {
  const node = (port: number) =>
    conf(`port ${port}\ncluster-enabled yes\ncluster-node-timeout 15000\n`, `file:///lab/redis-${port}.conf`);
  const files = [7000, 7001, 7002, 7003, 7004, 7005].map(node);
  const [first] = files;
  assert.ok(first);
  const titles = service()
    .lenses(first, files)
    .map(({ command }) => command?.title);
  assert.deepEqual(titles, [
    'Start this node',
    'Start lab from these 6 files',
    'node timeout 15000: failover in about 17-20 s',
  ]);
  assert.deepEqual(
    service()
      .lenses(first, files.slice(0, 5))
      .map(({ command }) => command?.command),
    ['redisClusterLab.conf.startNode', ''],
  );
  assert.deepEqual(service().lenses(conf('prot 7000\n')), [], 'a server would refuse it');
  assert.deepEqual(failoverSeconds(2000), [3.3, 4.4]);
});

test('everything that can be fixed safely is fixed at once', () => {
  const document = conf(
    'slave-read-only true\nport 7000 # clients\nclustre-enabled yes\nlua-replicate-commands yes\n',
  );
  const [action] = service().codeActions(document, [], ['source.fixAll']);
  assert.equal(
    TextDocument.applyEdits(document, action?.edit?.changes?.[document.uri] ?? []),
    'replica-read-only yes\n# clients\nport 7000\nclustre-enabled yes\n',
  );
  assert.deepEqual(service().codeActions(conf('port 7000\n'), [], ['source']), []);
});

test('a modeline, the setting or the directives decide which server it is for', () => {
  const language = service();
  const target = (text: string, uri?: string) => Object.values(language.target(conf(text, uri))).join(' ');
  assert.equal(target('port 7000\n'), 'redis-8 file');
  assert.equal(target('port 7000\n', 'file:///lab/valkey.conf'), 'valkey-8.1 file');
  assert.equal(target('gopher-enabled no\nnonsense x\n'), 'redis-6.2 file');
  assert.equal(target('# redis-conf: target=redis-7.0\nport 1\n'), 'redis-7.0 modeline');
  assert.equal(target(`port 1\n${'\n'.repeat(30)}# redis-conf: target = valkey-8.0`), 'valkey-8.0 modeline');
  assert.equal(target('# redis-conf: target=redis-9\n'), 'redis-8 file');
  language.configure({ target: 'redis-6.0' });
  assert.equal(target('port 7000\n'), 'redis-6.0 setting');
  assert.equal(target('# redis-conf: target=redis-7.0\n'), 'redis-7.0 modeline');
});

test('of a file of many megabytes some features look at a part, or stand back', () => {
  const document = conf('port 7000\n'.repeat(100_000));
  assert.equal(service().symbols(document).length, 5000);
  assert.deepEqual(service().semanticTokens(document), []);
  assert.ok(service().diagnose(document).length <= 1002);
});

test('a port that is taken gives way to the next free one, with the files named after it', () => {
  const files = [7000, 7001].map((port) =>
    conf(`port ${port}\ncluster-enabled yes\n`, `file:///lab/redis-${port}.conf`),
  );
  const copy = conf(
    'port 7000\ncluster-enabled yes\ncluster-config-file nodes-7000.conf\n',
    'file:///lab/redis-copy.conf',
  );
  const language = service();
  const found = language.diagnose(copy, files).filter(({ code }) => code === 'same-port');
  const [action] = language.codeActions(copy, found);
  assert.equal(action?.title, 'Use the next free port, 7002');
  assert.equal(
    TextDocument.applyEdits(copy, action?.edit?.changes?.[copy.uri] ?? []),
    'port 7002\ncluster-enabled yes\ncluster-config-file nodes-7002.conf\n',
  );
});

test('what one safe fix uncovers is fixed with it', () => {
  for (const end of ['\n', '\r\n']) {
    const lines = ['port 7000', 'appendonly true # always', 'slave-read-only TRUE # x', 'timeout 0', ''];
    const document = conf(lines.join(end));
    const [action] = service().codeActions(document, [], ['source.fixAll']);
    const fixed = TextDocument.applyEdits(document, action?.edit?.changes?.[document.uri] ?? []);
    assert.deepEqual(fixed.split(/\r?\n/), [
      'port 7000',
      '# always',
      'appendonly yes',
      '# x',
      'replica-read-only yes',
      'timeout 0',
      '',
    ]);
  }
});
