package inject

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

// A claim is a diff that a policy wrote, and what the tree says instead.
type claim struct {
	name       string
	diff       []byte // nil: it wrote none
	base, want *repo.Tree
}

// mostDifferences is how many are told.
const mostDifferences = 50

// add compares claims with the tree. The error is the host's.
func (c *Comparison) add(claims ...claim) error {
	c.Differences = []Difference{}
	for _, claim := range claims {
		found, err := claim.differences()
		if err != nil {
			return err
		}
		c.Differences = append(c.Differences, found...)
	}
	if more := len(c.Differences) - mostDifferences; more > 0 {
		c.Differences, c.More = c.Differences[:mostDifferences], more
	}
	return nil
}

func (c claim) differences() ([]Difference, error) {
	if c.diff == nil {
		return []Difference{{c.name, "", "it is missing"}}, nil
	}
	patch, err := bug.ParsePatch(c.diff)
	if err != nil {
		return []Difference{{c.name, "", err.Error()}}, nil
	}
	got, err := patch.Apply(c.base)
	if failed, ok := errors.AsType[*bug.ApplyError](err); ok {
		return []Difference{{c.name, failed.Path, "does not apply: " + err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	return c.compare(got)
}

// compare says where the tree that the diff makes is not the one that is there.
func (c claim) compare(got *repo.Tree) (list []Difference, err error) {
	var paths []string
	for _, change := range slices.Concat(got.Changes(), c.want.Changes()) {
		paths = append(paths, change.Path)
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		with, err := read(got, path)
		if err != nil {
			return nil, err
		}
		there, err := read(c.want, path)
		if err != nil {
			return nil, err
		}
		if what := differ(with, there); what != "" {
			list = append(list, Difference{c.name, path, what})
		}
	}
	return list, nil
}

// read returns a file; nil: there is none.
func read(tree *repo.Tree, path string) (*repo.File, error) {
	file, err := tree.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return &file, err
}

// differ says how a file with the diff differs from the one that is there.
func differ(with, there *repo.File) string {
	switch {
	case with == nil && there == nil:
		return ""
	case with == nil:
		return "is in the tree, and not with the diff"
	case there == nil:
		return "is there with the diff, and not in the tree"
	case with.Mode != there.Mode:
		return fmt.Sprintf("has the mode %o in the tree, and %o with the diff", there.Mode, with.Mode)
	case !bytes.Equal(with.Data, there.Data):
		return "holds something else in the tree than with the diff"
	}
	return ""
}
