/** What the editor loads when the first cluster is connected or the first redis-trib command is given. */
export { cloneOf } from './clone.ts';
export { ClusterWatch } from './cluster-watch.ts';
export { dialer, openSocket, parseAddress } from './connection.ts';
export { accessOf, seedsOf } from './profile.ts';
export { runTrib } from './trib.ts';
