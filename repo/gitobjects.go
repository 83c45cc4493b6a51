package repo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	objectcache "github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// id is the commit, and where a shallow clone ends.
func (h gitHistory) id() (string, error) {
	ends, err := os.ReadFile(filepath.Join(h.objectsDir(), "shallow"))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return "git " + h.snapshot.Commit + "\n" + string(ends), err
}

// objectsDir is the directory that linked work trees share.
func (h gitHistory) objectsDir() string {
	if h.common != "" {
		return h.common
	}
	return h.dir
}

// write copies the objects that the snapshot's commit reaches. Deltas are taken
// as they are stored, and none is looked for: that takes minutes, and the history
// that is kept for a while need not be small.
func (h gitHistory) write(ctx context.Context, dir string, _ *objects) (last tip, err error) {
	s, err := openStore(h.dir, h.common, true)
	if err != nil {
		return tip{}, err
	}
	defer s.Close()
	commit := plumbing.NewHash(h.snapshot.Commit)
	found, err := s.reach(ctx, commit)
	if err != nil {
		return tip{}, err
	}
	if err := s.packInto(ctx, dir, found.list); err != nil {
		return tip{}, fmt.Errorf("copy the history: %w", s.explain(err))
	}
	c, err := object.GetCommit(s, commit)
	if err != nil {
		return tip{}, err
	}
	return tip{hash(commit), hash(c.TreeHash), found.ends}, nil
}

// packInto writes the objects as one pack of a git directory.
func (s *gitStore) packInto(ctx context.Context, dir string, list []plumbing.Hash) error {
	const storedDeltas = 1 // a window of one finds no new ones
	into := filesystem.NewStorage(osfs.New(dir), objectcache.NewObjectLRUDefault())
	pack, err := into.PackfileWriter()
	if err != nil {
		return err
	}
	_, err = packfile.NewEncoder(cancelWriter{ctx, pack}, s, false).Encode(list, storedDeltas)
	return errors.Join(err, pack.Close(), into.Close())
}

// DeltaObject returns an object as a delta where it is stored as one. Go-git looks
// for those in the repository's own packs, and not in those that it borrows.
func (s *gitStore) DeltaObject(kind plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	o, err := s.Storage.DeltaObject(kind, h)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return s.EncodedObject(kind, h)
	}
	return o, err
}

// A cancelWriter ends with ctx what writes and has no ctx.
type cancelWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c cancelWriter) Write(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.w.Write(p)
}

// reached are the objects that a commit leads to, each once, however often a
// hostile history names it.
type reached struct {
	list []plumbing.Hash
	seen map[plumbing.Hash]bool
	ends []byte // commits that a shallow clone ends with, as git lists them
}

func (r *reached) add(h plumbing.Hash) (fresh bool) {
	if r.seen[h] {
		return false
	}
	r.seen[h] = true
	r.list = append(r.list, h)
	return true
}

// reach finds the commits before a commit, all parents followed, and what they
// hold. Submodules are other repositories'.
func (s *gitStore) reach(ctx context.Context, commit plumbing.Hash) (*reached, error) {
	shallow, err := s.Shallow()
	if err != nil {
		return nil, err
	}
	ends := map[plumbing.Hash]bool{}
	for _, h := range shallow {
		ends[h] = true
	}
	r := &reached{seen: map[plumbing.Hash]bool{}}
	for todo := []plumbing.Hash{commit}; len(todo) > 0; {
		h := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !r.add(h) {
			continue
		}
		c, err := object.GetCommit(s, h)
		if err != nil {
			return nil, fmt.Errorf("read commit %s: %w", h, s.explain(err))
		}
		if err := s.reachTree(ctx, r, c.TreeHash); err != nil {
			return nil, fmt.Errorf("commit %s: %w", h, err)
		}
		if ends[h] {
			r.ends = fmt.Appendf(r.ends, "%s\n", h)
			continue
		}
		todo = append(todo, c.ParentHashes...)
	}
	return r, nil
}

// reachTree adds a folder and what is below it.
func (s *gitStore) reachTree(ctx context.Context, r *reached, top plumbing.Hash) error {
	for todo := []plumbing.Hash{top}; len(todo) > 0; {
		h := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !r.add(h) {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		tree, err := object.GetTree(s, h)
		if err != nil {
			return fmt.Errorf("read folder %s: %w", h, s.explain(err))
		}
		for _, entry := range tree.Entries {
			switch entry.Mode {
			case filemode.Submodule:
			case filemode.Dir:
				todo = append(todo, entry.Hash)
			default:
				r.add(entry.Hash)
			}
		}
	}
	return nil
}
