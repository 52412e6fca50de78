import { DevPluginFault, devEndpoint, openDevKeys, serveDevPlugin } from '../kms/dev-plugin.ts';
import { UsageError, exitCodes } from './errors.ts';

/** `bulwark encryption kms-dev-plugin`: serves until it is told to end. Returns the exit code. */
export async function kmsDevPlugin(options: {
  readonly socket: string;
  readonly keys: string;
  readonly rotate: boolean;
}): Promise<number> {
  try {
    const { current } = openDevKeys(options.keys, options.rotate);
    if (options.rotate) {
      process.stdout.write(`key ${current} is in use from now on\n`);
      return exitCodes.holds;
    }
    const server = await serveDevPlugin(options.socket, options.keys);
    process.stderr.write('not for production: the keys lie in a file in the clear\n');
    process.stdout.write(`listening at ${devEndpoint(options.socket)}, key ${current}\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    await server.close();
    return exitCodes.holds;
  } catch (error) {
    if (error instanceof DevPluginFault) throw new UsageError(error.message);
    if (error instanceof Error && 'code' in error) throw new UsageError(`${options.keys}: ${error.message}`);
    throw error;
  }
}
