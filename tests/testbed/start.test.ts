import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import { findTestbeds } from '../../testbed/find.ts';
import { StartFailure } from '../../testbed/start-failure.ts';

const testbeds = findTestbeds();

describe.skipIf(testbeds.length === 0)('control plane (needs a testbed: node testbed/build.mjs)', () => {
  describe.each(testbeds)('of $version', (testbed) => {
    let plane: ControlPlane;

    beforeAll(async () => {
      plane = await startControlPlane(testbed, { controllerManager: testbed.controllerManager !== undefined });
    });
    afterAll(async () => {
      await plane.stop();
      expect(existsSync(plane.dir)).toBe(false);
    });

    it('answers with its version', async () => {
      const response = await plane.request('GET', '/version');
      expect(response.body).toMatchObject({ gitVersion: `v${testbed.version}`, major: '1', minor: String(testbed.minor) });
    });

    it('knows the administrator, a user and an unknown token', async () => {
      expect((await plane.request('GET', '/api/v1/secrets')).status).toBe(200);
      const as = { credential: plane.credentialFor('jane', ['dev']) };
      const refused = await plane.request('GET', '/api/v1/secrets', undefined, { as });
      expect(refused.body).toMatchObject({
        code: 403,
        message: 'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" at the cluster scope',
      });
      expect((await plane.request('GET', '/api', undefined, { as: { token: 'nobody' } })).status).toBe(401);
    });

    it('runs kubectl', async () => {
      const result = await plane.kubectl(['get', 'namespace', 'default', '-o', 'name']);
      expect(result).toMatchObject({ code: 0, stdout: 'namespace/default\n' });
    });

    it('restarts with other flags and keeps its objects', async () => {
      await plane.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } });
      expect((await plane.request('GET', '/healthz', undefined, { as: 'anonymous' })).status).toBe(200);
      await plane.restartApiserver({ flags: { 'anonymous-auth': 'false' } });
      expect((await plane.request('GET', '/healthz', undefined, { as: 'anonymous' })).status).toBe(401);
      expect((await plane.request('GET', '/api/v1/namespaces/kept')).status).toBe(200);
    });

    it('fails with the message of the server and leaves nothing', async () => {
      const failure = await startControlPlane(testbed, { flags: { 'enable-admission-plugins': 'Nope' } }).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(StartFailure);
      expect((failure as StartFailure).message).toBe('enable-admission-plugins plugin "Nope" is unknown');
    });
  });

  it('leaves nothing when the process is killed', async () => {
    const script = `
      import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, '../../testbed/control-plane.ts'))};
      import { findTestbeds } from ${JSON.stringify(join(import.meta.dirname, '../../testbed/find.ts'))};
      const plane = await startControlPlane(findTestbeds()[0]);
      console.log(plane.dir);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const dir = await new Promise<string>((resolve) =>
      child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim())),
    );
    expect(existsSync(dir)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(dir), { timeout: 10_000 }).toBe(false);
  });
});
