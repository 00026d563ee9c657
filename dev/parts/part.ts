import type { Command } from '../machine/guard.ts';
import type { Tool } from '../machine/prerequisites.ts';

/** The real servers that Thunderline depends on, in the order of a progress display. */
export const PART_NAMES = ['postgres', 'kafka', 'registry', 's3', 'mlflow'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** The content of `.thunderline/env`: variables by which src/config.ts and other programs find the parts. */
export type Variables = Readonly<Record<string, string>>;

/** Generated once for a home and kept there, so that its data stays readable. */
export interface Secrets {
  readonly postgresPassword: string;
  readonly s3AccessKey: string;
  readonly s3SecretKey: string;
}

/** A tool that a part needs. */
export type Prerequisite = Extract<Tool, 'java' | 'maven' | 'python'>;

/** The only ways in which a part fetches or prepares anything. */
export interface Installer {
  /** Downloaded programs, shared by every home of a checkout. */
  readonly parts: string;
  /** The environment the stack was started with: for installers, which may need a proxy or a mirror. */
  readonly environment: NodeJS.ProcessEnv;
  /** Installs into `directory` unless it exists. A start that is killed half way leaves nothing that looks whole. */
  install(directory: string, what: string, fill: (temporary: string) => Promise<void>): Promise<void>;
  /** Runs a command to its end. */
  run(what: string, command: SiteCommand): Promise<void>;
}

/** Everything one part may use: its folders, its ports, and the only ways to start a process. */
export interface Site extends Installer {
  /** The folder above its data, logs and settings. */
  readonly home: string;
  readonly data: string;
  readonly ports: readonly number[];
  readonly secrets: Secrets;
  /** The variables of all parts, of this stack and elsewhere; known before the first part starts. */
  readonly variables: Variables;
  /** Aborted when the stack gives up or is stopped. */
  readonly signal: AbortSignal;
  /** Shows the current activity, as in `waiting for postgres`. */
  report(detail: string): void;
  /** Starts the server itself; from then on its end is the end of the stack. */
  start(command: SiteCommand): Promise<void>;
  /** Registers something that must be closed with the server: at the stop, and before another attempt to boot. */
  closeLater(close: () => Promise<void>): void;
  /** Repeats `probe` until it no longer throws, the server ends, or five minutes are over. */
  ready(probe: () => Promise<void>): Promise<void>;
}

/** A command of a part; the default environment is a bare one, the default folder that of its data. */
export interface SiteCommand
  extends Pick<Command, 'file' | 'args'>,
    Partial<Pick<Command, 'environment' | 'cwd' | 'stopSignal' | 'graceSeconds'>> {
  /** Variables added to the bare environment. */
  readonly variables?: Variables;
  /** Commands with the same key run one after the other. */
  readonly mutexKey?: string;
}

/** A real server. The file of each part exports one of these, and `parts.ts` lists them. */
export interface Part {
  readonly name: PartName;
  /** Program and version, for messages. */
  readonly title: string;
  /** Address of the part. When the environment sets it, the part runs elsewhere and is not started. */
  readonly variable: string;
  /** Variables that must be set together with `variable`. */
  readonly companions: readonly string[];
  /** Parts that must be ready before this one boots. Installing never waits. */
  readonly needs: readonly PartName[];
  /** Tools needed to run it, and those needed only to install it. */
  readonly prerequisites: { readonly run: readonly Prerequisite[]; readonly install: readonly Prerequisite[] };
  /** Default ports, all on 127.0.0.1. */
  readonly ports: readonly number[];
  /** The folder below `parts` that contains its program; undefined when npm installs it. */
  readonly folder?: string;
  /**
   * Its variables when it listens on `ports`: `variable`, all of `companions`, and perhaps others.
   *
   * @param known the variables of the parts that it needs.
   */
  variables(ports: readonly number[], secrets: Secrets, known: Variables): Variables;
  install(installer: Installer): Promise<void>;
  boot(site: Site): Promise<void>;
}
