import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { dnsLabelFaults, dnsSubdomainFaults } from '../../cluster/dns-names.ts';
import { goQuote } from '../../cluster/go-quote.ts';

/** What a KMS v2 value holds after its prefix (pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto `EncryptedObject`). */
export interface EncryptedObject {
  readonly encryptedData: Uint8Array;
  readonly keyID: string;
  readonly encryptedDEKSource: Uint8Array;
  /** In stored order, a repeated name included; the last one counts. */
  readonly annotations: readonly (readonly [string, Uint8Array])[];
  /** 0: the source is a data key; 1: a seed of data keys. */
  readonly encryptedDEKSourceType: number;
}

/** Minor from which the message is read by google.golang.org/protobuf, with words of its own for broken bytes. */
const newDecoderSince = 35;

/** Reads an EncryptedObject as the server does, or says what the server would; fields that are not known are skipped. */
export function readEncryptedObject(bytes: Uint8Array, minor: number): EncryptedObject | { readonly error: string } {
  let encryptedData: Uint8Array = new Uint8Array();
  let keyID = '';
  let encryptedDEKSource: Uint8Array = new Uint8Array();
  const annotations: (readonly [string, Uint8Array])[] = [];
  let encryptedDEKSourceType = 0;
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (type === WireType.LengthDelimited && field === 1) encryptedData = reader.bytes();
      else if (type === WireType.LengthDelimited && field === 2) keyID = new TextDecoder().decode(reader.bytes());
      else if (type === WireType.LengthDelimited && field === 3) encryptedDEKSource = reader.bytes();
      else if (type === WireType.LengthDelimited && field === 4) annotations.push(readAnnotation(reader.bytes()));
      else if (type === WireType.Varint && field === 5) encryptedDEKSourceType = reader.int32();
      else reader.skip(type, field);
    }
  } catch {
    return { error: minor < newDecoderSince ? 'unexpected EOF' : 'proto: cannot parse invalid wire-format data' };
  }
  return { encryptedData, keyID, encryptedDEKSource, annotations, encryptedDEKSourceType };
}

function readAnnotation(bytes: Uint8Array): readonly [string, Uint8Array] {
  const reader = new BinaryReader(bytes);
  let name = '';
  let value: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited && field === 1) name = reader.string();
    else if (type === WireType.LengthDelimited && field === 2) value = reader.bytes();
    else reader.skip(type, field);
  }
  return [name, value];
}

/** Writes an EncryptedObject, byte for byte as the server's encoder: fields in order, those that are empty left out. */
export function writeEncryptedObject(object: EncryptedObject): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).bytes(object.encryptedData);
  writer.tag(2, WireType.LengthDelimited).string(object.keyID);
  writer.tag(3, WireType.LengthDelimited).bytes(object.encryptedDEKSource);
  for (const [name, value] of object.annotations) {
    const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).bytes(value);
    writer.tag(4, WireType.LengthDelimited).bytes(entry.finish());
  }
  if (object.encryptedDEKSourceType !== 0) writer.tag(5, WireType.Varint).int32(object.encryptedDEKSourceType);
  return writer.finish();
}

const largestName = 1024;
const largestAnnotations = 32 * 1024;

/**
 * What the server finds wrong with an EncryptedObject, in its words (`ValidateEncryptedObject`); `undefined`: nothing.
 *
 * The order of several broken annotations is random in the server; here it is the stored one.
 */
export function encryptedObjectFault(object: EncryptedObject): string | undefined {
  const { encryptedDEKSourceType: type, encryptedData, encryptedDEKSource, keyID } = object;
  if (type !== 0 && type !== 1) return `unknown encryptedDEKSourceType: ${type}`;
  if (encryptedData.byteLength === 0) return 'encrypted data is empty';
  const source = encryptedDEKSource.byteLength;
  if (source === 0) return 'failed to validate encrypted DEK source: encrypted DEK source is empty';
  if (source > largestName)
    return `failed to validate encrypted DEK source: encrypted DEK source is ${source} bytes, which exceeds the max size of ${largestName}`;
  const length = Buffer.byteLength(keyID);
  if (length === 0) return 'failed to validate key id: keyID is empty';
  if (length > largestName)
    return `failed to validate key id: keyID is ${length} bytes, which exceeds the max size of ${largestName}`;
  const faults = annotationFaults(object.annotations);
  if (faults.length === 0) return undefined;
  const [only] = faults;
  return `failed to validate annotations: ${faults.length === 1 && only !== undefined ? only : `[${faults.join(', ')}]`}`;
}

function annotationFaults(annotations: EncryptedObject['annotations']): readonly string[] {
  const faults: string[] = [];
  let total = 0;
  for (const [name, value] of new Map(annotations)) {
    const fault = domainNameFault(name);
    if (fault !== undefined) faults.push(`annotations: ${fault}`);
    total += Buffer.byteLength(name) + value.byteLength;
  }
  if (total > largestAnnotations)
    faults.push(`total size of annotations is ${total}, which exceeds the max size of ${largestAnnotations}`);
  return [...new Set(faults)];
}

/** `IsFullyQualifiedDomainName` (apimachinery pkg/util/validation); `undefined`: nothing is wrong. */
function domainNameFault(name: string): string | undefined {
  if (name === '') return 'Required value';
  const domain = name.endsWith('.') ? name.slice(0, -1) : name;
  const invalid = (value: string, faults: readonly string[]) => `Invalid value: ${goQuote(value)}: ${faults.join(',')}`;
  const faults = dnsSubdomainFaults(domain);
  if (faults.length > 0) return invalid(domain, faults);
  const labels = domain.split('.');
  if (labels.length < 2) return invalid(domain, ['should be a domain with at least two segments separated by dots']);
  const wrong = labels.find((label) => dnsLabelFaults(label).length > 0);
  return wrong === undefined ? undefined : invalid(wrong, dnsLabelFaults(wrong));
}
