package bug

import (
	"errors"
	"slices"

	"github.com/selfplay-swe/ssr/repo"
)

// Apply returns t with p applied: all of it, or none. What does not fit is an
// [*ApplyError]; any other error is the host's.
func (p *Patch) Apply(t *repo.Tree) (*repo.Tree, error) { return p.run(t, p.parts()) }

// Undo returns t with p applied in reverse.
func (p *Patch) Undo(t *repo.Tree) (*repo.Tree, error) { return p.run(t, reversed(p.parts())) }

// Apply returns t with e applied alone.
func (e *Entry) Apply(t *repo.Tree) (*repo.Tree, error) { return e.patch.run(t, e.parts) }

// Undo returns t with e applied in reverse, alone.
func (e *Entry) Undo(t *repo.Tree) (*repo.Tree, error) { return e.patch.run(t, reversed(e.parts)) }

func (p *Patch) parts() []part {
	var list []part
	for _, e := range p.Entries {
		list = append(list, e.parts...)
	}
	return list
}

func reversed(parts []part) []part {
	var list []part
	for _, p := range slices.Backward(parts) {
		list = append(list, p.reversed())
	}
	return list
}

// run applies parts at once: each reads t as it is, as in a diff of git's, in
// which two files may trade names.
func (p *Patch) run(t *repo.Tree, parts []part) (*repo.Tree, error) {
	a := &application{tree: t, changes: make(map[string]*repo.File), left: p.made}
	for _, part := range parts {
		if err := a.apply(part); err != nil {
			return nil, p.named(err)
		}
	}
	next, err := t.With(a.changes)
	if err != nil {
		return nil, p.named(a.misfit(parts, err))
	}
	return next, nil
}

func (p *Patch) named(err error) error {
	if failed, ok := errors.AsType[*ApplyError](err); ok {
		failed.File = p.Name
	}
	return err
}
