/** A configuration file of the generator, and the ports it may use: one of its own for plain and one for TLS clients. */

export interface GeneratedFile {
  /** Seed and position: the same file again. */
  readonly id: string;
  /** The mutations it went through, by their names in the lists of this folder. */
  readonly made: string;
  readonly text: string;
  /** Files beside it, by name. */
  readonly beside?: Readonly<Record<string, string>>;
}

export interface Ports {
  readonly port: number;
  readonly tlsPort: number;
}
