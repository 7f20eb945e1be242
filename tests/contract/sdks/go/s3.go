package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	oddKey      = "a b+c/ü?&=#%20/../x"
	oddMetadata = "a=b; c, \"d\" (e) ~!#$%&'*+^_`|/\\"
	partSize    = 5 * 1024 * 1024
)

func (s *scenario) s3Steps() []step {
	return []step{
		{"s3-create-bucket", s.createBucket},
		{"s3-put", s.putDescribed},
		{"s3-get", s.getDescribed},
		{"s3-head", s.headSizeAndETag},
		{"s3-range", s.getRange},
		{"s3-not-modified", func() (string, error) {
			return s.read(s.s3, &s3.GetObjectInput{Key: aws.String("hello"), IfNoneMatch: aws.String(`"5d41402abc4b2a76b9719d911017c592"`)})
		}},
		{"s3-missing-key", func() (string, error) {
			_, err := s.textOf("missing")
			return refusalOf[*types.NoSuchKey](err)
		}},
		{"s3-head-of-a-missing-key", func() (string, error) {
			_, err := s.head("missing")
			return "found", err
		}},
		{"s3-put-only-if-new", func() (string, error) {
			_, err := s.put("hello", "other", func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })
			return "put", err
		}},
		{"s3-put-only-over-the-known", func() (string, error) {
			_, err := s.put("hello", "other", func(in *s3.PutObjectInput) { in.IfMatch = aws.String(`"00000000000000000000000000000000"`) })
			return "put", err
		}},
		{"s3-empty-object", s.emptyObject},
		{"s3-odd-key", s.oddKey},
		{"s3-pages", s.pages},
		{"s3-folders", s.folders},
		{"s3-multipart", s.multipart},
		{"s3-stream-of-unknown-length", s.streamOfUnknownLength},
		{"s3-presigned-put-and-get", s.presigned},
		{"s3-copy", s.copy},
		{"s3-tags", s.tags},
		{"s3-virtual-host", func() (string, error) { return s.read(s.publicS3, &s3.GetObjectInput{Key: aws.String("hello")}) }},
		{"s3-bucket-policy", s.bucketPolicy},
		{"s3-public-access-block", s.publicAccessBlock},
		{"s3-cors", s.cors},
		{"s3-encrypted-by-s3", s.encryptedByS3},
		{"s3-encrypted-by-the-customer", s.encryptedByTheCustomer},
		{"s3-versions", s.versions},
		{"s3-delete-marker", s.deleteMarker},
		{"s3-list-versions", s.listVersions},
		{"s3-undelete", s.undelete},
	}
}

func (s *scenario) cleanUpSteps() []step {
	return []step{
		{"s3-delete-a-full-bucket", func() (string, error) {
			_, err := s.s3.DeleteBucket(s.ctx, &s3.DeleteBucketInput{Bucket: &s.name})
			return "deleted", err
		}},
		{"s3-delete-all-versions", s.deleteAllVersions},
	}
}

func (s *scenario) put(key, body string, more ...func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	input := &s3.PutObjectInput{Bucket: &s.name, Key: &key, Body: strings.NewReader(body)}
	for _, change := range more {
		change(input)
	}
	return s.s3.PutObject(s.ctx, input)
}

func (s *scenario) head(key string) (*s3.HeadObjectOutput, error) {
	return s.s3.HeadObject(s.ctx, &s3.HeadObjectInput{Bucket: &s.name, Key: &key})
}

func (s *scenario) read(client *s3.Client, input *s3.GetObjectInput) (string, error) {
	input.Bucket = &s.name
	got, err := client.GetObject(s.ctx, input)
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return string(body), err
}

func (s *scenario) textOf(key string) (string, error) {
	return s.read(s.s3, &s3.GetObjectInput{Key: &key})
}

func (s *scenario) createBucket() (string, error) {
	if _, err := s.s3.CreateBucket(s.ctx, &s3.CreateBucketInput{Bucket: &s.name}); err != nil {
		return "", err
	}
	if err := s3.NewBucketExistsWaiter(s.s3).Wait(s.ctx, &s3.HeadBucketInput{Bucket: &s.name}, 10*time.Second); err != nil {
		return "", err
	}
	head, err := s.s3.HeadBucket(s.ctx, &s3.HeadBucketInput{Bucket: &s.name})
	if err != nil {
		return "", err
	}
	return *head.BucketRegion, nil
}

func (s *scenario) putDescribed() (string, error) {
	put, err := s.put("hello", "hello", func(in *s3.PutObjectInput) {
		in.ContentType, in.CacheControl = aws.String("text/plain"), aws.String("no-cache")
		in.Metadata = map[string]string{"odd": oddMetadata}
	})
	if err != nil {
		return "", err
	}
	return *put.ETag, nil
}

func (s *scenario) getDescribed() (string, error) {
	got, err := s.s3.GetObject(s.ctx, &s3.GetObjectInput{Bucket: &s.name, Key: aws.String("hello")})
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return strings.Join([]string{string(body), *got.ContentType, *got.CacheControl, got.Metadata["odd"]}, " "), err
}

func (s *scenario) headSizeAndETag() (string, error) {
	head, err := s.head("hello")
	if err != nil {
		return "", err
	}
	return fmt.Sprint(*head.ContentLength, " ", *head.ETag), nil
}

func (s *scenario) getRange() (string, error) {
	got, err := s.s3.GetObject(s.ctx, &s3.GetObjectInput{Bucket: &s.name, Key: aws.String("hello"), Range: aws.String("bytes=1-3")})
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return string(body) + " " + *got.ContentRange, err
}

func (s *scenario) emptyObject() (string, error) {
	if _, err := s.put("empty", ""); err != nil {
		return "", err
	}
	head, err := s.head("empty")
	if err != nil {
		return "", err
	}
	text, err := s.textOf("empty")
	return fmt.Sprint(*head.ContentLength, text), err
}

func (s *scenario) oddKey() (string, error) {
	if _, err := s.put(oddKey, "odd"); err != nil {
		return "", err
	}
	listed, err := s.s3.ListObjectsV2(s.ctx, &s3.ListObjectsV2Input{Bucket: &s.name, Prefix: aws.String("a b+c/")})
	if err != nil {
		return "", err
	}
	text, err := s.textOf(oddKey)
	for _, entry := range listed.Contents {
		text += " " + *entry.Key
	}
	return text, err
}

func (s *scenario) pages() (string, error) {
	for number := range 5 {
		if _, err := s.put(fmt.Sprintf("page/%d", number), ""); err != nil {
			return "", err
		}
	}
	pages, entries := 0, 0
	input := &s3.ListObjectsV2Input{Bucket: &s.name, Prefix: aws.String("page/"), MaxKeys: aws.Int32(2)}
	for paginator := s3.NewListObjectsV2Paginator(s.s3, input); paginator.HasMorePages(); pages++ {
		page, err := paginator.NextPage(s.ctx)
		if err != nil {
			return "", err
		}
		entries += len(page.Contents)
	}
	return fmt.Sprintf("%d in %d", entries, pages), nil
}

func (s *scenario) folders() (string, error) {
	listed, err := s.s3.ListObjectsV2(s.ctx, &s3.ListObjectsV2Input{Bucket: &s.name, Delimiter: aws.String("/")})
	if err != nil {
		return "", err
	}
	var names []string
	for _, folder := range listed.CommonPrefixes {
		names = append(names, *folder.Prefix)
	}
	for _, entry := range listed.Contents {
		names = append(names, *entry.Key)
	}
	return strings.Join(names, " "), nil
}

func (s *scenario) multipart() (string, error) {
	key := aws.String("parts")
	upload, err := s.s3.CreateMultipartUpload(s.ctx, &s3.CreateMultipartUploadInput{Bucket: &s.name, Key: key})
	if err != nil {
		return "", err
	}
	var parts []types.CompletedPart
	for index, body := range []string{strings.Repeat("a", partSize), "b"} {
		number := aws.Int32(int32(index + 1))
		part, err := s.s3.UploadPart(s.ctx, &s3.UploadPartInput{
			Bucket: &s.name, Key: key, UploadId: upload.UploadId, PartNumber: number, Body: strings.NewReader(body)})
		if err != nil {
			return "", err
		}
		parts = append(parts, types.CompletedPart{PartNumber: number, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32})
	}
	if _, err = s.s3.CompleteMultipartUpload(s.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &s.name, Key: key, UploadId: upload.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}}); err != nil {
		return "", err
	}
	head, err := s.s3.HeadObject(s.ctx, &s3.HeadObjectInput{Bucket: &s.name, Key: key, PartNumber: aws.Int32(2)})
	if err != nil {
		return "", err
	}
	text, err := s.read(s.s3, &s3.GetObjectInput{Key: key, PartNumber: aws.Int32(2)})
	return fmt.Sprint(*head.PartsCount, " ", *head.ContentRange, " ", text), err
}

func (s *scenario) streamOfUnknownLength() (string, error) {
	// Only a Reader: the manager cannot ask how long it is.
	stream := struct{ io.Reader }{bytes.NewReader(bytes.Repeat([]byte("s"), partSize+3))}
	input := &transfermanager.UploadObjectInput{Bucket: &s.name, Key: aws.String("stream"), Body: stream}
	if _, err := transfermanager.New(s.s3).UploadObject(s.ctx, input); err != nil {
		return "", err
	}
	head, err := s.head("stream")
	if err != nil {
		return "", err
	}
	return fmt.Sprint(*head.ContentLength), nil
}

func (s *scenario) presigned() (string, error) {
	key := aws.String("pre signed")
	presigner := s3.NewPresignClient(s.s3)
	put, err := presigner.PresignPutObject(s.ctx, &s3.PutObjectInput{Bucket: &s.name, Key: key})
	if err != nil {
		return "", err
	}
	if _, err := plainHTTP(http.MethodPut, put.URL, "by plain HTTP"); err != nil {
		return "", err
	}
	get, err := presigner.PresignGetObject(s.ctx, &s3.GetObjectInput{Bucket: &s.name, Key: key})
	if err != nil {
		return "", err
	}
	return plainHTTP(http.MethodGet, get.URL, "")
}

func plainHTTP(method, url, body string) (string, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if reply.StatusCode != http.StatusOK {
		return reply.Status, err
	}
	return string(text), err
}

func (s *scenario) copy() (string, error) {
	source := aws.String(s.name + "/hello")
	if _, err := s.s3.CopyObject(s.ctx, &s3.CopyObjectInput{Bucket: &s.name, Key: aws.String("copy"), CopySource: source}); err != nil {
		return "", err
	}
	if _, err := s.s3.CopyObject(s.ctx, &s3.CopyObjectInput{
		Bucket: &s.name, Key: aws.String("changed"), CopySource: source,
		MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"odd": "new"}}); err != nil {
		return "", err
	}
	copied, err := s.head("copy")
	if err != nil {
		return "", err
	}
	changed, err := s.head("changed")
	if err != nil {
		return "", err
	}
	return copied.Metadata["odd"] + " " + changed.Metadata["odd"], nil
}

func (s *scenario) tags() (string, error) {
	key := aws.String("hello")
	tags := &types.Tagging{TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("a+b = c/d")}}}
	if _, err := s.s3.PutObjectTagging(s.ctx, &s3.PutObjectTaggingInput{Bucket: &s.name, Key: key, Tagging: tags}); err != nil {
		return "", err
	}
	got, err := s.s3.GetObjectTagging(s.ctx, &s3.GetObjectTaggingInput{Bucket: &s.name, Key: key})
	if err != nil {
		return "", err
	}
	return *got.TagSet[0].Key + ": " + *got.TagSet[0].Value, nil
}

func (s *scenario) bucketPolicy() (string, error) {
	deny := statement{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + s.name + "/secret"}
	if _, err := s.s3.PutBucketPolicy(s.ctx, &s3.PutBucketPolicyInput{Bucket: &s.name, Policy: policy(deny)}); err != nil {
		return "", err
	}
	if _, err := s.put("secret", "secret"); err != nil {
		return "", err
	}
	before := outcome(func() (string, error) { return s.textOf("secret") })
	if _, err := s.s3.DeleteBucketPolicy(s.ctx, &s3.DeleteBucketPolicyInput{Bucket: &s.name}); err != nil {
		return "", err
	}
	after, err := s.textOf("secret")
	return before + ", " + after, err
}

func (s *scenario) publicAccessBlock() (string, error) {
	yes, no := aws.Bool(true), aws.Bool(false)
	block := &types.PublicAccessBlockConfiguration{BlockPublicAcls: yes, IgnorePublicAcls: no, BlockPublicPolicy: yes, RestrictPublicBuckets: no}
	if _, err := s.s3.PutPublicAccessBlock(s.ctx, &s3.PutPublicAccessBlockInput{Bucket: &s.name, PublicAccessBlockConfiguration: block}); err != nil {
		return "", err
	}
	got, err := s.s3.GetPublicAccessBlock(s.ctx, &s3.GetPublicAccessBlockInput{Bucket: &s.name})
	if err != nil {
		return "", err
	}
	block = got.PublicAccessBlockConfiguration
	return fmt.Sprint(*block.BlockPublicPolicy, " ", *block.RestrictPublicBuckets), nil
}

func (s *scenario) cors() (string, error) {
	rule := types.CORSRule{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"https://example.com"}, MaxAgeSeconds: aws.Int32(60)}
	rules := &types.CORSConfiguration{CORSRules: []types.CORSRule{rule}}
	if _, err := s.s3.PutBucketCors(s.ctx, &s3.PutBucketCorsInput{Bucket: &s.name, CORSConfiguration: rules}); err != nil {
		return "", err
	}
	got, err := s.s3.GetBucketCors(s.ctx, &s3.GetBucketCorsInput{Bucket: &s.name})
	if err != nil {
		return "", err
	}
	rule = got.CORSRules[0]
	return fmt.Sprint(rule.AllowedMethods[0], " ", rule.AllowedOrigins[0], " ", *rule.MaxAgeSeconds), nil
}

func (s *scenario) encryptedByS3() (string, error) {
	if _, err := s.put("sse-s3", "by S3", func(in *s3.PutObjectInput) { in.ServerSideEncryption = types.ServerSideEncryptionAes256 }); err != nil {
		return "", err
	}
	head, err := s.head("sse-s3")
	if err != nil {
		return "", err
	}
	text, err := s.textOf("sse-s3")
	return fmt.Sprint(head.ServerSideEncryption, " ", text), err
}
