package main

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (s *scenario) encryptedByTheCustomer() (string, error) {
	// New buckets take no such keys.
	rule := types.ServerSideEncryptionRule{
		BlockedEncryptionTypes: &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{types.EncryptionTypeNone}}}
	if _, err := s.s3.PutBucketEncryption(s.ctx, &s3.PutBucketEncryptionInput{
		Bucket:                            &s.name,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{rule}}}); err != nil {
		return "", err
	}
	raw := strings.Repeat("k", 32)
	digest := md5.Sum([]byte(raw))
	algorithm, key := aws.String("AES256"), aws.String(base64.StdEncoding.EncodeToString([]byte(raw)))
	keyMD5 := aws.String(base64.StdEncoding.EncodeToString(digest[:]))
	if _, err := s.publicS3.PutObject(s.ctx, &s3.PutObjectInput{
		Bucket: &s.name, Key: aws.String("sse-c"), Body: strings.NewReader("by the customer"),
		SSECustomerAlgorithm: algorithm, SSECustomerKey: key, SSECustomerKeyMD5: keyMD5}); err != nil {
		return "", err
	}
	text, err := s.read(s.publicS3, &s3.GetObjectInput{
		Key: aws.String("sse-c"), SSECustomerAlgorithm: algorithm, SSECustomerKey: key, SSECustomerKeyMD5: keyMD5})
	without := outcome(func() (string, error) { return s.textOf("sse-c") })
	return text + ", " + without, err
}

func (s *scenario) versions() (string, error) {
	if _, err := s.s3.PutBucketVersioning(s.ctx, &s3.PutBucketVersioningInput{
		Bucket: &s.name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}); err != nil {
		return "", err
	}
	first, err := s.put("versions", "first")
	if err != nil {
		return "", err
	}
	if _, err := s.put("versions", "second"); err != nil {
		return "", err
	}
	now, err := s.textOf("versions")
	if err != nil {
		return "", err
	}
	then, err := s.read(s.s3, &s3.GetObjectInput{Key: aws.String("versions"), VersionId: first.VersionId})
	return now + " " + then, err
}

func (s *scenario) deleteMarker() (string, error) {
	deleted, err := s.s3.DeleteObject(s.ctx, &s3.DeleteObjectInput{Bucket: &s.name, Key: aws.String("versions")})
	if err != nil {
		return "", err
	}
	s.marker = aws.ToString(deleted.VersionId)
	return s.textOf("versions")
}

func (s *scenario) listVersions() (string, error) {
	listed, err := s.s3.ListObjectVersions(s.ctx, &s3.ListObjectVersionsInput{Bucket: &s.name, Prefix: aws.String("versions")})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d versions, %d marker", len(listed.Versions), len(listed.DeleteMarkers)), nil
}

func (s *scenario) undelete() (string, error) {
	if _, err := s.s3.DeleteObject(s.ctx, &s3.DeleteObjectInput{Bucket: &s.name, Key: aws.String("versions"), VersionId: &s.marker}); err != nil {
		return "", err
	}
	return s.textOf("versions")
}

func (s *scenario) deleteAllVersions() (string, error) {
	listed, err := s.s3.ListObjectVersions(s.ctx, &s3.ListObjectVersionsInput{Bucket: &s.name})
	if err != nil {
		return "", err
	}
	var objects []types.ObjectIdentifier
	for _, version := range listed.Versions {
		objects = append(objects, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
	}
	for _, marker := range listed.DeleteMarkers {
		objects = append(objects, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
	}
	deleted, err := s.s3.DeleteObjects(s.ctx, &s3.DeleteObjectsInput{Bucket: &s.name, Delete: &types.Delete{Objects: objects}})
	if err != nil {
		return "", err
	}
	for _, failed := range deleted.Errors {
		return *failed.Code + " of " + *failed.Key, nil
	}
	if _, err := s.s3.DeleteBucket(s.ctx, &s3.DeleteBucketInput{Bucket: &s.name}); err != nil {
		return "", err
	}
	if err := s3.NewBucketNotExistsWaiter(s.s3).Wait(s.ctx, &s3.HeadBucketInput{Bucket: &s.name}, 10*time.Second); err != nil {
		return "", err
	}
	_, err = s.s3.HeadBucket(s.ctx, &s3.HeadBucketInput{Bucket: &s.name})
	return "found", err
}
