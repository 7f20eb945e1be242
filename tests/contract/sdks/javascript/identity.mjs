// The steps of STS and IAM.
import { IAM, NoSuchEntityException, paginateListUsers } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';

import { textOf } from './s3.mjs';
import { at, countPages, kept, NAME, outcome, policy, refusalOf, statement, withKeys } from './step.mjs';

const client = new IAM();
const sts = new STS();

const arnOf = async (caller) => (await caller.getCallerIdentity({})).Arn;

// What of reading and writing in the bucket succeeds with these keys.
async function readAndWrite(keys) {
  const s3 = new S3(withKeys(keys, { forcePathStyle: true }));
  const written = await outcome(() => s3.putObject({ Bucket: NAME, Key: 'hello', Body: 'by another' }));
  return `${await textOf('hello', {}, s3)}, ${written}`;
}

export const identity = {
  'sts-caller-identity': async () => {
    kept.account = (await sts.getCallerIdentity({})).Account;
    return arnOf(sts);
  },
  'sts-at-the-public-address': () => arnOf(new STS(at('https://sts.us-east-1.amazonaws.com'))),
  'sts-session-token': async () => {
    const { Credentials } = await sts.getSessionToken({ DurationSeconds: 900 });
    return arnOf(new STS(withKeys(Credentials)));
  },
  'sts-wrong-secret': () => arnOf(new STS(withKeys({ AccessKeyId: process.env.AWS_ACCESS_KEY_ID, SecretAccessKey: 'wrong' }))),
  'iam-create-policy': async () => {
    const listOnly = policy(statement('Allow', 's3:ListBucket'));
    const PolicyArn = (await client.createPolicy({ PolicyName: NAME, PolicyDocument: listOnly })).Policy.Arn;
    kept.policy = PolicyArn;
    const both = policy(statement('Allow', ['s3:ListBucket', 's3:GetObject']));
    await client.createPolicyVersion({ PolicyArn, PolicyDocument: both, SetAsDefault: true });
    const { Versions } = await client.listPolicyVersions({ PolicyArn });
    return Versions.map((version) => version.VersionId + (version.IsDefaultVersion ? ' default' : '')).join(' ');
  },
  'iam-malformed-policy': () => {
    const PolicyDocument = '{"Version": "2012-10-17", "Statement": "none"}';
    return client.createPolicy({ PolicyName: `${NAME}-malformed`, PolicyDocument });
  },
  'iam-create-user': async () => {
    const { User } = await client.createUser({ UserName: NAME, Path: '/scenario/', Tags: [{ Key: 'team', Value: 'ü' }] });
    await client.attachUserPolicy({ UserName: NAME, PolicyArn: kept.policy });
    const { AttachedPolicies } = await client.listAttachedUserPolicies({ UserName: NAME });
    return `${User.Arn} ${AttachedPolicies[0].PolicyName}`;
  },
  'iam-access-key-at-once': async () => {
    kept.key = (await client.createAccessKey({ UserName: NAME })).AccessKey;
    return readAndWrite(kept.key);
  },
  'iam-create-role': async () => {
    const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${kept.account}:root` }, Action: 'sts:AssumeRole' };
    kept.role = (await client.createRole({ RoleName: NAME, AssumeRolePolicyDocument: policy(trust) })).Role.Arn;
    await client.putRolePolicy({ RoleName: NAME, PolicyName: 'inline', PolicyDocument: policy(statement('Allow', 's3:*')) });
    return kept.role;
  },
  'sts-assume-role-with-a-session-policy': async () => {
    const Policy = policy(statement('Allow', 's3:*'), statement('Deny', 's3:PutObject'));
    const { Credentials } = await sts.assumeRole({ RoleArn: kept.role, RoleSessionName: 'scenario', Policy });
    return readAndWrite(Credentials);
  },
  'iam-pages': async () => {
    for (let number = 0; number < 3; number++) await client.createUser({ UserName: `${NAME}-${number}`, Path: `/${NAME}/` });
    return countPages(paginateListUsers({ client, pageSize: 2 }, { PathPrefix: `/${NAME}/` }), 'Users');
  },
  'iam-group': async () => {
    await client.createGroup({ GroupName: NAME });
    await client.addUserToGroup({ GroupName: NAME, UserName: NAME });
    return (await client.listGroupsForUser({ UserName: NAME })).Groups[0].Arn;
  },
  'iam-missing-user': () => refusalOf(NoSuchEntityException, () => client.getUser({ UserName: `${NAME}-missing` })),
  'iam-delete-what-is-in-use': () => client.deleteUser({ UserName: NAME }),
  'iam-clean-up': async () => {
    await client.removeUserFromGroup({ GroupName: NAME, UserName: NAME });
    await client.deleteGroup({ GroupName: NAME });
    await client.deleteAccessKey({ UserName: NAME, AccessKeyId: kept.key.AccessKeyId });
    await client.detachUserPolicy({ UserName: NAME, PolicyArn: kept.policy });
    for (const UserName of [NAME, `${NAME}-0`, `${NAME}-1`, `${NAME}-2`]) await client.deleteUser({ UserName });
    await client.deleteRolePolicy({ RoleName: NAME, PolicyName: 'inline' });
    await client.deleteRole({ RoleName: NAME });
    await client.deletePolicyVersion({ PolicyArn: kept.policy, VersionId: 'v1' });
    await client.deletePolicy({ PolicyArn: kept.policy });
    return 'ok';
  },
};
