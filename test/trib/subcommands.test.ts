/** The command line as a whole, where no cluster is needed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { general, subcommands } from '../../extension/trib/subcommands.ts';
import { trib } from './transcripts.ts';

/** What `redis-cli --cluster help` of 7.2 and redis-trib.rb of 3.2 list. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  create: ['replicas'],
  check: ['search-multiple-owners'],
  info: [],
  fix: ['timeout', 'search-multiple-owners', 'fix-with-unreachable-masters'],
  reshard: ['from', 'to', 'slots', 'yes', 'timeout', 'pipeline', 'replace'],
  rebalance: [
    ...['weight', 'auto-weights', 'use-empty-masters', 'timeout', 'simulate', 'pipeline', 'threshold'],
    'replace',
  ],
  'add-node': ['slave', 'master-id'],
  'del-node': [],
  'set-timeout': [],
  call: ['only-masters', 'only-replicas'],
  import: ['from', 'copy', 'replace', 'from-user', 'from-pass', 'from-askpass'],
  backup: [],
};

describe("redis-trib's command line", () => {
  it('knows every subcommand and option of redis-trib.rb and of redis-cli, and lists them', async () => {
    const { status, text } = await trib(['help']);
    assert.equal(status, 0);
    for (const [name, options] of Object.entries(KNOWN)) {
      const row = subcommands.find((known) => known.name === name);
      assert.deepEqual(
        options.filter((option) => !(option in { ...row?.options, ...general })),
        [],
        name,
      );
      assert.match(text, new RegExp(`\\n {2}${name} `));
    }
    assert.deepEqual(
      subcommands.map(({ name }) => name),
      Object.keys(KNOWN),
    );
  });

  it('takes what redis-cli takes with every subcommand', async () => {
    for (const option of ['--cluster-yes', '--yes', '--verbose', '--no-auth-warning']) {
      const told = await trib(['info', 'nowhere', option]);
      assert.match(told.text, /^Invalid IP or Port/, option);
    }
  });

  it('helps with one subcommand, unless it is the called command that is asked for help', async () => {
    const { status, text } = await trib(['reshard', '--help']);
    assert.equal(status, 0);
    assert.match(text, /^Usage: redis-cluster-lab trib reshard host:port <options>\n[\s\S]*--slots <arg>/);
    assert.doesNotMatch(text, /--weight/);
    assert.match((await trib(['call', 'nowhere', 'COMMAND', '--help'])).text, /^Invalid IP or Port/);
  });

  it('refuses what it does not know, with status 1', async () => {
    for (const [argv, words] of [
      [[], /^Usage: /],
      [['explode'], /^Unknown redis-trib subcommand 'explode'\n/],
      [['check'], /Wrong number of arguments.*\nUsage: redis-cluster-lab trib check host:port$/m],
      [['check', 'h:1', '--tls', '--cert', import.meta.filename], /--cert and --key/],
      [['check', 'h:1', '--slots', '3'], /Unknown option 'slots' for command 'check'/],
      [['check', 'nowhere'], /Invalid IP or Port \(given as nowhere\) - use IP:Port format/],
      [['import', 'h:1'], /Option '--from' is required for subcommand 'import'/],
      [['check', 'h:1', '--host-map', 'a:1=b'], /--host-map wants announced=reachable/],
      [['check', 'h:1', '--tls', '--cacert', '/nowhere/ca.crt'], /Can't read the file of --cacert/],
      [['check', 'h:1', '--tls', '--cacertdir', '/nowhere'], /Can't read the files of --cacertdir/],
    ] as const) {
      const told = await trib(argv);
      assert.equal(told.status, 1, argv.join(' '));
      assert.match(told.text, words);
    }
  });

  it('answers machines in one JSON document, errors as well', async () => {
    const { status, text } = await trib(['explode', '--json']);
    assert.equal(status, 1);
    assert.deepEqual(JSON.parse(text), {
      command: 'explode',
      ok: false,
      error: "Unknown redis-trib subcommand 'explode'",
    });
  });
});
