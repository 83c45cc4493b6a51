package trial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/selfplay-swe/ssr/mutate"
)

// plain tries candidates that cannot be switched on together: it builds the
// tests of the tree with the real edits. What does not compile passes nothing.
func (b *goBench) plain(ctx context.Context, t Try, asked map[string][]string) (_ Outcome, err error) {
	var edits []mutate.Edit
	for _, c := range slices.Compact(slices.Sorted(slices.Values(t.Candidates))) {
		edits = append(edits, b.edits[c])
	}
	files, err := mutate.Apply(b.read, edits...)
	if err != nil {
		return Outcome{}, fmt.Errorf("trial: candidates %v: %w", t.Candidates, err)
	}
	packages := slices.DeleteFunc(slices.Clone(b.packages), func(p goPackage) bool { return asked[p.path] == nil })
	binaries, complaints, err := b.compile(ctx, files, packages, false)
	if err != nil || complaints != nil {
		return Outcome{}, err
	}
	tree, err := b.subject.Tree.With(inPlace(files))
	if err != nil {
		return Outcome{}, err
	}
	box, err := b.worker(ctx, tree, binaries)
	if err != nil {
		return Outcome{}, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	return b.try(ctx, box, "", asked, t.Early)
}

// Left lists the candidates that could not be compiled in.
func (b *goBench) Left() []int { return slices.Sorted(maps.Keys(b.board.Left)) }

// Without lists the tests that the control run contradicts.
func (b *goBench) Without() []string { return b.without }
