package repo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// resolve finds the commit that rev names; "" is HEAD.
func (s *gitStore) resolve(rev string) (plumbing.Hash, error) {
	hash, err := s.repo.ResolveRevision(plumbing.Revision(cmp.Or(rev, "HEAD")))
	if err == nil {
		return *hash, nil
	}
	if rev != "" {
		return plumbing.ZeroHash, s.noRevision(rev)
	}
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, errors.New("the repository has no commit yet, or its HEAD names a branch that does not exist; commit first, or name a commit that there is")
	}
	return plumbing.ZeroHash, fmt.Errorf("read HEAD: %w", s.explain(err))
}

// noRevision says what rev might have been meant to be.
func (s *gitStore) noRevision(rev string) error {
	names, err := s.names()
	if err != nil {
		return err
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(distance(rev, a), distance(rev, b)) })
	if len(names) > 5 {
		names = names[:5]
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no commit %q, and neither a branch nor a tag", rev)
	}
	return fmt.Errorf("there is no commit %q; the nearest branches and tags are %s", rev, strings.Join(names, ", "))
}

// names lists branches and tags, sorted.
func (s *gitStore) names() ([]string, error) {
	refs, err := s.IterReferences()
	if err != nil {
		return nil, err
	}
	var names []string
	err = refs.ForEach(func(ref *plumbing.Reference) error {
		if name := ref.Name(); name.IsBranch() || name.IsTag() || name.IsRemote() {
			names = append(names, name.Short())
		}
		return nil
	})
	slices.Sort(names)
	return slices.Compact(names), err
}

// distance is how many bytes must be inserted, removed or replaced to make b of
// a (Levenshtein); nothing when one contains the other.
func distance(a, b string) int {
	if strings.Contains(b, a) || strings.Contains(a, b) {
		return 0
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
