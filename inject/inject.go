// Package inject is the injector's role: an assignment in, five files out (rules,
// sections 1 and 6).
//
// An [Injector] has one method, and thirty lines make one: see the example, which
// hands in artifacts from a folder. It is given a [Repository] that it can run
// commands on, as many sandboxes as it likes, and may look at all of it, its
// history included ([repo.Snapshot.History]). What it hands in are the bytes of
// five files; whether they state a bug is for the judge to say, so nothing here
// looks at them, and an injector that checks its own work does so to be paid, not
// to be believed.
//
// An [Assignment] asks for one bug: by which strategy, at which place, out of
// which seed. The strategies are the paper's (section 2.2) and one of the built-in
// player's. A strategy is a word and not code: how one goes about it is the
// injector's own.
//
// [Agent] is the injector that is a language model:
//
//	injector := &inject.Agent{Loop: agent.Loop{Policy: p}}
//	injection, err := injector.Inject(ctx, assignment)
//
// Its policy works in one sandbox with the tree and its whole history
// ([repo.AllCommits]): it reads, runs the tests, breaks the code, weakens the
// tests, writes the five files into a new folder, and submits that. The engine
// believes the tree, which the policy ran its tests on, and not the two diffs that
// it wrote: it makes both itself, and keeps in the [Record] where the policy's
// differ. The prompts are in prompts/, one for the role and one for each strategy.
//
// Four optional interfaces tell about an injector. A [Preparer] looks at a
// repository before the first assignment, and can say that it cannot be played;
// a [Targeter] knows the places that bugs can be spread over; a [Strategist] knows
// some of the strategies; a [Noter] says what of a repository it leaves out.
//
// Left out: drawing strategies, targets and seeds, which needs to know the rounds
// before and is the engine's; and a second opinion of the policy on its own bug,
// which is what the judge is for.
package inject

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Repository is a snapshot that can be played on: with what its tests need
// installed, and machines to run them.
type Repository struct {
	Snapshot *repo.Snapshot
	Provider sandbox.Provider
	Setup    *sandbox.Installed // nil: nothing is needed
	Limits   sandbox.Limits     // of every sandbox

	Strategies []Strategy    // that assignments on it may ask for; nil: any
	MaxTime    time.Duration // as in the Minima of those; 0: 90 s
}

// A Strategy says how an injector goes about it (rules, section 6).
type Strategy string

// The strategies. An injector refuses one that it does not know.
const (
	Removal  Strategy = "removal"  // delete large parts and repair what used them
	History  Strategy = "history"  // undo past changes, and what that needs to compile
	Direct   Strategy = "direct"   // just break it
	Mutation Strategy = "mutation" // small edits of the source; the built-in player's
)

// Validate refuses a word that is no strategy of the rules. Which of them an
// injector knows is for the injector to say.
func (s Strategy) Validate() error {
	switch s {
	case Removal, History, Direct, Mutation:
		return nil
	}
	return fmt.Errorf("no strategy is called %q; there are %s, %s, %s and %s", string(s), Removal, History, Direct, Mutation)
}

// A Target is the place that a bug is wanted at, so that bugs spread over a
// repository. Zero fields leave it open.
type Target struct {
	File   string `json:"file,omitempty"`
	Func   string `json:"func,omitempty"`   // in File
	Commit string `json:"commit,omitempty"` // to be undone
}

func (t Target) String() string {
	switch {
	case t.Func != "":
		return t.File + ":" + t.Func
	case t.File != "":
		return t.File
	}
	return t.Commit
}

// Validate refuses a target that names no place: a function without its file, or a
// file that is no path of a tree.
func (t Target) Validate() error {
	if t.Func != "" && t.File == "" {
		return fmt.Errorf("the target names the function %q and no file; name the file that it is in", t.Func)
	}
	if t.File == "" {
		return nil
	}
	if err := repo.CheckPath(t.File); err != nil {
		return fmt.Errorf("the target's file: %w", err)
	}
	return nil
}

// Minima are what the judge will ask for (rules, section 2).
type Minima struct {
	PassingTests   int           `json:"passing_tests"`
	ChangedFiles   int           `json:"changed_files"`
	FailingTests   int           `json:"failing_tests"`
	MaxBrokenShare float64       `json:"max_broken_share"`
	MaxTime        time.Duration `json:"max_time,omitzero"` // of one run of the script, in nanoseconds; 0: the rules' 90 s
}

// Validate refuses numbers that no bug can meet.
func (m Minima) Validate() error {
	if m.PassingTests < 0 || m.ChangedFiles < 0 || m.FailingTests < 0 {
		return fmt.Errorf("a minimum is negative: %+v; 0 asks for nothing", m)
	}
	if !(m.MaxBrokenShare >= 0 && m.MaxBrokenShare <= 1) {
		return fmt.Errorf("the share of tests that may break is %v; it must be between 0 and 1", m.MaxBrokenShare)
	}
	if m.MaxTime < 0 {
		return fmt.Errorf("a run of the script may take %v; it must be above zero, or zero for 90s", m.MaxTime)
	}
	return nil
}

// An Assignment is what an injector is asked for.
type Assignment struct {
	Repository *Repository
	Strategy   Strategy
	Target     Target
	Seed       uint64 // all chance comes from it: same assignment, same injection
	Minima     Minima
}

// Validate refuses an assignment that nobody can carry out.
func (a Assignment) Validate() error {
	if a.Repository == nil || a.Repository.Snapshot == nil || a.Repository.Provider == nil {
		return errors.New("the assignment needs a repository with a snapshot and a provider of sandboxes")
	}
	return errors.Join(a.Strategy.Validate(), a.Target.Validate(), a.Minima.Validate())
}

// An Injection is what an injector hands in: the five files as they are, since
// one that cannot be read is a finding and not an error.
type Injection struct {
	Files  bug.Files
	Record []byte // JSON: how it was made, for who learns from it; may be nil
	Ending string // what kept the injector from handing in anything, for a person; "": nothing did
}

// An Injector makes bugs. It is safe for concurrent use. An error is the
// machine's or ctx's; an injector that finds no bug hands in empty files.
type Injector interface {
	Inject(ctx context.Context, a Assignment) (*Injection, error)
}

// A Preparer is an Injector that looks at a repository before the first
// assignment on it. What it will need of a network, such as earlier releases of a
// module, it fetches then, so that a play needs none after its set-up. Where
// nothing can be played it returns an *UnplayableError.
type Preparer interface {
	Prepare(ctx context.Context, r *Repository) error
}

// A Targeter is an Injector that knows which places of a repository it could
// break, in a fixed order.
type Targeter interface {
	Targets(ctx context.Context, r *Repository) ([]Target, error)
}

// A Strategist is an Injector that knows some strategies only. It returns an error
// for any other, before anything runs.
type Strategist interface {
	Strategies() []Strategy
}

// A Noter is an Injector that knows what of a repository it does not play with,
// such as tests that fail, and says so in sentences for a person.
type Noter interface {
	Notes(ctx context.Context, r *Repository) ([]string, error)
}

// An UnplayableError says why a repository cannot be played on.
type UnplayableError struct {
	Source  string
	Problem string // what is wrong with it
	Want    string // what would be right
}

func (e *UnplayableError) Error() string {
	return fmt.Sprintf("%s: %s; %s", e.Source, e.Problem, e.Want)
}
