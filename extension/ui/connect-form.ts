/** What must be known to reach a cluster, asked step by step. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { MAX_PORT } from '../redis/config/ports.ts';
import type { ClusterProfile } from '../trib/profile.ts';
import { askAll, pick, type Step, text } from './multi-step.ts';

const t = vscode.l10n.t;

export interface Connection {
  readonly profile: ClusterProfile;
  readonly password: string;
}

type Need = 'password' | 'tls' | 'unverified' | 'hostMap';

/** What the steps write into. */
interface Draft {
  seeds: string;
  name: string;
  needs: readonly Need[];
  username: string;
  password: string;
  ca: string;
  cert: string;
  key: string;
  sni: string;
  hostMap: string;
}

const ADDRESS = /^(?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}$/;

/** `host:port` texts, between commas or spaces. */
export function addressesIn(words: string): string[] {
  return words.split(/[\s,]+/).filter((word) => word !== '');
}

export function addressProblem(word: string): string | undefined {
  const port = Number(word.slice(word.lastIndexOf(':') + 1));
  return ADDRESS.test(word) && port > 0 && port <= MAX_PORT
    ? undefined
    : t('An address is host:port, such as 10.0.0.1:6379.');
}

/** Undefined when it was left. `given`: what is to be changed. */
export async function askConnection(given?: Connection): Promise<Connection | undefined> {
  const draft = draftOf(given);
  const title = given === undefined ? t('Connect to Cluster') : t('Change the Connection');
  if (!(await askAll(title, [...whereSteps(draft), ...accessSteps(draft)]))) return undefined;
  return finished(draft, given?.profile.id ?? randomUUID(), given?.profile.allowsChanges ?? false);
}

/** How nodes are reached whose addresses are known. */
export async function askAccess(title: string, seeds: readonly string[]): Promise<Connection | undefined> {
  const draft: Draft = { ...draftOf(undefined), seeds: seeds.join(' '), name: seeds[0] ?? '' };
  return (await askAll(title, accessSteps(draft))) ? finished(draft, randomUUID(), false) : undefined;
}

function draftOf(given: Connection | undefined): Draft {
  const { profile, password = '' } = given ?? {};
  const { tls } = profile ?? {};
  const needs: Need[] = [
    ...(password ? (['password'] as const) : []),
    ...(tls ? (['tls'] as const) : []),
    ...(tls?.insecure ? (['unverified'] as const) : []),
    ...(profile?.hostMap ? (['hostMap'] as const) : []),
  ];
  return {
    seeds: profile?.seeds.join(' ') ?? '',
    name: profile?.name ?? '',
    needs,
    username: profile?.username ?? '',
    password,
    ca: tls?.cacert ?? '',
    cert: tls?.cert ?? '',
    key: tls?.key ?? '',
    sni: tls?.sni ?? '',
    hostMap: profile?.hostMap ?? '',
  };
}

function finished(draft: Draft, id: string, allowsChanges: boolean): Connection {
  const { needs } = draft;
  const seeds = addressesIn(draft.seeds);
  const secured = needs.includes('tls') || needs.includes('unverified');
  return {
    profile: {
      id,
      name: draft.name || seeds[0] || '',
      seeds,
      username: needs.includes('password') ? draft.username : '',
      tls: secured
        ? {
            cacert: draft.ca,
            cert: draft.cert,
            key: draft.cert && draft.key,
            sni: draft.sni,
            insecure: needs.includes('unverified'),
          }
        : undefined,
      hostMap: needs.includes('hostMap') ? draft.hostMap : '',
      allowsChanges,
    },
    password: needs.includes('password') ? draft.password : '',
  };
}

function whereSteps(draft: Draft): Step[] {
  return [
    text({
      prompt: () => t('Addresses of one or more of its nodes; the others are found from there'),
      placeholder: '10.0.0.1:6379 10.0.0.2:6379',
      value: () => draft.seeds,
      problem: (words) => {
        const addresses = addressesIn(words);
        if (addresses.length === 0) return addressProblem('');
        return addresses.map(addressProblem).find((problem) => problem !== undefined);
      },
      take: (words) => {
        draft.seeds = words;
      },
    }),
    text({
      prompt: () => t('A name for this cluster'),
      value: () => draft.name || (addressesIn(draft.seeds)[0] ?? ''),
      problem: (name) => (name === '' ? t('A name is needed.') : undefined),
      take: (name) => {
        draft.name = name;
      },
    }),
  ];
}

function accessSteps(draft: Draft): Step[] {
  const needs = (...any: Need[]) => any.some((need) => draft.needs.includes(need));
  return [
    pick<Need>({
      placeholder: () => t('What does it take to reach the nodes? Nothing chosen: plain TCP, no password'),
      many: true,
      choices: () => {
        const choice = (value: Need, label: string, description = '') => ({
          ...{ value, label, description, picked: draft.needs.includes(value) },
        });
        return [
          choice('password', t('Password'), t('of the default user, or of a user with a name')),
          choice('tls', t('TLS')),
          choice('unverified', t('TLS without verifying certificates')),
          choice('hostMap', t('Other addresses'), t('than the nodes announce: NAT, containers, tunnels')),
        ];
      },
      take: (chosen) => {
        draft.needs = chosen;
      },
    }),
    ...passwordSteps(draft, () => needs('password')),
    ...tlsSteps(draft, () => needs('tls', 'unverified')),
    text({
      when: () => needs('hostMap'),
      prompt: () => t('Announced address = reachable address, hosts or host:port, separated by commas'),
      placeholder: '10.0.0.1:6379=127.0.0.1:7000, 10.0.0.2=127.0.0.2',
      value: () => draft.hostMap,
      problem: hostMapProblem,
      take: (words) => {
        draft.hostMap = words;
      },
    }),
  ];
}

function passwordSteps(draft: Draft, when: () => boolean): Step[] {
  return [
    text({
      when,
      prompt: () => t('User name; empty for the default user'),
      value: () => draft.username,
      problem: () => undefined,
      take: (name) => {
        draft.username = name;
      },
    }),
    text({
      when,
      prompt: () => t('Password; it is kept in the editor’s secret storage'),
      password: true,
      value: () => draft.password,
      problem: (word) => (word === '' ? t('A password is needed.') : undefined),
      take: (word) => {
        draft.password = word;
      },
    }),
  ];
}

function tlsSteps(draft: Draft, when: () => boolean): Step[] {
  const file = (field: 'ca' | 'cert' | 'key', prompt: () => string): Step =>
    text({
      // A certificate without its key proves nothing.
      when: () => when() && (field !== 'key' || draft.cert !== ''),
      prompt,
      placeholder: '/etc/redis/tls/ca.crt',
      value: () => draft[field],
      problem: (path) =>
        (path === '' && field !== 'key') || existsSync(path) ? undefined : t('There is no such file.'),
      take: (path) => {
        draft[field] = path;
      },
    });
  return [
    file('ca', () => t('File of the CA certificate (PEM); empty for the CAs this machine knows')),
    file('cert', () => t('File of the client certificate (PEM); empty for none')),
    file('key', () => t('File of the client’s private key (PEM)')),
    text({
      when,
      prompt: () => t('Server name (SNI) that the certificates are for; empty for the host'),
      value: () => draft.sni,
      problem: (name) => (/^[\w.-]*$/.test(name) ? undefined : t('This does not fit.')),
      take: (name) => {
        draft.sni = name;
      },
    }),
  ];
}

/** The same rule as redis-trib's --host-map, in time to be told while it is typed. */
function hostMapProblem(words: string): string | undefined {
  const pairs = words.split(',').map((pair) => pair.trim().split('='));
  const ported = (address: string) => /:\d{1,5}$/.test(address);
  const good = pairs.every(([from = '', to = '', ...more]) => {
    return more.length === 0 && from !== '' && to !== '' && ported(from) === ported(to);
  });
  return good ? undefined : t('announced=reachable, both with a port or both without.');
}
