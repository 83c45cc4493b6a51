package verify_test

import (
	"context"
	"fmt"
	"log"
	"path/filepath"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/verify"
)

// Judge an artifact, and grade a patch by the bug that it states.
func Example() {
	ctx := context.Background()
	snapshot, err := repo.Open(ctx, "module:github.com/spf13/cast@v1.10.0", repo.Options{})
	if err != nil {
		log.Fatal(err)
	}
	artifact, err := bug.Load("my-bug")
	if err != nil {
		log.Fatal(err)
	}
	provider, err := local.New(local.Options{})
	if err != nil {
		log.Fatal(err)
	}
	judge := &verify.Judge{Provider: provider, RunDir: filepath.Join(snapshot.Dir, "runs")}
	report, err := judge.Verify(ctx, snapshot, artifact)
	if err != nil {
		log.Fatal(err) // the machine's fault
	}
	for _, check := range report.Checks {
		fmt.Println(check.Name, check.Passed, check.Finding)
	}
	if found, ok := report.Bug(); ok {
		grade, err := judge.Grade(ctx, found, []byte("diff --git …"), verify.GradeOptions{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(grade.Outcome, grade.Reason)
	}
}
