// The steps of S3.
import { Readable } from 'node:stream';

import {
  GetObjectCommand, NoSuchKey, paginateListObjectsV2, PutObjectCommand, S3, waitUntilBucketExists, waitUntilBucketNotExists,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

import { at, countPages, kept, NAME, outcome, policy, refusalOf, statement } from './step.mjs';

const ODD_KEY = 'a b+c/ü?&=#%20/../x';
const ODD_METADATA = 'a=b; c, "d" (e) ~!#$%&\'*+^_`|/\\';
const PART = 5 * 1024 * 1024;

const client = new S3({ forcePathStyle: true });
const publicClient = new S3(at('https://s3.us-east-1.amazonaws.com'));
const Bucket = NAME;

const put = (Key, Body, more = {}) => client.putObject({ Bucket, Key, Body, ...more });
const head = (Key, more = {}) => client.headObject({ Bucket, Key, ...more });

export async function textOf(Key, more = {}, from = client) {
  const got = await from.getObject({ Bucket, Key, ...more });
  return got.Body.transformToString();
}

async function plainHttp(method, url, body) {
  const reply = await fetch(url, { method, body });
  return reply.ok ? reply.text() : `${reply.status}`;
}

export const s3 = {
  's3-create-bucket': async () => {
    await client.createBucket({ Bucket });
    await waitUntilBucketExists({ client, maxWaitTime: 10 }, { Bucket });
    return (await client.headBucket({ Bucket })).BucketRegion;
  },
  's3-put': async () => {
    const described = { ContentType: 'text/plain', CacheControl: 'no-cache', Metadata: { odd: ODD_METADATA } };
    return (await put('hello', 'hello', described)).ETag;
  },
  's3-get': async () => {
    const got = await client.getObject({ Bucket, Key: 'hello' });
    return [await got.Body.transformToString(), got.ContentType, got.CacheControl, got.Metadata.odd].join(' ');
  },
  's3-head': async () => {
    const { ContentLength, ETag } = await head('hello');
    return `${ContentLength} ${ETag}`;
  },
  's3-range': async () => {
    const got = await client.getObject({ Bucket, Key: 'hello', Range: 'bytes=1-3' });
    return `${await got.Body.transformToString()} ${got.ContentRange}`;
  },
  's3-not-modified': () => textOf('hello', { IfNoneMatch: '"5d41402abc4b2a76b9719d911017c592"' }),
  's3-missing-key': () => refusalOf(NoSuchKey, () => textOf('missing')),
  's3-head-of-a-missing-key': () => head('missing'),
  's3-put-only-if-new': () => put('hello', 'other', { IfNoneMatch: '*' }),
  's3-put-only-over-the-known': () => put('hello', 'other', { IfMatch: '"00000000000000000000000000000000"' }),
  's3-empty-object': async () => {
    await put('empty', '');
    return `${(await head('empty')).ContentLength} ${await textOf('empty')}`.trim();
  },
  's3-odd-key': async () => {
    await put(ODD_KEY, 'odd');
    const listed = await client.listObjectsV2({ Bucket, Prefix: 'a b+c/' });
    return [await textOf(ODD_KEY), ...listed.Contents.map((entry) => entry.Key)].join(' ');
  },
  's3-pages': async () => {
    for (let number = 0; number < 5; number++) await put(`page/${number}`, '');
    return countPages(paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Prefix: 'page/' }), 'Contents');
  },
  's3-folders': async () => {
    const listed = await client.listObjectsV2({ Bucket, Delimiter: '/' });
    return [...listed.CommonPrefixes.map((entry) => entry.Prefix), ...listed.Contents.map((entry) => entry.Key)].join(' ');
  },
  's3-multipart': async () => {
    const Key = 'parts';
    const { UploadId } = await client.createMultipartUpload({ Bucket, Key });
    const Parts = [];
    for (const Body of ['a'.repeat(PART), 'b']) {
      const PartNumber = Parts.length + 1;
      const { ETag, ChecksumCRC32 } = await client.uploadPart({ Bucket, Key, UploadId, PartNumber, Body });
      Parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    await client.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
    const second = await head(Key, { PartNumber: 2 });
    return `${second.PartsCount} ${second.ContentRange} ${await textOf(Key, { PartNumber: 2 })}`;
  },
  's3-stream-of-unknown-length': async () => {
    const pieces = [Buffer.alloc(PART, 's'), Buffer.alloc(3, 's')];
    await new Upload({ client, params: { Bucket, Key: 'stream', Body: Readable.from(pieces) } }).done();
    return `${(await head('stream')).ContentLength}`;
  },
  's3-presigned-put-and-get': async () => {
    const place = { Bucket, Key: 'pre signed' };
    await plainHttp('PUT', await getSignedUrl(client, new PutObjectCommand(place)), 'by plain HTTP');
    return plainHttp('GET', await getSignedUrl(client, new GetObjectCommand(place)));
  },
  's3-copy': async () => {
    const CopySource = `${Bucket}/hello`;
    await client.copyObject({ Bucket, Key: 'copy', CopySource });
    await client.copyObject({ Bucket, Key: 'changed', CopySource, MetadataDirective: 'REPLACE', Metadata: { odd: 'new' } });
    return `${(await head('copy')).Metadata.odd} ${(await head('changed')).Metadata.odd}`;
  },
  's3-tags': async () => {
    await client.putObjectTagging({ Bucket, Key: 'hello', Tagging: { TagSet: [{ Key: 'team', Value: 'a+b = c/d' }] } });
    const { TagSet } = await client.getObjectTagging({ Bucket, Key: 'hello' });
    return TagSet.map((tag) => `${tag.Key}: ${tag.Value}`).join(' ');
  },
  's3-virtual-host': () => textOf('hello', {}, publicClient),
  's3-bucket-policy': async () => {
    const Policy = policy(statement('Deny', 's3:GetObject', `arn:aws:s3:::${Bucket}/secret`, { Principal: '*' }));
    await client.putBucketPolicy({ Bucket, Policy });
    await put('secret', 'secret');
    const before = await outcome(() => textOf('secret'));
    await client.deleteBucketPolicy({ Bucket });
    return `${before}, ${await textOf('secret')}`;
  },
  's3-public-access-block': async () => {
    const block = { BlockPublicAcls: true, IgnorePublicAcls: false, BlockPublicPolicy: true, RestrictPublicBuckets: false };
    await client.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration: block });
    const got = (await client.getPublicAccessBlock({ Bucket })).PublicAccessBlockConfiguration;
    return `${got.BlockPublicPolicy} ${got.RestrictPublicBuckets}`;
  },
  's3-cors': async () => {
    const rule = { AllowedMethods: ['GET'], AllowedOrigins: ['https://example.com'], MaxAgeSeconds: 60 };
    await client.putBucketCors({ Bucket, CORSConfiguration: { CORSRules: [rule] } });
    const [got] = (await client.getBucketCors({ Bucket })).CORSRules;
    return `${got.AllowedMethods} ${got.AllowedOrigins} ${got.MaxAgeSeconds}`;
  },
  's3-encrypted-by-s3': async () => {
    await put('sse-s3', 'by S3', { ServerSideEncryption: 'AES256' });
    return `${(await head('sse-s3')).ServerSideEncryption} ${await textOf('sse-s3')}`;
  },
  's3-encrypted-by-the-customer': async () => {
    const rule = { BlockedEncryptionTypes: { EncryptionType: ['NONE'] } }; // New buckets take no such keys.
    await client.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } });
    const key = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32, 'k').toString('base64') };
    await publicClient.putObject({ Bucket, Key: 'sse-c', Body: 'by the customer', ...key });
    return `${await textOf('sse-c', key, publicClient)}, ${await outcome(() => textOf('sse-c'))}`;
  },
  's3-versions': async () => {
    await client.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } });
    const { VersionId } = await put('versions', 'first');
    await put('versions', 'second');
    return `${await textOf('versions')} ${await textOf('versions', { VersionId })}`;
  },
  's3-delete-marker': async () => {
    kept.marker = (await client.deleteObject({ Bucket, Key: 'versions' })).VersionId;
    return textOf('versions');
  },
  's3-list-versions': async () => {
    const listed = await client.listObjectVersions({ Bucket, Prefix: 'versions' });
    return `${listed.Versions.length} versions, ${listed.DeleteMarkers.length} marker`;
  },
  's3-undelete': async () => {
    await client.deleteObject({ Bucket, Key: 'versions', VersionId: kept.marker });
    return textOf('versions');
  },
};

export const cleanUp = {
  's3-delete-a-full-bucket': () => client.deleteBucket({ Bucket }),
  's3-delete-all-versions': async () => {
    const { Versions, DeleteMarkers = [] } = await client.listObjectVersions({ Bucket });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    const { Errors = [] } = await client.deleteObjects({ Bucket, Delete: { Objects } });
    if (Errors.length > 0) return `${Errors[0].Code} of ${Errors[0].Key}`;
    await client.deleteBucket({ Bucket });
    await waitUntilBucketNotExists({ client, maxWaitTime: 10 }, { Bucket });
    return client.headBucket({ Bucket });
  },
};
