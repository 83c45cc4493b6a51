package solve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Desk is one attempt at a task: the sandbox that the solver works in. What
// it leaves there is its patch.
type Desk struct {
	Task *Task
	Box  sandbox.Sandbox // Tree at /work, as a git repository of one commit
	Seed uint64          // all chance comes from it

	dir *sandbox.Scratch // of the git directory
}

// Open makes a desk. The caller must close it.
func (t *Task) Open(ctx context.Context, seed uint64) (_ *Desk, err error) {
	d := &Desk{Task: t, Seed: seed}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("solve: open a desk: %w", err), d.Close())
		}
	}()
	if d.dir, err = sandbox.NewScratch(); err != nil {
		return nil, err
	}
	git := filepath.Join(d.dir.Path, "git")
	if err := os.Mkdir(git, 0o755); err != nil {
		return nil, err
	}
	if err := repo.OneCommit(ctx, t.Tree, git); err != nil {
		return nil, err
	}
	d.Box, err = t.Provider.New(ctx, sandbox.Spec{Tree: t.Tree, Setup: t.Setup, Git: git, Limits: t.Limits})
	return d, err
}

// Close destroys the sandbox and its git directory.
func (d *Desk) Close() error {
	var err error
	if d.Box != nil {
		err = d.Box.Close()
	}
	if d.dir != nil {
		err = errors.Join(err, d.dir.Remove())
	}
	return err
}
