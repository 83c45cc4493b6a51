package main

import (
	"github.com/spf13/cobra"
)

func verifyCommand() *cobra.Command {
	var flags judgeFlags
	cmd := &cobra.Command{
		Use:   "verify --repo SOURCE DIR",
		Short: "Decide whether a bug artifact is consistent, by running it",
		Long: `Verify decides whether the bug artifact in DIR is consistent over a repository. It runs
the artifact's tests in sandboxes on the original, with the bug, with the weakened tests,
and with each file of the bug undone, and says what every check found.

DIR holds test_script.sh, test_files.txt, test_parser.py, bug_inject.diff and
test_weaken.diff; README.md says how to write them.

Exit status: 0 consistent, 1 not, 2 used wrongly, 3 the machine failed.`,
		Example: `  ssr verify --repo module:github.com/spf13/cast@v1.10.0 testdata/artifacts/cast-conversions
  ssr verify --repo . --rev v1.2.0 ./my-bug
  ssr verify --repo ~/src/project --setup 'pip install -r requirements.txt' ./my-bug
  ssr verify --repo https://github.com/spf13/cast --json ./my-bug | jq .fail_to_pass`,
		Args: oneFolder,
	}
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		status := newStatus(cmd.ErrOrStderr())
		j, err := flags.decide(cmd, args[0], status)
		status.Close()
		if err != nil {
			return err
		}
		if err := write(cmd, flags.json, j.report, func(p *page) { p.verification(args[0], j.report) }); err != nil {
			return err
		}
		return yes(j.report.Consistent)
	}
	return cmd
}

func yes(answer bool) error {
	if answer {
		return nil
	}
	return errNo
}
