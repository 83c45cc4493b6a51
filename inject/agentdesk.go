package inject

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A desk is where one assignment is carried out.
type desk struct {
	*Agent
	Assignment
	box     sandbox.Sandbox
	scratch *sandbox.Scratch // of the git directory

	made   *submission // the last that was understood; nil: none
	rounds []Round
}

// sit makes a desk, has somebody work at it, and clears it away.
func (g *Agent) sit(ctx context.Context, a Assignment, work func(*desk, agent.Job) error) (err error) {
	d := &desk{Agent: g, Assignment: a, rounds: []Round{}}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.open(ctx); err != nil {
		return fmt.Errorf("inject: open a desk: %w", err)
	}
	job, err := d.job()
	if err != nil {
		return fmt.Errorf("inject: %w", err)
	}
	return work(d, job)
}

// open makes the sandbox: the tree, on everything that its tests need, and the
// history.
func (d *desk) open(ctx context.Context) (err error) {
	a := d.Assignment
	if d.scratch, err = sandbox.NewScratch(); err != nil {
		return err
	}
	git := filepath.Join(d.scratch.Path, "git")
	if err := repo.AllCommits(ctx, a.Repository.Snapshot, git); err != nil {
		return err
	}
	spec := sandbox.Spec{Tree: a.Repository.Snapshot.Tree, Git: git, Limits: a.Repository.Limits}
	if setup := a.Repository.Setup; setup != nil {
		spec.Setup = setup.Whole
	}
	d.box, err = a.Repository.Provider.New(ctx, spec)
	return err
}

// close destroys the sandbox and its git directory.
func (d *desk) close() error {
	var err error
	if d.box != nil {
		err = d.box.Close()
	}
	if d.scratch != nil {
		err = errors.Join(err, d.scratch.Remove())
	}
	return err
}

// job is what the policy is asked.
func (d *desk) job() (agent.Job, error) {
	system, request, err := d.prompts()
	return agent.Job{
		ID:        fmt.Sprintf("inject-%.16s-%016x", d.Repository.Snapshot.Key, d.Seed),
		Seed:      d.Seed,
		Box:       d.box,
		System:    system,
		Request:   request,
		Submitted: d.submitted,
	}, err
}
