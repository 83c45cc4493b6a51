package repo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A gitHistory makes a history of a repository's commits.
type gitHistory struct {
	snapshot    *Snapshot
	dir, common string // of the git directory
}

// commits walks to the first commit, following first parents, and yields from
// there. A shallow clone's history starts where the clone does.
func (h gitHistory) commits(ctx context.Context) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		s, err := openStore(h.dir, h.common, false) // commits outlive the loop
		if err != nil {
			yield(Commit{}, err)
			return
		}
		line, err := s.firstParents(ctx, plumbing.NewHash(h.snapshot.Commit))
		if err != nil {
			yield(Commit{}, err)
			return
		}
		var reading sync.Mutex // go-git's stores are for one goroutine
		for _, hash := range slices.Backward(line) {
			reading.Lock()
			c, err := object.GetCommit(s, hash)
			reading.Unlock()
			if err != nil {
				yield(Commit{}, fmt.Errorf("read commit %s: %w", hash, s.explain(err)))
				return
			}
			if !yield(h.commit(s, &reading, c), nil) {
				return
			}
		}
	}
}

// firstParents lists commit, its first parent, that one's, and so on.
func (s *gitStore) firstParents(ctx context.Context, commit plumbing.Hash) ([]plumbing.Hash, error) {
	shallow, err := s.Shallow()
	if err != nil {
		return nil, err
	}
	line := []plumbing.Hash{commit}
	for !slices.Contains(shallow, commit) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c, err := object.GetCommit(s, commit)
		if err != nil {
			return nil, fmt.Errorf("read commit %s: %w", commit, s.explain(err))
		}
		if len(c.ParentHashes) == 0 {
			break
		}
		commit = c.ParentHashes[0]
		line = append(line, commit)
	}
	return line, nil
}

func (h gitHistory) commit(s *gitStore, reading *sync.Mutex, c *object.Commit) Commit {
	return Commit{
		ID: c.Hash.String(), Message: c.Message, Author: c.Author.Name + " <" + c.Author.Email + ">", Time: c.Author.When,
		tree: func(ctx context.Context) (*Tree, error) {
			reading.Lock()
			defer reading.Unlock()
			tree, err := h.tree(ctx, s, c.Hash)
			if err != nil {
				return nil, fmt.Errorf("commit %s: %w", c.Hash, err)
			}
			return tree, nil
		},
	}
}

// tree reads what differs from the snapshot; git's hashes tell.
func (h gitHistory) tree(ctx context.Context, s *gitStore, commit plumbing.Hash) (*Tree, error) {
	changes := map[string]*File{}
	for path := range h.snapshot.Tree.Paths() {
		changes[path] = nil
	}
	err := s.walk(ctx, commit, discard, func(path string, mode Mode, hash plumbing.Hash) error {
		e := h.snapshot.Tree.base.find(path)
		if e != nil && e.mode == mode && e.blob == [20]byte(hash) {
			delete(changes, path)
			return nil
		}
		data, err := s.blob(hash)
		changes[path] = &File{mode, data}
		return err
	})
	if err != nil {
		return nil, err
	}
	return h.snapshot.Tree.With(changes)
}

func (s *gitStore) blob(hash plumbing.Hash) ([]byte, error) {
	blob, err := object.GetBlob(s, hash)
	if err != nil {
		return nil, s.explain(err)
	}
	content, err := blob.Reader()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(content)
	return data, errors.Join(err, content.Close())
}
