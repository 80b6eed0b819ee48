/**
 * redis-trib's sentences where the editor shows them, in the user's language. Its output stays as it is: those words are what
 * tutorials show, and what one searches for.
 */
import { localize, say, type Translate } from '../lab/message.ts';

/** Behind their marks. An earlier one that fits goes before a later one. */
const SENTENCES = [
  say('Performing Cluster Check (using node {0})'),
  say('Check for open slots...'),
  say('Check slots coverage...'),
  say('Check for multiple slot owners...'),
  say('Node {0} -> Saving RDB...'),
  say('Covering slots {0} with {1}'),
  say('Creating cluster'),
  say('Performing hash slots allocation on {0} nodes...'),
  say('Nodes configuration updated'),
  say('Assign a different config epoch to each node'),
  say('Sending CLUSTER MEET messages to join the cluster'),
  say('Reconfiguring node timeout in every cluster node...'),
  say('New node timeout set. {0} OK, {1} ERR.'),
  say('Introducing nodes to others which have forgotten them: {0}'),
  say('Not everybody believes what {0} owns: giving it a higher epoch'),
  say('Importing data from {0} to cluster {1}'),
  say('Connecting to the source Redis instance'),
  say('Adding node {0} to cluster {1}'),
  say('Send CLUSTER MEET to node {0} to make it join the cluster.'),
  say('Configure node as replica of {0}.'),
  say('Sending the functions of {0} to {1}'),
  say('Removing node {0} from cluster {1}'),
  say('{0} as replica of {1}'),
  say('Sending CLUSTER FORGET messages to the cluster...'),
  say('Sending CLUSTER RESET HARD to the deleted node.'),
  say('SHUTDOWN the node.'),
  say('Rebalancing across {0} nodes. Total weight = {1}'),
  say('Fixing open slot {0}: finishing its move from {1} to {2}'),
  say('Moving the keys of slot {0} to {1}'),
  say('Fixing slot {0}: owned by {1}, keys in {2}; migrating in {3}, importing in {4}; {5} gets it'),
  say('All nodes agree about slots configuration.'),
  say('All {0} slots covered.'),
  say('{0} keys in {1} masters.'),
  say('No multiple owners found.'),
  say('{0} keys imported.'),
  say('Backup created into: {0}'),
  say('New node added correctly.'),
  say("Nodes don't agree about configuration!"),
  say('Not all {0} slots are covered by nodes.'),
  say('Node {0} does not know node {1} ({2}).'),
  say('Node {0} has slots in {1} state ({2}).'),
  say('The following slots are open: {0}'),
  say('Slot {0} has {1} owners:'),
  say(
    'Cut short, with slots {0} open: each key is on one of the two nodes. Run fix, which goes on, once both reply.',
  ),
  say('Cluster seems to have some problems: be aware of it when you restore this backup.'),
  say('Node {0} broke off while it sent its image'),
  say('Node {0} replied to {1}: {2}'),
  say('Node {0} did not reply to {1}: {2}'),
  say('The copy of the cluster does not serve'),
  say('Unable to load info for node {0}'),
  say('Node {0} is not configured as a cluster node.'),
  say(
    'Node {0} is not empty. Either the node already knows other nodes (check with CLUSTER NODES) or contains some key in database 0.',
  ),
  say('WARNING: {0} claims to be slave of unknown node ID {1}.'),
  say('Not all nodes have heard of the last change (epochs {0}): check the cluster bus, and try again.'),
  say('The nodes do not agree after a minute: check the cluster bus ports'),
  say("Sorry, can't connect to node {0}: {1}"),
  say('There is no primary left to cover the slots'),
  say('ERROR: Invalid configuration for cluster creation.'),
  say('Redis Cluster requires at least {0} master nodes.'),
  say('This is not possible with {0} nodes and {1} replicas per node.'),
  say('At least {0} nodes are required.'),
  say('Node {0} is given twice'),
  say('The cluster created from {0} is not whole'),
  say('New timeout set for {0}'),
  say('setting node-timeout for {0}: {1}'),
  say('the last node has not replied yet.'),
  say('Cancelled between two repairs: run fix again to go on'),
  say('Some nodes do not get to know each other: check the cluster bus ports'),
  say("{0} master(s) can't be reached: {1}"),
  say(
    'Their slots may be served to others, and fixing would give them to somebody else: data would be lost.',
  ),
  say('If they are gone for good use --fix-with-unreachable-masters.'),
  say('Please fix your cluster problems before importing'),
  say('Please fix your cluster problems before adding a node'),
  say('Please fix your cluster problems before rebalancing'),
  say('Please fix your cluster problems before resharding'),
  say('The source node should not be a cluster node.'),
  say('Importing {0} keys from DB 0'),
  say('{0} keys are imported. Run import again to go on.'),
  say('Calling MIGRATE: {0}'),
  say('Calling MIGRATE for slot {0} from {1} to {2}: {3}'),
  say('{0} did not reply: {1}'),
  say('Nobody serves slot {0}'),
  say('No such master ID {0}'),
  say('Node {0} contains functions already. Use FUNCTION FLUSH and try again.'),
  say('No such node ID {0}'),
  say('Node {0} is not empty! Reshard data away and try again.'),
  say('Found {0} key(s) in both source node and target node having different values.'),
  say('Please fix the above key(s) manually, or use --replace to overwrite the keys of the target.'),
  say('Aborting...'),
  say('No rebalancing needed! All nodes are within the {0}% threshold.'),
  say('{0} of {1} slots moved, none is left open. Run rebalance again to go on.'),
  say('No such master node {0}'),
  say('Invalid weight {0}'),
  say('All weights are 0: nobody is left to hold the slots'),
  say("Can't select an owner for slot {0}. Impossible to fix."),
  say('{0} of {1} slots moved, none is left open.'),
  say('To go on: reshard --from {0} --to {1} --slots {2}'),
  say('The specified node is not known or not a master, please retry.'),
  say('Invalid number of slots: {0}'),
  say('It is not possible to use the target node as source node.'),
  say('Target node is also listed among the source nodes!'),
  say('No source nodes given, operation aborted'),
  say('it does not answer within {0} s: its process may be stopped'),
  say('nothing came for {0} s: its process may be stopped, or the way to it cut'),
  say('{0}: the node may speak TLS only'),
  say('{0}: it is out of reach, or does not speak TLS'),
  say('{0}: the node may demand a client certificate'),
  say('no answer within {0} s'),
  say('{0} has no address'),
  say('Calling {0}'),
].map(({ template }) => ({ template, pattern: patternOf(template) }));

function patternOf(template: string): RegExp {
  const [first = '', ...rest] = template
    .split(/\{\d\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${[first, ...rest].join('(.+?)')}$`);
}

/** A line without its mark, and without saying that it was cancelled, which whoever shows it says. */
export function bareWords(line: string): string {
  return line.replace(/^(>>>|\[\w+\]|\*\*\*) (Cancelled: )?/, '');
}

/** Words that are told in a message or a tooltip; what is not known stays as it is. */
export function tribWords(words: string, t: Translate): string {
  // A cluster's watch says first which node it was about.
  const [, place = '', rest = words] = /^(\S+:\d+: )(.+)$/.exec(words) ?? [];
  for (const { template, pattern } of SENTENCES) {
    const [whole, ...parts] = pattern.exec(rest) ?? [];
    if (whole === undefined) continue;
    // Of what a node or the system says, the cause may be ours again.
    const told = parts.map((part) => (/\s/.test(part) ? tribWords(part, t) : part));
    return place + localize(say(template, ...told), t);
  }
  return words;
}
