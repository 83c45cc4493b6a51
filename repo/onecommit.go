package repo

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// What the only commit of a stripped history says: nothing.
const (
	commitAuthor  = "ssr <ssr@localhost> 978307200 +0000" // baseTime
	commitMessage = "Initial commit\n"
)

// gitConfig makes git go by size and seconds alone when it asks whether a file
// was changed; inode numbers and change times differ in every sandbox.
const gitConfig = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
	checkStat = minimal
	trustctime = false
`

// OneCommit writes the git directory of a repository whose only commit holds
// exactly tree, by a fixed author, date and message, on the branch main. It
// holds no object that is not of that commit: what the snapshot has and the
// tree has not, replaced files and folders among it, cannot be found in it. Dir
// is that directory (a work tree's .git); it must not exist or be empty.
//
// The index expects the files of the snapshot to have changed in 2001, as they
// have in the snapshot's folder, and the others at their [FileTime]; `git
// status` then finds the tree clean without reading it.
//
// The snapshot's files are compressed once, when this is called for the first
// time, and kept beside it ("objects"); from then on they are only copied.
func OneCommit(ctx context.Context, tree *Tree, dir string) error {
	if err := oneCommit(ctx, tree, dir); err != nil {
		return fmt.Errorf("write a repository of one commit: %w", err)
	}
	return nil
}

func oneCommit(ctx context.Context, tree *Tree, dir string) error {
	prepared, err := tree.base.prepare(ctx)
	if err != nil {
		return fmt.Errorf("prepare snapshot %s: %w", tree.base.key[:12], err)
	}
	if err := makeGitFolders(dir); err != nil {
		return err
	}
	if err := checkNew(dir); err != nil {
		return err
	}
	c, err := collect(tree, prepared)
	if err != nil {
		return err
	}
	head := c.add(objectCommit, commitText(c.folders.hash, nil, commitAuthor, commitMessage))
	return errors.Join(writePack(ctx, filepath.Join(dir, "objects/pack"), c, prepared), writeGitFiles(dir, c, head))
}

func makeGitFolders(dir string) error {
	for _, name := range []string{"", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

// commitText renders a commit. Author is a name, an address and a time, as git
// writes them.
func commitText(tree hash, parents []hash, author, message string) []byte {
	out := fmt.Appendf(nil, "tree %x\n", tree)
	for _, parent := range parents {
		out = fmt.Appendf(out, "parent %x\n", parent)
	}
	return fmt.Appendf(out, "author %s\ncommitter %s\n\n%s", author, author, message)
}

// writeGitFiles writes what a git directory has besides its objects.
func writeGitFiles(dir string, c *collection, head hash) error {
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "index"), encodeIndex(c), 0o644),
		os.WriteFile(filepath.Join(dir, "config"), []byte(gitConfig), 0o644),
		os.WriteFile(filepath.Join(dir, "refs/heads/main"), fmt.Appendf(nil, "%x\n", head), 0o644),
		os.WriteFile(filepath.Join(dir, "HEAD"), []byte("ref: refs/heads/main\n"), 0o644),
	)
}

// checkNew refuses to mix objects with those of another repository.
func checkNew(dir string) error {
	for _, name := range []string{"HEAD", "index", "objects/pack"} {
		entries, err := os.ReadDir(filepath.Join(dir, name))
		if len(entries) > 0 || name != "objects/pack" && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is not empty", dir)
		}
	}
	return nil
}

type hash = [sha1.Size]byte

func objectHash(kind objectKind, data []byte) (sum hash) {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(data))
	h.Write(data)
	h.Sum(sum[:0])
	return sum
}

// A leaf is a file of the tree as the index and the folders need it.
type leaf struct {
	path string
	mode Mode
	hash hash
	size int64
	time int64
}

// A collection is the objects of one commit: those to be copied from the
// prepared ones, and new ones.
type collection struct {
	prepared *objects
	leaves   []leaf
	folders  folder
	copied   []bool // by index of prepared objects
	fresh    []newObject
	have     map[hash]bool // of fresh
}

// collect finds the objects that tree is made of, but for the commit.
func collect(tree *Tree, prepared *objects) (*collection, error) {
	c := &collection{prepared: prepared, copied: make([]bool, len(prepared.list)), have: map[hash]bool{}}
	for path, e := range tree.merged() {
		if e != nil {
			c.leaves = append(c.leaves, leaf{path, e.mode, e.blob, e.size, baseTime})
			i, ok := prepared.index[e.blob]
			if !ok {
				return nil, fmt.Errorf("%q is not among the prepared objects: remove %s", path, prepared.file.Name())
			}
			c.copied[i] = true
			continue
		}
		file := tree.changes[path]
		blob := c.add(objectBlob, file.Data)
		c.leaves = append(c.leaves, leaf{path, file.Mode, blob, int64(len(file.Data)), FileTime(*file).Unix()})
	}
	c.folders = c.folder("", c.leaves)
	return c, c.checkCollisions(tree)
}

// add makes an object one of the commit's.
func (c *collection) add(kind objectKind, data []byte) hash {
	h := objectHash(kind, data)
	if i, ok := c.prepared.index[h]; ok {
		c.copied[i] = true
	} else if !c.have[h] {
		c.have[h] = true
		c.fresh = append(c.fresh, newObject{kind, h, data})
	}
	return h
}

// checkCollisions refuses two different files of one SHA-1: git would hold one
// of them only, and show it at both paths. Players can craft such files.
func (c *collection) checkCollisions(tree *Tree) error {
	sums := make(map[hash][32]byte, len(c.leaves))
	i := 0
	for path, e := range tree.merged() {
		blob := c.leaves[i].hash
		i++
		var sum [32]byte
		if e != nil {
			sum = e.sum
		} else {
			sum = sha256.Sum256(tree.changes[path].Data)
		}
		if other, ok := sums[blob]; ok && other != sum {
			return fmt.Errorf("%q and another file differ but have the same SHA-1, %x", path, blob)
		}
		sums[blob] = sum
	}
	return nil
}
