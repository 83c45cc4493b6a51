package repo

import (
	"bytes"
	"context"
	"io"
	"iter"
	"time"
)

// A Commit is one step of a snapshot's history.
type Commit struct {
	ID      string // the commit's hash, or the release's version
	Message string
	Author  string // "Name <address>", "" for a release
	Time    time.Time

	tree func(context.Context) (*Tree, error)
}

// A history is what a source knows of the past.
type history interface {
	commits(context.Context) iter.Seq2[Commit, error]

	// id identifies what write writes, among the histories of one snapshot.
	id() (string, error)

	// write writes every commit, and what they hold, as packs into a git
	// directory. Objects of the snapshot may be taken from the prepared ones.
	write(ctx context.Context, dir string, prepared *objects) (tip, error)
}

// Tree returns the commit's files as a tree of the snapshot whose history it is
// in: what it shares with the snapshot costs nothing, and [Diff] works between
// any two. It is read anew in every call.
func (c Commit) Tree(ctx context.Context) (*Tree, error) { return c.tree(ctx) }

// History yields what came before and led to the snapshot, oldest first, the
// snapshot's own commit last: for a git source the commits that are first
// parents, for a module the earlier releases (neither retracted ones nor
// prereleases). A folder has none. Nothing is read or downloaded before it is
// asked for; an error ends the sequence.
func (s *Snapshot) History(ctx context.Context) iter.Seq2[Commit, error] {
	if s.history == nil {
		return func(func(Commit, error) bool) {}
	}
	return s.history.commits(ctx)
}

// treeOf returns files as a tree over the snapshot.
func (s *Snapshot) treeOf(ctx context.Context, files source) (*Tree, error) {
	changes := map[string]*File{}
	for path := range s.Tree.Paths() {
		changes[path] = nil
	}
	err := files(ctx, func(path string, mode Mode, size int64, content io.Reader) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var data bytes.Buffer
		data.Grow(int(size))
		if _, err := data.ReadFrom(content); err != nil {
			return err
		}
		changes[path] = &File{mode, data.Bytes()}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Tree.With(changes)
}
