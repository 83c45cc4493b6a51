package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/verify"
)

// judgeFlags are what verify and grade have in common: both decide whether an
// artifact is consistent.
type judgeFlags struct {
	source, setup string
	json          bool
	repo          repo.Options
	verify        verify.Options
}

func (f *judgeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.source, "repo", "", "the repository, a `SOURCE`: folder, git URL, or module:PATH@VERSION (required)")
	flags.StringVar(&f.repo.Rev, "rev", "", "the commit `REV` of a git repository (default HEAD)")
	flags.BoolVar(&f.repo.Uncommitted, "uncommitted", false, "take a checkout with its uncommitted changes")
	flags.StringVar(&f.setup, "setup", "", "shell `COMMAND`, run once with network, that installs what the tests need\n(default for Go: download modules and build the tests; otherwise nothing)")
	flags.StringVar(&f.repo.Cache, "cache", "", "`FOLDER` that keeps snapshots and runs (default: ssr in the user's cache folder)")
	flags.BoolVar(&f.json, "json", false, "write the report as JSON, see docs/report.md")
	registerRules(flags, &f.verify)
	flags.IntVar(&f.verify.Parallel, "parallel", 0, "`N` runs at the same time (default: as many as there are processors)")
}

// registerRules registers the numbers of the rules.
func registerRules(flags *pflag.FlagSet, o *verify.Options) {
	flags.IntVar(&o.MinPassing, "min-passing-tests", 0, "`N` tests or more must pass on the original (default 10)")
	flags.IntVar(&o.MinChangedFiles, "min-changed-files", 0, "`N` code files or more must be changed by the bug (default 2)")
	flags.IntVar(&o.MinFailing, "min-failing-tests", 0, "`N` passing tests or more must be broken by the bug (default 2)")
	flags.Float64Var(&o.MaxBrokenShare, "max-broken-share", 0, "at most the `SHARE` of the passing tests may be broken (default 0.9)")
	flags.IntVar(&o.Repeats, "repeats", 0, "`N` runs of the original and of the bug, to find flaky tests (default 2)")
	flags.BoolVar(&o.AllowFailing, "allow-failing", false, "accept tests that fail on the original; they count for nothing")
	flags.DurationVar(&o.Timeout, "timeout", 0, "`TIME` that one run of the tests may take (default 1m30s)")
}

// refuse refuses numbers that are impossible, before anything is opened.
func (f *judgeFlags) refuse(flags *pflag.FlagSet) error {
	return cmp.Or(refuseZeros(flags), refuseRules(f.verify))
}

// refuseZeros refuses numbers that are not above zero: to the packages zero means
// the default, which nobody asks for by writing 0. Named flags may be zero.
func refuseZeros(flags *pflag.FlagSet, but ...string) (err error) {
	flags.Visit(func(flag *pflag.Flag) {
		value, want := flag.Value.String(), "above zero, or left out for the default"
		zero := value == "0" || value == "0s"
		if slices.Contains(but, flag.Name) {
			zero, want = false, "zero or above"
		}
		number := flag.Value.Type() == "int" || flag.Value.Type() == "float64" || flag.Value.Type() == "duration"
		if number && (zero || strings.HasPrefix(value, "-")) {
			err = misuse{fmt.Errorf("--%s is %s; it must be %s", flag.Name, value, want)}
		}
	})
	return err
}

func refuseRules(o verify.Options) error {
	if o.Repeats > verify.MostRepeats {
		return misuse{fmt.Errorf("--repeats is %d; it must be %d or less", o.Repeats, verify.MostRepeats)}
	}
	if share := o.MaxBrokenShare; share > 1 || math.IsNaN(share) {
		return misuse{fmt.Errorf("--max-broken-share is %v; it must be a share of at most 1, such as 0.9", share)}
	}
	return nil
}

// A judged is an artifact, what was decided about it, and by whom.
type judged struct {
	judge  *verify.Judge
	report *verify.Report
}

// decide opens the repository and the artifact at dir, and verifies the one
// over the other.
func (f *judgeFlags) decide(cmd *cobra.Command, dir string, s *status) (judged, error) {
	if err := f.refuse(cmd.Flags()); err != nil {
		return judged{}, err
	}
	if f.source == "" {
		return judged{}, misuse{errors.New("--repo is missing: name the repository that the artifact is made for, such as --repo module:github.com/spf13/cast@v1.10.0")}
	}
	artifact, err := bug.Load(dir)
	if bad, ok := errors.AsType[*bug.FormatError](err); ok {
		return judged{report: verify.Refused(bad)}, nil
	}
	if err != nil {
		return judged{}, named(fmt.Errorf("%w; DIR must be the folder that holds the five files of an artifact", err))
	}
	snapshot, judge, err := f.open(cmd.Context(), s)
	if err != nil {
		return judged{}, err
	}
	report, err := judge.Verify(cmd.Context(), snapshot, artifact)
	return judged{judge, report}, fault(err)
}

// open makes the judge of a repository.
func (f *judgeFlags) open(ctx context.Context, s *status) (*repo.Snapshot, *verify.Judge, error) {
	log := s.logger()
	f.verify.Progress = func(event verify.Event) { log.Log(ctx, importance(event), describe(event)) }
	provider, err := local.New(local.Options{})
	if err != nil {
		return nil, nil, err
	}
	f.repo.Logger = log
	snapshot, err := repo.Open(ctx, f.source, f.repo)
	if err != nil {
		return nil, nil, named(err)
	}
	begin := func(step string) { log.Info("setup: " + step) }
	installed, err := sandbox.Setup{Command: f.setup, Live: s.live("setup"), Begin: begin}.Prepare(ctx, provider, snapshot)
	if _, ok := errors.AsType[*sandbox.SetupError](err); ok && f.setup != "" {
		return nil, nil, misuse{err} // the command is the caller's; the default one fails for want of a network
	}
	if err != nil {
		return nil, nil, err
	}
	return snapshot, &verify.Judge{
		Provider: provider,
		Setup:    installed.Whole,
		RunDir:   filepath.Join(snapshot.Dir, "runs"),
		Options:  f.verify,
	}, nil
}

// named says whose fault it is that something which the caller named could not
// be opened: the caller's, unless the network or the host failed.
func named(err error) error {
	if _, ok := errors.AsType[*repo.UnreachableError](err); ok {
		return err
	}
	for _, failure := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, failure) {
			return err
		}
	}
	return misuse{err}
}

// fault says whose fault an error of the judge is.
func fault(err error) error {
	if _, ok := errors.AsType[*verify.OptionError](err); ok {
		return misuse{err}
	}
	return err
}
