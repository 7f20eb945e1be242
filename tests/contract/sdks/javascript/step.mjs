// What all steps share.
import { Agent } from 'node:https';

export const NAME = process.argv[2];
export const kept = {}; // What one step leaves to the ones after it.

export async function outcome(run) {
  try {
    return await run();
  } catch (error) {
    const status = error.$metadata?.httpStatusCode;
    if (status === undefined) return `${error.name}: ${error.message}`;
    return ['NotFound', 'Unknown'].includes(error.name) ? `${status}` : refusal(error); // An answer without a body has no code.
  }
}

export const refusal = (error) => `${error.Code ?? error.name} ${error.$metadata.httpStatusCode}`;

// What `call` is refused with, if that is an error of the class `Kind`.
export async function refusalOf(Kind, call) {
  try {
    await call();
    return 'not refused';
  } catch (error) {
    if (error instanceof Kind) return refusal(error);
    throw error;
  }
}

export async function countPages(paginator, member) {
  let entries = 0;
  let pages = 0;
  for await (const page of paginator) {
    entries += page[member].length;
    pages++;
  }
  return `${entries} in ${pages}`;
}

export const policy = (...statements) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
export const statement = (Effect, Action, Resource = '*', more = {}) => ({ Effect, Action, Resource, ...more });

// The configuration of a client with other keys than the environment's.
export const withKeys = (keys, more = {}) => ({
  credentials: { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken },
  ...more,
});

// The configuration of a client at an address of AWS's, which the environment's proxy answers for; the SDK itself takes no proxy from there.
export const at = (endpoint) => ({ endpoint, requestHandler: { httpsAgent: new Agent({ proxyEnv: process.env }) } });
