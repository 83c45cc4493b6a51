package repo

import (
	"cmp"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// A source is a set of files that a snapshot is made of. It calls add for each,
// in any order.
type source func(ctx context.Context, add addFunc) error

type addFunc func(path string, mode Mode, size int64, content io.Reader) error

// A builder writes one snapshot into a folder of its own and moves it into the
// cache when it is complete. Without a root it only computes the manifest.
type builder struct {
	ctx     context.Context // of the one call that the builder lives in
	root    *os.Root
	folders map[string]bool // what there is so far; false: a file
	entries []entry
	buffer  []byte
}

func newBuilder(ctx context.Context, root *os.Root) *builder {
	return &builder{ctx: ctx, root: root, folders: map[string]bool{".": true}, buffer: make([]byte, 64<<10)}
}

// find reads files and returns the snapshot with that content, making it if it
// is not in the cache yet. Reading twice costs less than writing in vain.
func (c *cache) find(ctx context.Context, files source) (*base, error) {
	b := newBuilder(ctx, nil)
	if err := files(ctx, b.add); err != nil {
		return nil, err
	}
	key := keyOf(b.manifest())
	if found, err := c.load(key); found != nil || err != nil {
		return found, err
	}
	return c.build(ctx, files)
}

// build unpacks files into the cache.
func (c *cache) build(ctx context.Context, files source) (*base, error) {
	dir, lock, err := c.tempDir("snapshots")
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	defer os.RemoveAll(dir) // gone already when all went well
	key, err := unpack(ctx, dir, files)
	if err != nil {
		return nil, err
	}
	if err := publish(dir, c.snapshotDir(key)); err != nil {
		return nil, fmt.Errorf("keep snapshot %s: %w", key[:12], err)
	}
	return loadBase(c.snapshotDir(key), key)
}

// unpack writes files and their manifest into dir and returns the key.
func unpack(ctx context.Context, dir string, files source) (key string, err error) {
	tree := filepath.Join(dir, "tree")
	if err := makeDir(tree); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(tree)
	if err != nil {
		return "", err
	}
	defer root.Close()
	b := newBuilder(ctx, root)
	if err := files(ctx, b.add); err != nil {
		return "", err
	}
	if len(b.entries) == 0 {
		return "", errors.New("there is no file in it")
	}
	if err := b.setTimes(); err != nil {
		return "", err
	}
	manifest := b.manifest()
	return keyOf(manifest), errors.Join(os.WriteFile(filepath.Join(dir, "manifest"), manifest, 0o644), markUnsynced(dir))
}

// manifest is complete once everything was added.
func (b *builder) manifest() []byte {
	slices.SortFunc(b.entries, func(x, y entry) int { return cmp.Compare(x.path, y.path) })
	return encodeManifest(b.entries)
}

func makeDir(dir string) error {
	return errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755)) // whatever the umask
}

// add writes one file. The source may be hostile: a git tree can say anything.
func (b *builder) add(name string, mode Mode, size int64, content io.Reader) error {
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	if err := CheckPath(name); err != nil {
		return err
	}
	if _, ok := b.folders[name]; ok {
		return fmt.Errorf("%q is there twice", name)
	}
	if err := b.makeParents(name); err != nil {
		return err
	}
	b.folders[name] = false
	e := entry{path: name, mode: mode, size: size}
	var err error
	if mode == Symlink {
		err = b.link(&e, content)
	} else {
		err = b.write(&e, content)
	}
	if err != nil {
		return fmt.Errorf("unpack %q: %w", name, err)
	}
	b.entries = append(b.entries, e)
	return nil
}

// makeParents makes the folders above name. The builder knows what it has made,
// so it never follows a symlink that the source had it make.
func (b *builder) makeParents(name string) error {
	dir := path.Dir(name)
	if folder, ok := b.folders[dir]; ok {
		if !folder {
			return fmt.Errorf("%q cannot be a file: %q is a file, not a folder", name, dir)
		}
		return nil
	}
	if err := b.makeParents(dir); err != nil {
		return err
	}
	b.folders[dir] = true
	if b.root == nil {
		return nil
	}
	return errors.Join(b.root.Mkdir(dir, 0o755), b.root.Chmod(dir, 0o755))
}

func (b *builder) link(e *entry, content io.Reader) error {
	target, err := io.ReadAll(io.LimitReader(content, maxTarget+1))
	if err != nil {
		return err
	}
	if err := (File{Symlink, target}).Check(); err != nil {
		return err
	}
	e.size, e.blob, e.sum = int64(len(target)), objectHash(objectBlob, target), sha256.Sum256(target)
	if b.root == nil {
		return nil
	}
	return b.root.Symlink(string(target), e.path)
}

func (b *builder) write(e *entry, content io.Reader) error {
	if err := (File{Mode: e.mode}).Check(); err != nil {
		return err
	}
	if b.root == nil {
		return b.copy(io.Discard, e, content)
	}
	perm := os.FileMode(0o644)
	if e.mode == Executable {
		perm = 0o755
	}
	f, err := b.root.OpenFile(e.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	return errors.Join(b.copy(f, e, content), f.Chmod(perm), setFileTime(f), f.Close())
}

// copy writes content to f and hashes it on the way.
func (b *builder) copy(f io.Writer, e *entry, content io.Reader) error {
	git, sum := sha1.New(), sha256.New()
	fmt.Fprintf(git, "blob %d\x00", e.size)
	n, err := io.CopyBuffer(io.MultiWriter(f, git, sum), onlyReader{content}, b.buffer)
	if err == nil && n != e.size {
		err = fmt.Errorf("it has %d bytes where %d were announced; was it written to meanwhile?", n, e.size)
	}
	git.Sum(e.blob[:0])
	sum.Sum(e.sum[:0])
	return err
}

// onlyReader hides WriterTo, which would not use the buffer.
type onlyReader struct{ io.Reader }
