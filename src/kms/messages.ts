import type { DescMethodUnary, DescService } from '@bufbuild/protobuf';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import {
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';

const { BYTES, STRING, MESSAGE } = FieldDescriptorProto_Type;
type FieldType = 'bytes' | 'string' | 'annotations';
type Fields = Readonly<Record<string, readonly [number: number, type: FieldType]>>;

/** The plug-in APIs: names and numbers of k8s.io/kms apis/v2/api.proto and apis/v1beta1/api.proto. */
const v2: Readonly<Record<string, Fields>> = {
  StatusRequest: {},
  StatusResponse: { version: [1, 'string'], healthz: [2, 'string'], key_id: [3, 'string'] },
  DecryptRequest: { ciphertext: [1, 'bytes'], uid: [2, 'string'], key_id: [3, 'string'], annotations: [4, 'annotations'] },
  DecryptResponse: { plaintext: [1, 'bytes'] },
  EncryptRequest: { plaintext: [1, 'bytes'], uid: [2, 'string'] },
  EncryptResponse: { ciphertext: [1, 'bytes'], key_id: [2, 'string'], annotations: [3, 'annotations'] },
};
const v1: Readonly<Record<string, Fields>> = {
  VersionRequest: { version: [1, 'string'] },
  VersionResponse: { version: [1, 'string'], runtime_name: [2, 'string'], runtime_version: [3, 'string'] },
  DecryptRequest: { version: [1, 'string'], cipher: [2, 'bytes'] },
  DecryptResponse: { plain: [1, 'bytes'] },
  EncryptRequest: { version: [1, 'string'], plain: [2, 'bytes'] },
  EncryptResponse: { cipher: [1, 'bytes'] },
};

function describe(
  packageName: string,
  messages: Readonly<Record<string, Fields>>,
  methods: readonly string[],
): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, {
    name: `${packageName}.proto`,
    package: packageName,
    syntax: 'proto3',
    messageType: Object.entries(messages).map(([name, fields]) => messageOf(packageName, name, fields)),
    service: [
      {
        name: 'KeyManagementService',
        method: methods.map((name) => ({
          name,
          inputType: `.${packageName}.${name}Request`,
          outputType: `.${packageName}.${name}Response`,
        })),
      },
    ],
  });
}

function messageOf(packageName: string, name: string, fields: Fields): DescriptorProto {
  const hasMap = Object.values(fields).some(([, type]) => type === 'annotations');
  // A map is a repeated message of key and value, marked as such.
  const entry = create(DescriptorProtoSchema, {
    name: 'AnnotationsEntry',
    field: [fieldOf('key', 1, STRING), fieldOf('value', 2, BYTES)],
    options: create(MessageOptionsSchema, { mapEntry: true }),
  });
  return create(DescriptorProtoSchema, {
    name,
    field: Object.entries(fields).map(([field, [number, type]]) =>
      type === 'annotations'
        ? create(FieldDescriptorProtoSchema, {
            name: field,
            number,
            type: MESSAGE,
            label: FieldDescriptorProto_Label.REPEATED,
            typeName: `.${packageName}.${name}.AnnotationsEntry`,
          })
        : fieldOf(field, number, type === 'bytes' ? BYTES : STRING),
    ),
    nestedType: hasMap ? [entry] : [],
  });
}

function fieldOf(name: string, number: number, type: FieldDescriptorProto_Type): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, { name, number, type, label: FieldDescriptorProto_Label.OPTIONAL });
}

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [describe('v2', v2, ['Status', 'Decrypt', 'Encrypt']), describe('v1beta1', v1, ['Version', 'Decrypt', 'Encrypt'])],
  }),
);

/** The service of a version of the API, with all its methods. */
export function kmsService(version: 'v1' | 'v2'): DescService {
  const service = registry.getService(`${version === 'v1' ? 'v1beta1' : 'v2'}.KeyManagementService`);
  if (service === undefined) throw new Error(`no KMS service ${version}`);
  return service;
}

export function kmsMethod(version: 'v1' | 'v2', name: 'Status' | 'Version' | 'Decrypt' | 'Encrypt'): DescMethodUnary {
  const method = kmsService(version).methods.find((candidate) => candidate.name === name);
  if (method?.methodKind !== 'unary') throw new Error(`KMS ${version} has no method ${name}`);
  return method as DescMethodUnary;
}
