import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile, sha256Of } from '../apply/durable-files.ts';

/** What is done next; in this order. */
export const rotationSteps = ['reader', 'writer', 'rewrite', 'prove', 'retire', 'done'] as const;
export type RotationStep = (typeof rotationSteps)[number];

/** The three files that servers are given one after the other, and the one from before. */
export const configurationNames = ['former', 'reader', 'writer', 'final'] as const;
export type ConfigurationName = (typeof configurationNames)[number];

export interface ServerOfRotation {
  /** Asked directly, never through a balancer. */
  readonly url: string;
  /** Its EncryptionConfiguration on this machine; absent: somebody copies it. */
  readonly file?: string;
}

/** How far a rotation is; holds no key. */
export interface RotationState {
  readonly formatVersion: 1;
  readonly begun: string;
  readonly keyName: string;
  readonly servers: readonly ServerOfRotation[];
  readonly minor: number;
  readonly next: RotationStep;
  /**
   * What each server showed of its start and its last reload before it was given a configuration: by the configuration's name and the server's
   * URL. Another mark afterwards is a load of the new file, whatever the clocks say.
   */
  readonly marks: Readonly<Record<string, string>>;
  /** SHA-256 of each configuration, hex. */
  readonly sha256: Readonly<Record<ConfigurationName, string>>;
}

/** The folder of a rotation cannot be used, or what stands in it is not what was written; `message` names the file. */
export class StateFault extends Error {}

/** The folder in which one rotation keeps how far it is, and its configurations, for the owner alone. */
export class RotationFolder {
  readonly path: string;

  constructor(state: string) {
    this.path = join(state, 'rotation');
  }

  /** `undefined`: no rotation was begun. Throws StateFault. */
  read(): RotationState | undefined {
    const path = join(this.path, 'state.json');
    if (!existsSync(path)) return undefined;
    let state: RotationState;
    try {
      state = JSON.parse(readFileSync(path, 'utf8')) as RotationState;
    } catch {
      throw new StateFault(`${path}: cannot be read as JSON`);
    }
    if (state.formatVersion !== 1) throw new StateFault(`${path}: it was written by another version of Bulwark`);
    for (const name of configurationNames)
      if (sha256Of(this.configuration(name)) !== state.sha256[name])
        throw new StateFault(`${this.configurationPath(name)}: it was changed since it was written`);
    return state;
  }

  async write(state: RotationState): Promise<void> {
    await this.#put('state.json', `${JSON.stringify(state, null, 2)}\n`);
  }

  /** Throws StateFault. */
  configuration(name: ConfigurationName): string {
    try {
      return readFileSync(this.configurationPath(name), 'utf8');
    } catch {
      throw new StateFault(`${this.configurationPath(name)}: cannot be read`);
    }
  }

  configurationPath(name: ConfigurationName): string {
    return join(this.path, `${name}.yaml`);
  }

  async writeConfiguration(name: ConfigurationName, text: string): Promise<void> {
    await this.#put(`${name}.yaml`, text);
  }

  /** Removes the configurations but the former one, which older backups need. */
  clear(): void {
    for (const name of configurationNames) if (name !== 'former') rmSync(this.configurationPath(name), { force: true });
    rmSync(join(this.path, 'state.json'), { force: true });
  }

  async #put(name: string, text: string): Promise<void> {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      const file = { bytes: Buffer.from(text), mode: 0o600, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
      await replaceFile(join(this.path, name), file, () => undefined);
    } catch (error) {
      throw new StateFault(
        `${join(this.path, name)}: cannot be written: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`,
      );
    }
  }
}
