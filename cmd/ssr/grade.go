package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/verify"
)

func gradeCommand() *cobra.Command {
	var flags judgeFlags
	var patch string
	var options verify.GradeOptions
	cmd := &cobra.Command{
		Use:   "grade --repo SOURCE --patch FILE DIR",
		Short: "Decide whether a patch repairs the bug of an artifact",
		Long: `Grade verifies the artifact in DIR, applies the patch to the repository with the bug and the
weakened tests in it, puts the original tests back, and runs them in a fresh sandbox. The
patch resolves the bug when every test passes that passed before the bug.

Changes that the patch makes to tests and to files that steer the test runner are left out
and listed, unless --paper is given.

Exit status: 0 resolved, 1 not, 2 used wrongly (an artifact that is not consistent
included), 3 the machine failed.`,
		Example: `  ssr grade --repo module:github.com/spf13/cast@v1.10.0 --patch fix.diff ./my-bug
  ssr grade --repo . --patch fix.diff --json ./my-bug | jq -r .outcome`,
		Args: oneFolder,
	}
	cmd.Flags().StringVar(&patch, "patch", "", "`FILE` with a git diff against the repository with bug and weakening in it (required)")
	cmd.Flags().BoolVar(&options.Paper, "paper", false, "apply every change of the patch, as the paper does")
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if patch == "" {
			return misuse{errors.New("--patch is missing: name the file that holds the diff to grade")}
		}
		diff, err := readPatch(patch)
		if err != nil {
			return misuse{fmt.Errorf("--patch: %w; name a file that holds a git diff", err)}
		}
		status := newStatus(cmd.ErrOrStderr())
		grade, err := flags.grade(cmd, args[0], diff, options, status)
		status.Close()
		if err != nil {
			return err
		}
		if err := write(cmd, flags.json, grade, func(p *page) { p.grade(args[0], patch, grade) }); err != nil {
			return err
		}
		return yes(grade.Outcome == verify.Resolved)
	}
	return cmd
}

// readPatch reads no more than what package bug refuses anyway.
func readPatch(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, 64<<20))
}

func (f *judgeFlags) grade(cmd *cobra.Command, dir string, diff []byte, options verify.GradeOptions, s *status) (*verify.Grade, error) {
	j, err := f.decide(cmd, dir, s)
	if err != nil {
		return nil, err
	}
	bug, ok := j.report.Bug()
	if !ok {
		return nil, misuse{fmt.Errorf("the artifact in %s is not consistent, so nothing can be graded against it: %s", dir, firstFinding(j.report))}
	}
	grade, err := j.judge.Grade(cmd.Context(), bug, diff, options)
	return grade, fault(err)
}

// firstFinding says which check failed first, and why.
func firstFinding(report *verify.Report) string {
	for _, check := range report.Checks {
		if !check.Passed && !notRun(check) {
			return check.Name + ": " + check.Finding
		}
	}
	return "no check failed"
}
