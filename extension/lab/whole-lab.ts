/** All that nodes run in, in one bundle: for who uses the lab as a library, and for the lab's own thread. */
export * from './index.ts';
export { runLabThread } from './lab-thread.ts';
