import { closeSync, createWriteStream, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** Where lines go. `write` keeps back pressure and throws what the writing threw; `closed`: the reader went away. */
export interface Output {
  readonly closed: boolean;
  write(text: string): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing behind after a failure. */
  discard(): void;
}

/** Writing failed, for the reason in `cause`. */
export class OutputError extends Error {}

/** Writes to a stream that stays open: standard output. A reader that went away (`| head`) is no error. */
export class StreamOutput implements Output {
  readonly #stream: Writable;
  #wake: () => void = () => undefined;
  failure: Error | undefined;
  closed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') this.closed = true;
      else this.failure = error;
      this.#wake();
    });
    stream.on('drain', () => this.#wake());
  }

  async write(text: string): Promise<void> {
    if (!this.closed && this.failure === undefined && !this.#stream.write(text)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.failure !== undefined) throw new OutputError('cannot write', { cause: this.failure });
  }

  async finish(): Promise<void> {
    await this.write('');
  }

  discard(): void {
    // What was written to a stream cannot be taken back.
  }
}

/** Writes beside a file, which takes its place when it is complete: a run that fails leaves the former file as it was. */
export class FileOutput implements Output {
  readonly #path: string;
  readonly #partial: string;
  readonly #descriptor: number;
  readonly #lines: StreamOutput;
  readonly #ended: Promise<void>;
  readonly #end: () => void;
  readonly closed = false;

  /** Throws where the file cannot be made. */
  constructor(path: string) {
    this.#path = path;
    this.#partial = `${path}.partial-${process.pid}`;
    this.#descriptor = openSync(this.#partial, 'w', 0o644);
    const stream = createWriteStream('', { fd: this.#descriptor, autoClose: false });
    this.#ended = new Promise((resolve) => {
      stream.once('finish', resolve);
      stream.once('error', () => resolve());
    });
    this.#end = () => stream.end();
    this.#lines = new StreamOutput(stream);
  }

  async write(text: string): Promise<void> {
    await this.#lines.write(text);
  }

  async finish(): Promise<void> {
    this.#end();
    await this.#ended;
    if (this.#lines.failure !== undefined) throw new OutputError('cannot write', { cause: this.#lines.failure });
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    renameSync(this.#partial, this.#path);
  }

  discard(): void {
    rmSync(this.#partial, { force: true });
  }
}
