package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

type step struct {
	name string
	run  func() (string, error)
}

// A scenario is what the steps share, and what one leaves to the ones after it.
type scenario struct {
	ctx      context.Context
	settings aws.Config
	name     string
	s3       *s3.Client
	publicS3 *s3.Client // At AWS's own address by TLS, with the bucket in the host's name: the environment's proxy answers for it.
	sts      *sts.Client
	iam      *iam.Client
	kms      *kms.Client

	marker, account, policy, accessKey, role, kmsKey string
	secret                                           []byte
}

func newScenario(settings aws.Config, name string) *scenario {
	return &scenario{
		ctx: context.Background(), settings: settings, name: name,
		s3: s3.NewFromConfig(settings, pathStyle), publicS3: s3.NewFromConfig(settings, publicAddress), sts: sts.NewFromConfig(settings),
		iam: iam.NewFromConfig(settings), kms: kms.NewFromConfig(settings),
	}
}

func pathStyle(o *s3.Options)     { o.UsePathStyle = true }
func publicAddress(o *s3.Options) { o.BaseEndpoint = aws.String("https://s3.us-east-1.amazonaws.com") }

// outcome goes on after a panic too: an answer without what it should have ends one step, not the scenario.
func outcome(run func() (string, error)) (text string) {
	defer func() {
		if problem := recover(); problem != nil {
			text = fmt.Sprint(problem)
		}
	}()
	value, err := run()
	if err != nil {
		return refusal(err)
	}
	return value
}

// refusal is an error as the scenario writes it: "NoSuchKey 404", only the status of an answer without a body.
func refusal(err error) string {
	var answer *awshttp.ResponseError
	var api smithy.APIError
	if !errors.As(err, &answer) || !errors.As(err, &api) {
		return err.Error()
	}
	if code := api.ErrorCode(); code != "NotFound" && code != "UnknownError" && code != "NotModified" {
		return fmt.Sprint(code, " ", answer.HTTPStatusCode())
	}
	return fmt.Sprint(answer.HTTPStatusCode())
}

// refusalOf is what a call was refused with, if that is an error of the type E.
func refusalOf[E error](err error) (string, error) {
	var typed E
	if errors.As(err, &typed) {
		return refusal(err), nil
	}
	return "not refused", err
}

type statement map[string]any

func allow(actions ...string) statement {
	return statement{"Effect": "Allow", "Action": actions, "Resource": "*"}
}

func policy(statements ...statement) *string {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err)
	}
	return aws.String(string(text))
}
