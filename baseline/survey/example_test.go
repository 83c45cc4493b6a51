package survey_test

import (
	"fmt"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

// The script of an artifact holds the tests that were chosen.
func ExampleScript() {
	chosen := []survey.Test{
		{ID: "example.com/m/calc TestAdd", Dir: "calc", Name: "TestAdd"},
		{ID: "example.com/m/calc TestAdd/zero", Dir: "calc", Name: "TestAdd/zero"},
		{ID: "example.com/m/calc TestSub", Dir: "calc", Name: "TestSub"},
	}
	fmt.Printf("%s", survey.Script(survey.GoTest, chosen))
	// Output:
	// #!/bin/bash
	// # Runs the chosen tests, package by package.
	// status=0
	// go test -count=1 -vet=off -timeout=60s -json -run '^(TestAdd|TestSub)$' './calc' || status=1
	// exit $status
}
