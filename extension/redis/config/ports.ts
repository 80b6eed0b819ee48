/** The port numbers that redis-server reckons with. */

export const MAX_PORT = 65_535;
/** The cluster bus listens this much above the client port, unless `cluster-port` says otherwise (CLUSTER_PORT_INCR). */
export const BUS_PORT_OFFSET = 10_000;
/** A client port above this leaves no room for the bus. */
export const MAX_PORT_WITH_BUS = MAX_PORT - BUS_PORT_OFFSET;
/** What the server says when it ends because of that. */
export const PORT_TOO_HIGH =
  'Redis port number too high. Cluster communication port is 10,000 port numbers higher than your Redis port. Your Redis ' +
  'port number must be 55535 or less.';
