/** Names and types of directives as read out of the server's own sources: not from the table that is under test. */
import { readFileSync } from 'node:fs';

export interface DirectiveFacts {
  readonly names: readonly string[];
  readonly type: string;
  readonly values?: readonly string[];
  readonly min?: number | string | null;
  readonly max?: number | string | null;
  readonly default?: number | string | null;
  readonly check?: string;
  readonly build?: string;
  readonly sensitive?: boolean;
}

interface Extract {
  readonly directives: readonly {
    readonly name: string;
    readonly aliases?: readonly string[];
    readonly facts: readonly (DirectiveFacts & { readonly in: readonly string[] })[];
  }[];
}

const extract: Extract = JSON.parse(
  readFileSync(new URL('../../redis/config/data/directives.json', import.meta.url), 'utf8'),
);

/** Directives of a version of the extract (`r7.0`), those of TLS and plain ones; none that only debug builds have. */
export function factsOfVersion(version: string): readonly DirectiveFacts[] {
  return extract.directives
    .flatMap(({ facts }) => facts.filter((row) => row.in.includes(version)))
    .filter(({ build }) => build !== 'log-req-res');
}

/** Every name any version has, the removed and the newer ones too. */
export const allNames: readonly string[] = [
  ...new Set(
    extract.directives.flatMap(({ name, aliases, facts }) => [
      name,
      ...(aliases ?? []),
      ...facts.flatMap(({ names }) => names),
    ]),
  ),
];
