import { once } from 'node:events';
import { createServer } from 'node:net';
import { describeCode, errorCode } from '../errors/error-code';
import { RunError } from '../errors/run-error';

/**
 * Checks that connections can be made from these addresses.
 * @throws {RunError} `usage` where one does not belong to this machine
 */
export async function checkLocalAddresses(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const probe = createServer();
    try {
      probe.listen({ host: address, port: 0 });
      await once(probe, 'listening');
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      const words = code === 'EADDRNOTAVAIL' ? 'not an address of this machine' : describeCode(code);
      throw new RunError('usage', `--local-address ${address}: ${words}`, code);
    } finally {
      probe.close();
    }
  }
}
