import type { DescMethodUnary } from '@bufbuild/protobuf';
import { create, createFileRegistry } from '@bufbuild/protobuf';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

const { BYTES, BOOL, INT64, UINT64, STRING, MESSAGE } = FieldDescriptorProto_Type;

interface Field {
  readonly number: number;
  readonly type: FieldDescriptorProto_Type;
  readonly of?: string;
  readonly repeated?: true;
}

/**
 * The part of etcd's API that is used: names and field numbers of etcd's api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto, the same
 * from 3.4 to 3.7. Fields that are left out are passed over.
 */
const messages: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ResponseHeader: { revision: { number: 3, type: INT64 } },
  RangeRequest: {
    key: { number: 1, type: BYTES },
    range_end: { number: 2, type: BYTES },
    limit: { number: 3, type: INT64 },
    revision: { number: 4, type: INT64 },
    keys_only: { number: 8, type: BOOL },
  },
  KeyValue: { key: { number: 1, type: BYTES }, mod_revision: { number: 3, type: INT64 }, value: { number: 5, type: BYTES } },
  RangeResponse: {
    header: { number: 1, type: MESSAGE, of: 'ResponseHeader' },
    kvs: { number: 2, type: MESSAGE, of: 'KeyValue', repeated: true },
    more: { number: 3, type: BOOL },
    count: { number: 4, type: INT64 },
  },
  StatusRequest: {},
  StatusResponse: {
    header: { number: 1, type: MESSAGE, of: 'ResponseHeader' },
    version: { number: 2, type: STRING },
    dbSize: { number: 3, type: INT64 },
    leader: { number: 4, type: UINT64 },
  },
};

function describe(): FileDescriptorProto {
  const messageType = Object.entries(messages).map(([name, fields]) => ({
    name,
    field: Object.entries(fields).map(([field, { number, type, of, repeated }]) => ({
      name: field,
      number,
      type,
      label: repeated === true ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
      ...(of === undefined ? {} : { typeName: `.etcdserverpb.${of}` }),
    })),
  }));
  const method = (name: string) => ({
    name,
    inputType: `.etcdserverpb.${name}Request`,
    outputType: `.etcdserverpb.${name}Response`,
  });
  return create(FileDescriptorProtoSchema, {
    name: 'etcd.proto',
    package: 'etcdserverpb',
    syntax: 'proto3',
    messageType,
    service: [
      { name: 'KV', method: [method('Range')] },
      { name: 'Maintenance', method: [method('Status')] },
    ],
  });
}

const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [describe()] }));

function methodOf(service: string, name: string): DescMethodUnary {
  const found = registry.getService(`etcdserverpb.${service}`);
  const method = found?.methods.find((candidate) => candidate.name === name);
  if (method?.methodKind !== 'unary') throw new Error(`etcd's ${service} has no method ${name}`);
  return method as DescMethodUnary;
}

export const rangeMethod = methodOf('KV', 'Range');
export const statusMethod = methodOf('Maintenance', 'Status');

/** One key with its value as it is stored; a read of keys alone has empty values. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly modRevision: bigint;
  readonly value: Uint8Array;
}

/** Answer of `Range`, as the descriptor above shapes it. */
export interface RangeResponse {
  readonly header?: { readonly revision: bigint };
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Keys in the whole range, not in this page. */
  readonly count: bigint;
}

/** Answer of `Status`. */
export interface StatusResponse {
  readonly header?: { readonly revision: bigint };
  readonly version: string;
  readonly dbSize: bigint;
  readonly leader: bigint;
}
