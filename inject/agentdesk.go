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

// open makes a desk: the tree, on everything that its tests need, and the history.
func (g *Agent) open(ctx context.Context, a Assignment) (_ *desk, err error) {
	d := &desk{Agent: g, Assignment: a, rounds: []Round{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	if d.scratch, err = sandbox.NewScratch(); err != nil {
		return nil, err
	}
	git := filepath.Join(d.scratch.Path, "git")
	if err := repo.AllCommits(ctx, a.Repository.Snapshot, git); err != nil {
		return nil, err
	}
	spec := sandbox.Spec{Tree: a.Repository.Snapshot.Tree, Git: git, Limits: a.Repository.Limits}
	if setup := a.Repository.Setup; setup != nil {
		spec.Setup = setup.Whole
	}
	d.box, err = a.Repository.Provider.New(ctx, spec)
	return d, err
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
