package repo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	objectcache "github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// A gitStore reads the objects and references of a git repository through
// go-git, and nothing else of it: go-git sees an empty configuration, so that
// neither an extension that concerns work trees only stops it nor anything that
// the repository's owner configured takes effect.
type gitStore struct {
	*filesystem.Storage
	dir    string         // the git directory
	common string         // the one it shares with other work trees; "" when it does not
	config *config.Config // for what concerns us
	repo   *gogit.Repository
}

// Config hides the repository's own.
func (s *gitStore) Config() (*config.Config, error) { return config.NewConfig(), nil }

// largeBlob is the size from which go-git streams a blob.
const largeBlob = 16 << 20

// openStore opens the git directory dir; common, if not empty, is the one that
// a linked work tree shares with others. With keep, packs stay open until the
// store is closed; without, it need not be closed, and reading is slower.
func openStore(dir, common string, keep bool) (*gitStore, error) {
	fs := osfs.New(dir)
	if common != "" {
		fs = dotgit.NewRepositoryFilesystem(fs, osfs.New(common))
	}
	storage := filesystem.NewStorageWithOptions(fs, objectcache.NewObjectLRUDefault(), filesystem.Options{
		KeepDescriptors: keep, LargeObjectThreshold: largeBlob, AlternatesFS: osfs.New("/"),
	})
	s := &gitStore{Storage: storage, dir: dir, common: common}
	var err error
	if s.config, err = storage.Config(); err != nil {
		return nil, fmt.Errorf("read the configuration in %s: %w", dir, err)
	}
	if err := s.checkReadable(); err != nil {
		return nil, err
	}
	if s.repo, err = gogit.Open(s, nil); err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return s, nil
}

// checkReadable refuses what go-git would misread.
func (s *gitStore) checkReadable() error {
	for _, option := range s.config.Raw.Section("extensions").Options {
		switch key, value := strings.ToLower(option.Key), strings.ToLower(option.Value); {
		case key == "objectformat" && value != "sha1":
			return fmt.Errorf("its objects are named by %s, which cannot be read here: make a copy with `git fast-export --all | git -C COPY fast-import` in a repository made by `git init --object-format=sha1 COPY`", option.Value)
		case key == "refstorage" && value != "files":
			return fmt.Errorf("its references are stored as %s, which cannot be read here: run `git refs migrate --ref-format=files` in it", option.Value)
		}
	}
	data, err := os.ReadFile(filepath.Join(cmp.Or(s.common, s.dir), "objects/info/alternates"))
	if err != nil {
		return nil // there are none
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, ".") {
			return fmt.Errorf("it borrows objects from %q by a relative path, which cannot be read here: run `git repack -a -d` in it and remove objects/info/alternates", strings.TrimSpace(line))
		}
	}
	return nil
}

// files yields the files of a commit; submodules are told to note.
func (s *gitStore) files(commit plumbing.Hash, note func(string)) source {
	return func(ctx context.Context, add addFunc) error {
		return s.walk(ctx, commit, note, func(path string, mode Mode, hash plumbing.Hash) error {
			blob, err := object.GetBlob(s, hash)
			if err != nil {
				return fmt.Errorf("read %q: %w", path, s.explain(err))
			}
			content, err := blob.Reader()
			if err != nil {
				return fmt.Errorf("read %q: %w", path, err)
			}
			defer content.Close()
			return add(path, mode, blob.Size, content)
		})
	}
}

// walk visits every file of a commit, without reading it.
func (s *gitStore) walk(ctx context.Context, commit plumbing.Hash, note func(string), visit func(string, Mode, plumbing.Hash) error) error {
	c, err := object.GetCommit(s, commit)
	if err != nil {
		return fmt.Errorf("read commit %s: %w", commit, s.explain(err))
	}
	return s.walkTree(ctx, c.TreeHash, "", note, visit)
}

func (s *gitStore) walkTree(ctx context.Context, hash plumbing.Hash, dir string, note func(string), visit func(string, Mode, plumbing.Hash) error) error {
	if len(dir) > maxPath {
		return CheckPath(dir)
	}
	tree, err := object.GetTree(s, hash)
	if err != nil {
		return fmt.Errorf("read folder %q: %w", dir, s.explain(err))
	}
	for _, entry := range tree.Entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		path := dir + entry.Name
		switch entry.Mode {
		case filemode.Dir:
			err = s.walkTree(ctx, entry.Hash, path+"/", note, visit)
		case filemode.Submodule:
			note(submoduleNote(path))
		case filemode.Regular, filemode.Deprecated:
			err = visit(path, Regular, entry.Hash)
		case filemode.Executable, filemode.Symlink:
			err = visit(path, Mode(entry.Mode), entry.Hash)
		default:
			err = fmt.Errorf("%q has mode %o, which git does not use", path, entry.Mode)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func submoduleNote(path string) string {
	return fmt.Sprintf("%q is a submodule and was left out", path)
}

// explain says why an object may be missing.
func (s *gitStore) explain(err error) error {
	if !errors.Is(err, plumbing.ErrObjectNotFound) {
		return err
	}
	for _, remote := range s.config.Raw.Section("remote").Subsections {
		if remote.Option("promisor") == "true" {
			return fmt.Errorf("%w: this is a partial clone; make one without --filter", err)
		}
	}
	return fmt.Errorf("%w: the repository is damaged; `git fsck` says more", err)
}

// discard is a note that nobody needs.
func discard(string) {}
