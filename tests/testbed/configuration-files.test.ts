import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAdmissionConfiguration } from '../../src/admission/configuration.ts';
import { loadAuthenticationConfiguration } from '../../src/authentication/configuration.ts';
import { loadAuthorizationConfiguration } from '../../src/authorization/configuration.ts';
import { loadEncryptionConfiguration } from '../../src/encryption/configuration.ts';
import { gateSpec } from '../../src/cluster/tables/gate-table.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { admissionFiles, authenticationFiles, authorizationFiles, encryptionFiles } from './configuration-cases.ts';
import { FileOracle } from './refused-start.ts';

const testbeds = findTestbedsForLongTests();
const path = 'FILE';

/** Built with `-trimpath`, a server names its scheme otherwise than a release; addresses in memory and details of broken certificates vary. */
function comparable(message: string | undefined): string {
  if (message === undefined) return 'accepted';
  return message
    .replaceAll(/in scheme "[^"]*"/g, 'in scheme')
    .replaceAll(/0x[0-9a-f]{6,}/g, '0x0')
    .trimEnd();
}

describe.skipIf(testbeds.length === 0)('configuration files (needs a testbed: node testbed/build.mjs)', () => {
  describe.each(testbeds)('of $version', (testbed) => {
    const { minor } = testbed;
    const oracle = new FileOracle(testbed);
    const gates = (name: string): boolean => gateSpec(name, minor)?.value ?? false;

    beforeAll(async () => oracle.start());
    afterAll(async () => oracle.stop());

    async function compare(
      flag: string,
      files: readonly string[],
      load: (text: string) => { kind: string; message?: string },
    ): Promise<void> {
      for (const text of files) {
        const loaded = load(text);
        const asked = await oracle.refusal(flag, text);
        expect({ text, answer: comparable(loaded.message) }).toEqual({ text, answer: comparable(asked) });
      }
    }

    it('EncryptionConfiguration', async () => {
      await compare('encryption-provider-config', encryptionFiles, (text) =>
        loadEncryptionConfiguration(text, { path, minor, gates }),
      );
    });

    it('AdmissionConfiguration', async () => {
      await compare('admission-control-config-file', admissionFiles, (text) => loadAdmissionConfiguration(text, { path, minor }));
    });

    it.skipIf(minor < 30)('AuthenticationConfiguration (from 1.30)', async () => {
      const serviceAccountIssuers = ['https://kubernetes.default.svc'];
      await compare('authentication-config', authenticationFiles, (text) =>
        loadAuthenticationConfiguration(text, { path, minor, gates, serviceAccountIssuers }),
      );
    });

    it.skipIf(minor < 30)('AuthorizationConfiguration (from 1.30)', async () => {
      await compare('authorization-config', authorizationFiles, (text) => loadAuthorizationConfiguration(text, { path, minor }));
    });
  });
});
