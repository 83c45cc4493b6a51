// Verifyall judges a folder of artifacts made for one repository, without a
// player, a store or a network once the repository is there.
//
//	go run ./examples/verifyall module:github.com/gorilla/mux@v1.8.1 ./my-artifacts
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/verify"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: verifyall SOURCE FOLDER")
	}
	if err := verifyAll(context.Background(), os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func verifyAll(ctx context.Context, source, folder string) error {
	provider, err := local.New(local.Options{})
	if err != nil {
		return err
	}
	snapshot, err := repo.Open(ctx, source, repo.Options{})
	if err != nil {
		return err
	}
	installed, err := sandbox.Setup{}.Prepare(ctx, provider, snapshot)
	if err != nil {
		return err
	}
	judge := &verify.Judge{Provider: provider, Setup: installed.Whole, RunDir: filepath.Join(snapshot.Dir, "runs")}
	dirs, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		report, err := verifyOne(ctx, judge, snapshot, dir)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", filepath.Base(dir), verdict(report))
	}
	return nil
}

func verifyOne(ctx context.Context, judge *verify.Judge, snapshot *repo.Snapshot, dir string) (*verify.Report, error) {
	artifact, err := bug.Load(dir)
	if bad, ok := errors.AsType[*bug.FormatError](err); ok {
		return verify.Refused(bad), nil
	}
	if err != nil {
		return nil, err
	}
	return judge.Verify(ctx, snapshot, artifact)
}

func verdict(report *verify.Report) string {
	for _, check := range report.Checks {
		if !check.Passed {
			return check.Name + ": " + check.Finding
		}
	}
	return fmt.Sprintf("consistent, %d tests broken", len(report.FailToPass))
}
