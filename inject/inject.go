// Package inject is the injector's role: an assignment in, five files out.
package inject

import (
	"context"
	"fmt"

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

// Minima are what the judge will ask for (rules, section 2).
type Minima struct {
	PassingTests   int     `json:"passing_tests"`
	ChangedFiles   int     `json:"changed_files"`
	FailingTests   int     `json:"failing_tests"`
	MaxBrokenShare float64 `json:"max_broken_share"`
}

// An Assignment is what an injector is asked for.
type Assignment struct {
	Repository *Repository
	Strategy   Strategy
	Target     Target
	Seed       uint64 // all chance comes from it: same assignment, same injection
	Minima     Minima
}

// An Injection is what an injector hands in: the five files as they are, since
// one that cannot be read is a finding and not an error.
type Injection struct {
	Files  bug.Files
	Record []byte // JSON: how it was made, for who learns from it; may be nil
}

// An Injector makes bugs. It is safe for concurrent use. An error is the
// machine's or ctx's; an injector that finds no bug hands in empty files.
type Injector interface {
	Inject(ctx context.Context, a Assignment) (*Injection, error)
}

// A Preparer is an Injector that looks at a repository before the first
// assignment on it. Where nothing can be played it returns an *UnplayableError.
type Preparer interface {
	Prepare(ctx context.Context, r *Repository) error
}

// A Targeter is an Injector that knows which places of a repository it could
// break, in a fixed order.
type Targeter interface {
	Targets(ctx context.Context, r *Repository) ([]Target, error)
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
