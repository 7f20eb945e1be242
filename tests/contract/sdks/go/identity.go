package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (s *scenario) identitySteps() []step {
	return []step{
		{"sts-caller-identity", s.callerIdentity},
		{"sts-at-the-public-address", func() (string, error) {
			return s.arnOf(sts.NewFromConfig(s.settings, func(o *sts.Options) { o.BaseEndpoint = aws.String("https://sts.us-east-1.amazonaws.com") }))
		}},
		{"sts-session-token", s.sessionToken},
		{"sts-wrong-secret", s.wrongSecret},
		{"iam-create-policy", s.createPolicy},
		{"iam-malformed-policy", func() (string, error) {
			_, err := s.iam.CreatePolicy(s.ctx, &iam.CreatePolicyInput{
				PolicyName: aws.String(s.name + "-malformed"), PolicyDocument: aws.String(`{"Version": "2012-10-17", "Statement": "none"}`)})
			return "created", err
		}},
		{"iam-create-user", s.createUser},
		{"iam-access-key-at-once", s.accessKeyAtOnce},
		{"iam-create-role", s.createRole},
		{"sts-assume-role-with-a-session-policy", s.assumeRole},
		{"iam-pages", s.userPages},
		{"iam-group", s.group},
		{"iam-missing-user", func() (string, error) {
			_, err := s.iam.GetUser(s.ctx, &iam.GetUserInput{UserName: aws.String(s.name + "-missing")})
			return refusalOf[*types.NoSuchEntityException](err)
		}},
		{"iam-delete-what-is-in-use", func() (string, error) {
			_, err := s.iam.DeleteUser(s.ctx, &iam.DeleteUserInput{UserName: &s.name})
			return "deleted", err
		}},
		{"iam-clean-up", s.cleanUpIdentities},
	}
}

func (s *scenario) arnOf(client *sts.Client) (string, error) {
	caller, err := client.GetCallerIdentity(s.ctx, nil)
	if err != nil {
		return "", err
	}
	return *caller.Arn, nil
}

// withKeys is the configuration of clients with other keys than the environment's.
func (s *scenario) withKeys(id, secret, token string) aws.Config {
	settings := s.settings.Copy()
	settings.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
	})
	return settings
}

// readAndWrite is what of reading and writing in the bucket succeeds with these settings' keys.
func (s *scenario) readAndWrite(settings aws.Config) (string, error) {
	client := s3.NewFromConfig(settings, pathStyle)
	written := outcome(func() (string, error) {
		_, err := client.PutObject(s.ctx, &s3.PutObjectInput{Bucket: &s.name, Key: aws.String("hello"), Body: strings.NewReader("by another")})
		return "written", err
	})
	text, err := s.read(client, &s3.GetObjectInput{Key: aws.String("hello")})
	return text + ", " + written, err
}

func (s *scenario) callerIdentity() (string, error) {
	caller, err := s.sts.GetCallerIdentity(s.ctx, nil)
	if err != nil {
		return "", err
	}
	s.account = *caller.Account
	return *caller.Arn, nil
}

func (s *scenario) sessionToken() (string, error) {
	session, err := s.sts.GetSessionToken(s.ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	if err != nil {
		return "", err
	}
	keys := session.Credentials
	return s.arnOf(sts.NewFromConfig(s.withKeys(*keys.AccessKeyId, *keys.SecretAccessKey, *keys.SessionToken)))
}

func (s *scenario) wrongSecret() (string, error) {
	keys, err := s.settings.Credentials.Retrieve(s.ctx)
	if err != nil {
		return "", err
	}
	return s.arnOf(sts.NewFromConfig(s.withKeys(keys.AccessKeyID, "wrong", "")))
}

func (s *scenario) createPolicy() (string, error) {
	created, err := s.iam.CreatePolicy(s.ctx, &iam.CreatePolicyInput{PolicyName: &s.name, PolicyDocument: policy(allow("s3:ListBucket"))})
	if err != nil {
		return "", err
	}
	s.policy = *created.Policy.Arn
	if _, err := s.iam.CreatePolicyVersion(s.ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: &s.policy, PolicyDocument: policy(allow("s3:ListBucket", "s3:GetObject")), SetAsDefault: true}); err != nil {
		return "", err
	}
	listed, err := s.iam.ListPolicyVersions(s.ctx, &iam.ListPolicyVersionsInput{PolicyArn: &s.policy})
	if err != nil {
		return "", err
	}
	var versions []string
	for _, version := range listed.Versions {
		versions = append(versions, *version.VersionId)
		if version.IsDefaultVersion {
			versions = append(versions, "default")
		}
	}
	return strings.Join(versions, " "), nil
}

func (s *scenario) createUser() (string, error) {
	created, err := s.iam.CreateUser(s.ctx, &iam.CreateUserInput{
		UserName: &s.name, Path: aws.String("/scenario/"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("ü")}}})
	if err != nil {
		return "", err
	}
	if _, err := s.iam.AttachUserPolicy(s.ctx, &iam.AttachUserPolicyInput{UserName: &s.name, PolicyArn: &s.policy}); err != nil {
		return "", err
	}
	attached, err := s.iam.ListAttachedUserPolicies(s.ctx, &iam.ListAttachedUserPoliciesInput{UserName: &s.name})
	if err != nil {
		return "", err
	}
	return *created.User.Arn + " " + *attached.AttachedPolicies[0].PolicyName, nil
}

func (s *scenario) accessKeyAtOnce() (string, error) {
	created, err := s.iam.CreateAccessKey(s.ctx, &iam.CreateAccessKeyInput{UserName: &s.name})
	if err != nil {
		return "", err
	}
	s.accessKey = *created.AccessKey.AccessKeyId
	return s.readAndWrite(s.withKeys(s.accessKey, *created.AccessKey.SecretAccessKey, ""))
}

func (s *scenario) createRole() (string, error) {
	trust := statement{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]string{"AWS": "arn:aws:iam::" + s.account + ":root"}}
	created, err := s.iam.CreateRole(s.ctx, &iam.CreateRoleInput{RoleName: &s.name, AssumeRolePolicyDocument: policy(trust)})
	if err != nil {
		return "", err
	}
	s.role = *created.Role.Arn
	_, err = s.iam.PutRolePolicy(s.ctx, &iam.PutRolePolicyInput{
		RoleName: &s.name, PolicyName: aws.String("inline"), PolicyDocument: policy(allow("s3:*"))})
	return s.role, err
}

func (s *scenario) assumeRole() (string, error) {
	narrow := policy(allow("s3:*"), statement{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"})
	assumed, err := s.sts.AssumeRole(s.ctx, &sts.AssumeRoleInput{RoleArn: &s.role, RoleSessionName: aws.String("scenario"), Policy: narrow})
	if err != nil {
		return "", err
	}
	keys := assumed.Credentials
	return s.readAndWrite(s.withKeys(*keys.AccessKeyId, *keys.SecretAccessKey, *keys.SessionToken))
}

func (s *scenario) userPages() (string, error) {
	path := aws.String("/" + s.name + "/")
	for number := range 3 {
		if _, err := s.iam.CreateUser(s.ctx, &iam.CreateUserInput{UserName: aws.String(fmt.Sprint(s.name, "-", number)), Path: path}); err != nil {
			return "", err
		}
	}
	pages, users := 0, 0
	for paginator := iam.NewListUsersPaginator(s.iam, &iam.ListUsersInput{PathPrefix: path, MaxItems: aws.Int32(2)}); paginator.HasMorePages(); pages++ {
		page, err := paginator.NextPage(s.ctx)
		if err != nil {
			return "", err
		}
		users += len(page.Users)
	}
	return fmt.Sprintf("%d in %d", users, pages), nil
}

func (s *scenario) group() (string, error) {
	if _, err := s.iam.CreateGroup(s.ctx, &iam.CreateGroupInput{GroupName: &s.name}); err != nil {
		return "", err
	}
	if _, err := s.iam.AddUserToGroup(s.ctx, &iam.AddUserToGroupInput{GroupName: &s.name, UserName: &s.name}); err != nil {
		return "", err
	}
	listed, err := s.iam.ListGroupsForUser(s.ctx, &iam.ListGroupsForUserInput{UserName: &s.name})
	if err != nil {
		return "", err
	}
	return *listed.Groups[0].Arn, nil
}

func (s *scenario) cleanUpIdentities() (string, error) {
	err := errors.Join(
		last(s.iam.RemoveUserFromGroup(s.ctx, &iam.RemoveUserFromGroupInput{GroupName: &s.name, UserName: &s.name})),
		last(s.iam.DeleteGroup(s.ctx, &iam.DeleteGroupInput{GroupName: &s.name})),
		last(s.iam.DeleteAccessKey(s.ctx, &iam.DeleteAccessKeyInput{UserName: &s.name, AccessKeyId: &s.accessKey})),
		last(s.iam.DetachUserPolicy(s.ctx, &iam.DetachUserPolicyInput{UserName: &s.name, PolicyArn: &s.policy})),
		last(s.iam.DeleteRolePolicy(s.ctx, &iam.DeleteRolePolicyInput{RoleName: &s.name, PolicyName: aws.String("inline")})),
		last(s.iam.DeleteRole(s.ctx, &iam.DeleteRoleInput{RoleName: &s.name})),
		last(s.iam.DeletePolicyVersion(s.ctx, &iam.DeletePolicyVersionInput{PolicyArn: &s.policy, VersionId: aws.String("v1")})),
		last(s.iam.DeletePolicy(s.ctx, &iam.DeletePolicyInput{PolicyArn: &s.policy})),
	)
	for _, user := range []string{s.name, s.name + "-0", s.name + "-1", s.name + "-2"} {
		err = errors.Join(err, last(s.iam.DeleteUser(s.ctx, &iam.DeleteUserInput{UserName: &user})))
	}
	return "ok", err
}

func last[T any](_ T, err error) error { return err }
