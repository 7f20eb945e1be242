package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var encryptionContext = map[string]string{"purpose": "scenario", "ü": "a b"}

func (s *scenario) kmsSteps() []step {
	return []step{
		{"kms-create-key", s.createKey},
		{"kms-alias", s.keyAlias},
		{"kms-encrypt-and-decrypt", s.encryptAndDecrypt},
		{"kms-wrong-context", func() (string, error) {
			_, err := s.kms.Decrypt(s.ctx, &kms.DecryptInput{CiphertextBlob: s.secret, EncryptionContext: map[string]string{"purpose": "other"}})
			return "decrypted", err
		}},
		{"kms-data-key", s.dataKey},
		{"kms-sign-and-verify", s.signAndVerify},
		{"kms-missing-key", func() (string, error) {
			_, err := s.kms.DescribeKey(s.ctx, &kms.DescribeKeyInput{KeyId: aws.String("00000000-0000-0000-0000-000000000000")})
			return refusalOf[*types.NotFoundException](err)
		}},
		{"kms-encrypts-an-object", s.encryptsAnObject},
		{"kms-schedule-deletion", s.scheduleDeletion},
	}
}

func (s *scenario) aliasName() *string { return aws.String("alias/" + s.name) }

func (s *scenario) createKey() (string, error) {
	created, err := s.kms.CreateKey(s.ctx, &kms.CreateKeyInput{Description: &s.name})
	if err != nil {
		return "", err
	}
	key := created.KeyMetadata
	s.kmsKey = *key.KeyId
	return fmt.Sprint(key.KeySpec, " ", key.KeyUsage, " ", key.KeyState), nil
}

func (s *scenario) keyAlias() (string, error) {
	if _, err := s.kms.CreateAlias(s.ctx, &kms.CreateAliasInput{AliasName: s.aliasName(), TargetKeyId: &s.kmsKey}); err != nil {
		return "", err
	}
	described, err := s.kms.DescribeKey(s.ctx, &kms.DescribeKeyInput{KeyId: s.aliasName()})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(*described.KeyMetadata.KeyId == s.kmsKey), nil
}

func (s *scenario) encryptAndDecrypt() (string, error) {
	encrypted, err := s.kms.Encrypt(s.ctx, &kms.EncryptInput{
		KeyId: s.aliasName(), Plaintext: []byte("a secret"), EncryptionContext: encryptionContext})
	if err != nil {
		return "", err
	}
	s.secret = encrypted.CiphertextBlob
	opened, err := s.kms.Decrypt(s.ctx, &kms.DecryptInput{CiphertextBlob: s.secret, EncryptionContext: encryptionContext})
	if err != nil {
		return "", err
	}
	return string(opened.Plaintext), nil
}

func (s *scenario) dataKey() (string, error) {
	key, err := s.kms.GenerateDataKey(s.ctx, &kms.GenerateDataKeyInput{KeyId: &s.kmsKey, KeySpec: types.DataKeySpecAes256})
	if err != nil {
		return "", err
	}
	opened, err := s.kms.Decrypt(s.ctx, &kms.DecryptInput{CiphertextBlob: key.CiphertextBlob})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(len(key.Plaintext), " ", bytes.Equal(key.Plaintext, opened.Plaintext)), nil
}

func (s *scenario) signAndVerify() (string, error) {
	created, err := s.kms.CreateKey(s.ctx, &kms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
	if err != nil {
		return "", err
	}
	key := created.KeyMetadata.KeyId
	algorithm := types.SigningAlgorithmSpecEcdsaSha256
	signed, err := s.kms.Sign(s.ctx, &kms.SignInput{KeyId: key, Message: []byte("a message"), SigningAlgorithm: algorithm})
	if err != nil {
		return "", err
	}
	verify := func(message string) (string, error) {
		verified, err := s.kms.Verify(s.ctx, &kms.VerifyInput{
			KeyId: key, Message: []byte(message), Signature: signed.Signature, SigningAlgorithm: algorithm})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(verified.SignatureValid), nil
	}
	valid := outcome(func() (string, error) { return verify("a message") })
	other := outcome(func() (string, error) { return verify("another") })
	_, err = s.kms.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: key, PendingWindowInDays: aws.Int32(7)})
	return valid + ", " + other, err
}

func (s *scenario) encryptsAnObject() (string, error) {
	key := aws.String("sse-kms")
	if _, err := s.s3.PutObject(s.ctx, &s3.PutObjectInput{
		Bucket: &s.name, Key: key, Body: strings.NewReader("by KMS"),
		ServerSideEncryption: s3types.ServerSideEncryptionAwsKms, SSEKMSKeyId: &s.kmsKey, BucketKeyEnabled: aws.Bool(true)}); err != nil {
		return "", err
	}
	head, err := s.head(*key)
	if err != nil {
		return "", err
	}
	text, err := s.textOf(*key)
	return fmt.Sprint(head.ServerSideEncryption, " ", strings.HasSuffix(*head.SSEKMSKeyId, s.kmsKey), " ", text), err
}

func (s *scenario) scheduleDeletion() (string, error) {
	if _, err := s.kms.DeleteAlias(s.ctx, &kms.DeleteAliasInput{AliasName: s.aliasName()}); err != nil {
		return "", err
	}
	if _, err := s.kms.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: &s.kmsKey, PendingWindowInDays: aws.Int32(7)}); err != nil {
		return "", err
	}
	_, err := s.kms.Encrypt(s.ctx, &kms.EncryptInput{KeyId: &s.kmsKey, Plaintext: []byte("too late")})
	return "encrypted", err
}
