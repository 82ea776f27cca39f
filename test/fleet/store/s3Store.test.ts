import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { textContent } from '../../../src/fleet/store/fileContent.ts';
import { openStore } from '../../../src/fleet/store/openStore.ts';
import { pythonHas } from '../../sinks/support/python.ts';
import { type TestS3, testS3 } from '../support/s3Server.ts';
import { storeContract } from '../support/storeContract.ts';

// A server takes seconds to start, on a busy machine a minute.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 150_000 });

describe.skipIf(!pythonHas('moto.server'))(
  'with an S3-compatible server (needs Python with moto and flask)',
  () => {
    let server: TestS3;
    beforeAll(async () => {
      server = await testS3();
      for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
    });
    afterAll(async () => {
      vi.unstubAllEnvs();
      await server.dispose();
    });

    storeContract('S3', () => openStore(server.store));

    it('a bucket that is not there, and a server that is not, are a line without secrets', async () => {
      const store = await openStore('s3://no-such-bucket');
      await expect(store.put('key', textContent('text'))).rejects.toThrow(
        /^the store s3:\/\/no-such-bucket: key: NoSuchBucket/,
      );
      vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:9');
      const away = await openStore('s3://bucket/prefix');
      const error: unknown = await away.read('key', 10).catch((thrown: unknown) => thrown);
      expect(String(error)).toMatch(/^StoreError: the store s3:\/\/bucket\/prefix: key: .*ECONNREFUSED/);
      expect(String(error)).not.toMatch(/secret-of-a-test|key-of-a-test/);
      vi.stubEnv('AWS_ENDPOINT_URL_S3', server.environment['AWS_ENDPOINT_URL_S3']!);
    });
  },
);
