// The scenario by the AWS SDK for Go. usage: scenario NAME   (see ../README.md)
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	s := newScenario(settings, os.Args[1])
	for _, steps := range [][]step{s.s3Steps(), s.identitySteps(), s.kmsSteps(), s.cleanUpSteps()} {
		for _, step := range steps {
			fmt.Printf("%s\t%s\n", step.name, outcome(step.run))
		}
	}
}
