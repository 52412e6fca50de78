import type { DuckDBConnection } from '@duckdb/node-api';

/** The store's own package is not installed. */
export class StoreMissing extends Error {}

/** What the rest of the store needs of a database. */
export interface Database {
  run(sql: string, values?: readonly (string | number)[]): Promise<void>;
  rows(sql: string, values?: readonly (string | number)[]): Promise<readonly Record<string, unknown>[]>;
  /** Rows in the order of the answer, a chunk at a time. */
  stream(sql: string, values?: readonly (string | number)[]): AsyncGenerator<Record<string, unknown>>;
  close(): void;
}

/**
 * Opens the embedded database: a file, or memory. The package is native and optional; it is loaded here alone, when it is asked for.
 *
 * @param settings of the engine: memory_limit, temp_directory
 * Errors: StoreMissing where the package is not installed; what the engine says where the file is none of its own, or in use.
 */
export async function openDatabase(file: string | undefined, settings: Readonly<Record<string, string>>): Promise<Database> {
  const { DuckDBInstance } = await loadPackage();
  const instance = await DuckDBInstance.create(file ?? ':memory:', settings);
  const connection = await instance.connect();
  return {
    async run(sql, values = []) {
      await connection.run(sql, [...values]);
    },
    async rows(sql, values = []) {
      const reader = await connection.runAndReadAll(sql, [...values]);
      return reader.getRowObjectsJson() as readonly Record<string, unknown>[];
    },
    stream: (sql, values = []) => streamed(connection, sql, values),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function* streamed(
  connection: DuckDBConnection,
  sql: string,
  values: readonly (string | number)[],
): AsyncGenerator<Record<string, unknown>> {
  const result = await connection.stream(sql, [...values]);
  for await (const rows of result.yieldRowObjectJson()) yield* rows as Record<string, unknown>[];
}

async function loadPackage(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new StoreMissing(
      `the analytical store @duckdb/node-api cannot be loaded (${reason}); \`npm install @duckdb/node-api@1.5.6-r.1\` installs it`,
    );
  }
}
