import type { Command } from '../stack/guard.ts';

/** The real servers that Thunderline stands on, in the order of a progress display. */
export const PART_NAMES = ['postgres', 'kafka', 'registry', 's3', 'mlflow'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** What `.thunderline/env` holds: the variables that src/config.ts and any other tool find the parts by. */
export type Variables = Readonly<Record<string, string>>;

/** Made once for a home and kept there, so that data and credentials go on fitting together. */
export interface Secrets {
  readonly postgresPassword: string;
  readonly s3AccessKey: string;
  readonly s3SecretKey: string;
}

/** A tool of the machine that a part cannot do without. */
export type Prerequisite = 'java' | 'maven' | 'python';

/** The only ways in which anything is fetched or prepared. */
export interface Installer {
  /** Downloaded programs, shared by every home of a checkout. */
  readonly parts: string;
  /** The environment the stack was started with: for installers, which may need a proxy or a mirror. */
  readonly environment: NodeJS.ProcessEnv;
  /** Installs into `directory` unless it is there; a start that is killed half way leaves nothing that looks whole. */
  install(directory: string, what: string, fill: (temporary: string) => Promise<void>): Promise<void>;
  /** Runs a command to its end. */
  run(what: string, command: SiteCommand): Promise<void>;
}

/** One part's place in the world: its folders, its ports, and the only ways it may start anything. */
export interface Site extends Installer {
  /** Its data, logs and settings live below here. */
  readonly home: string;
  readonly data: string;
  readonly ports: readonly number[];
  readonly secrets: Secrets;
  /** Of this stack and of what runs elsewhere; every part's are known before the first one starts. */
  readonly variables: Variables;
  /** Aborted when the stack gives up or is stopped. */
  readonly signal: AbortSignal;
  /** Shows what is being done, as in `waiting for postgres`. */
  report(detail: string): void;
  /** Starts the server itself; from here on its end is the stack's end. */
  start(command: SiteCommand): Promise<void>;
  /** Asks `probe` until it no longer throws, the server dies, or five minutes are over. */
  ready(probe: () => Promise<void>): Promise<void>;
}

/** A command as a part gives it; without an environment it gets a bare one, without a folder its data. */
export interface SiteCommand
  extends Pick<Command, 'file' | 'args'>,
    Partial<Pick<Command, 'environment' | 'cwd' | 'stopSignal' | 'graceSeconds'>> {
  /** Variables on top of the bare environment. */
  readonly variables?: Variables;
  /** Commands of one name run one after the other. */
  readonly turn?: string;
}

/** A real server as the stack sees it. Every file of a part exports one of these. */
export interface Part {
  readonly name: PartName;
  /** Program and version, for people. */
  readonly title: string;
  /** Set in the environment, this variable says that one runs elsewhere, and none is started. */
  readonly variable: string;
  /** What must be ready before it boots. Installing never waits. */
  readonly needs: readonly PartName[];
  /** What the machine must have to run it, and what only installing it takes. */
  readonly prerequisites: { readonly run: readonly Prerequisite[]; readonly install: readonly Prerequisite[] };
  /** Default ports, all on 127.0.0.1. */
  readonly ports: readonly number[];
  /** The folder below `parts` that its program is installed in; none when npm brings it. */
  readonly folder?: string;
  /** How others find it once it listens on `ports`. */
  variables(ports: readonly number[], secrets: Secrets): Variables;
  install(installer: Installer): Promise<void>;
  boot(site: Site): Promise<void>;
}
