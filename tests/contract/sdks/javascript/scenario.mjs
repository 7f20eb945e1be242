// The scenario by the AWS SDK for JavaScript. usage: node scenario.mjs NAME   (see ../README.md)
import { identity } from './identity.mjs';
import { kms } from './kms.mjs';
import { cleanUp, s3 } from './s3.mjs';
import { outcome } from './step.mjs';

for (const [name, run] of Object.entries({ ...s3, ...identity, ...kms, ...cleanUp })) {
  console.log(`${name}\t${await outcome(run)}`);
}
