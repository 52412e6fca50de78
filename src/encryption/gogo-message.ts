/** A field of a message as Kubernetes' generated decoders read it. */
export interface MessageField {
  /** Go's name, which stands in errors. */
  readonly name: string;
  readonly type: 'varint' | 'bytes' | 'map' | MessageShape;
}

/** A message: its Go name and its fields by number; a field that is absent is skipped. */
export interface MessageShape {
  readonly name: string;
  readonly fields: Readonly<Record<number, MessageField>>;
}

/** Called with each field that holds bytes, innermost messages included; `path` is the Go names from the outermost message. */
export type OnBytes = (path: string, bytes: Uint8Array) => void;

/** The error of Go's generated decoder. */
class DecodeError extends Error {}

const integerOverflow = 'proto: integer overflow';
const negativeLength = 'proto: negative length found during unmarshaling';
const endOfInput = 'unexpected EOF';

/**
 * Walks a protobuf message as the generated decoders of k8s.io/api do, and answers their error text, or `undefined` where all is well.
 *
 * Only the shape that is given is looked into: bytes of fields that it does not name are skipped over. Rule source: the `Unmarshal` and
 * `skipGenerated` functions of any generated.pb.go.
 */
export function messageError(shape: MessageShape, bytes: Uint8Array, onBytes: OnBytes): string | undefined {
  try {
    new Walk(bytes, onBytes).message(shape, 0, bytes.byteLength, '');
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #onBytes: OnBytes;
  #at = 0;

  constructor(bytes: Uint8Array, onBytes: OnBytes) {
    this.#bytes = bytes;
    this.#onBytes = onBytes;
  }

  message(shape: MessageShape, start: number, end: number, path: string): void {
    this.#at = start;
    while (this.#at < end) {
      const before = this.#at;
      const tag = this.#varint(end);
      const field = Number(BigInt.asIntN(32, tag >> 3n));
      const wireType = Number(tag & 7n);
      if (wireType === 4) throw new DecodeError(`proto: ${shape.name}: wiretype end group for non-group`);
      if (field <= 0) throw new DecodeError(`proto: ${shape.name}: illegal tag ${field} (wire type ${tag})`);
      const known = shape.fields[field];
      if (known === undefined) {
        this.#at = before;
        this.#skip(end);
        if (this.#at > end) throw new DecodeError(endOfInput);
      } else this.#known(known, wireType, end, path);
    }
  }

  #known({ name, type }: MessageField, wireType: number, end: number, path: string): void {
    const wanted = type === 'varint' ? 0 : 2;
    if (wireType !== wanted) throw new DecodeError(`proto: wrong wireType = ${wireType} for field ${name}`);
    if (type === 'varint') {
      this.#varint(end);
      return;
    }
    const stop = this.#length(end);
    if (type === 'bytes') this.#onBytes(`${path}${name}`, this.#bytes.subarray(this.#at, stop));
    else if (type === 'map') this.#map(stop, end, `${path}${name}`);
    else this.message(type, this.#at, stop, `${path}${name}.`);
    this.#at = stop;
  }

  /** An entry's lengths are held against the end of the message around it, not of the entry. */
  #map(stop: number, end: number, path: string): void {
    while (this.#at < stop) {
      const before = this.#at;
      const field = Number(BigInt.asIntN(32, this.#varint(end) >> 3n));
      if (field === 1 || field === 2) {
        const last = this.#length(end);
        this.#onBytes(`${path}.${field === 1 ? 'key' : 'value'}`, this.#bytes.subarray(this.#at, last));
        this.#at = last;
      } else {
        this.#at = before;
        this.#skip(end);
        if (this.#at > stop) throw new DecodeError(endOfInput);
      }
    }
  }

  #length(end: number): number {
    const length = BigInt.asIntN(64, this.#varint(end));
    if (length < 0n || BigInt(this.#at) + length > 0x7fff_ffff_ffff_ffffn) throw new DecodeError(negativeLength);
    const stop = BigInt(this.#at) + length;
    if (stop > BigInt(end)) throw new DecodeError(endOfInput);
    return Number(stop);
  }

  #varint(end: number): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (shift >= 64n) throw new DecodeError(integerOverflow);
      if (this.#at >= end) throw new DecodeError(endOfInput);
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  }

  #skip(end: number): void {
    let depth = 0;
    while (this.#at < end) {
      const wireType = Number(this.#varint(end) & 7n);
      if (wireType === 0) this.#varint(end);
      else if (wireType === 1) this.#at += 8;
      else if (wireType === 5) this.#at += 4;
      else if (wireType === 3) depth++;
      else if (wireType === 2) {
        const length = BigInt.asIntN(64, this.#varint(end));
        if (length < 0n) throw new DecodeError(negativeLength);
        // Beyond the end is beyond the end: the number need not be exact.
        this.#at = Number(BigInt(this.#at) + length);
      } else if (wireType === 4) {
        if (depth === 0) throw new DecodeError('proto: unexpected end of group');
        depth--;
      } else throw new DecodeError(`proto: illegal wireType ${wireType}`);
      if (depth === 0) return;
    }
    throw new DecodeError(endOfInput);
  }
}
