/** The Redis version this node speaks as. */
export const VERSION = '7.2.4';
