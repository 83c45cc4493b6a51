package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Options say how a source is opened. The zero value means the defaults.
type Options struct {
	Cache       string       // the folder that keeps snapshots and clones; default: "ssr" in the user's cache folder
	Rev         string       // the commit of a git source: a hash, a branch, a tag, HEAD~2; default HEAD
	Uncommitted bool         // take a checkout with its uncommitted changes, instead of refusing one that has some
	Logger      *slog.Logger // says what is done and left out; nil is silent
}

// Open opens a source and returns its snapshot, from the cache if it was opened
// before. A source is one of
//
//	a folder               a git checkout at Rev, or any other folder as it is
//	https://… ssh://… git@host:path
//	                       a git repository, cloned into the cache
//	file:///path           the commits of a git repository on this machine, whatever its work tree holds
//	module:PATH@VERSION    a Go module's release, from the module proxy
//
// Nothing of the source is executed: no hook, no filter, no fsmonitor. Symlinks
// are kept and not followed. Submodules and nested repositories are left out,
// and Notes says so; a Git LFS pointer stays a pointer.
//
// Where the network or a server failed, the error is an [UnreachableError].
func Open(ctx context.Context, source string, opts Options) (*Snapshot, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := openCache(opts.Cache, opts.Logger)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx, source, opts)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", withoutSecrets(source), err)
	}
	for _, note := range s.Notes {
		c.log.Warn(note, "source", s.Source)
	}
	c.log.Info("snapshot", "source", s.Source, "key", s.Key, "commit", s.Commit)
	return s, nil
}

func (c *cache) open(ctx context.Context, source string, opts Options) (*Snapshot, error) {
	if spec, ok := strings.CutPrefix(source, "module:"); ok {
		return c.openModule(ctx, spec, opts)
	}
	if path, ok := strings.CutPrefix(source, "file://"); ok {
		return c.openFileURL(ctx, path, source, opts)
	}
	if isRemote(source) {
		return c.openRemote(ctx, source, opts)
	}
	dir, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such folder; a source is a folder, a git URL, or module:PATH@VERSION")
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errors.New("it is a file, not a folder")
	}
	at, err := findCheckout(dir)
	switch {
	case err != nil:
		return nil, err
	case at != nil:
		return c.openCheckout(ctx, at, opts)
	case isGitDir(dir):
		return c.openBare(ctx, dir, dir, opts)
	default:
		return c.openDirectory(ctx, dir, opts)
	}
}
