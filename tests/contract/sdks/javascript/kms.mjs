// The steps of KMS.
import { KMS, NotFoundException } from '@aws-sdk/client-kms';
import { S3 } from '@aws-sdk/client-s3';

import { textOf } from './s3.mjs';
import { kept, NAME, outcome, refusalOf } from './step.mjs';

const client = new KMS();
const AliasName = `alias/${NAME}`;
const EncryptionContext = { purpose: 'scenario', ü: 'a b' };

export const kms = {
  'kms-create-key': async () => {
    const { KeyMetadata: key } = await client.createKey({ Description: NAME });
    kept.kms = key.KeyId;
    return `${key.KeySpec} ${key.KeyUsage} ${key.KeyState}`;
  },
  'kms-alias': async () => {
    await client.createAlias({ AliasName, TargetKeyId: kept.kms });
    return `${(await client.describeKey({ KeyId: AliasName })).KeyMetadata.KeyId === kept.kms}`;
  },
  'kms-encrypt-and-decrypt': async () => {
    const encrypted = await client.encrypt({ KeyId: AliasName, Plaintext: Buffer.from('a secret'), EncryptionContext });
    kept.secret = encrypted.CiphertextBlob;
    const { Plaintext } = await client.decrypt({ CiphertextBlob: kept.secret, EncryptionContext });
    return Buffer.from(Plaintext).toString();
  },
  'kms-wrong-context': () => client.decrypt({ CiphertextBlob: kept.secret, EncryptionContext: { purpose: 'other' } }),
  'kms-data-key': async () => {
    const { Plaintext, CiphertextBlob } = await client.generateDataKey({ KeyId: kept.kms, KeySpec: 'AES_256' });
    const opened = await client.decrypt({ CiphertextBlob });
    return `${Plaintext.length} ${Buffer.compare(opened.Plaintext, Plaintext) === 0}`;
  },
  'kms-sign-and-verify': async () => {
    const { KeyId } = (await client.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })).KeyMetadata;
    const how = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256' };
    const { Signature } = await client.sign({ Message: Buffer.from('a message'), ...how });
    const { SignatureValid } = await client.verify({ Message: Buffer.from('a message'), Signature, ...how });
    const other = await outcome(() => client.verify({ Message: Buffer.from('another'), Signature, ...how }));
    await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    return `${SignatureValid}, ${other}`;
  },
  'kms-missing-key': () => refusalOf(NotFoundException, () => client.describeKey({ KeyId: '00000000-0000-0000-0000-000000000000' })),
  'kms-encrypts-an-object': async () => {
    const s3 = new S3({ forcePathStyle: true });
    const place = { Bucket: NAME, Key: 'sse-kms' };
    await s3.putObject({ ...place, Body: 'by KMS', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kept.kms, BucketKeyEnabled: true });
    const head = await s3.headObject(place);
    return `${head.ServerSideEncryption} ${head.SSEKMSKeyId.endsWith(kept.kms)} ${await textOf('sse-kms')}`;
  },
  'kms-schedule-deletion': async () => {
    await client.deleteAlias({ AliasName });
    await client.scheduleKeyDeletion({ KeyId: kept.kms, PendingWindowInDays: 7 });
    return client.encrypt({ KeyId: kept.kms, Plaintext: Buffer.from('too late') });
  },
};
