package repo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A cache is the folder that snapshots are kept in:
//
//	snapshots/KEY/tree      the files
//	snapshots/KEY/manifest  what they are; KEY is its SHA-256
//	snapshots/KEY/objects   the files packed, for OneCommit
//	snapshots/KEY/commits-… git directories, for AllCommits
//	snapshots/KEY/…         what others derive from them
//	snapshots/tmp-…         being made; locked by who makes it
//	opened/HASH             which commit or release has which key
//	clones/HASH             bare clones of git URLs
//	clones/tmp-…            being made, and where the go command works
//
// Everything in it appears by a rename of something complete, so processes
// share it without waiting for each other, and one that is killed leaves only
// folders called tmp-…, which the next one removes.
type cache struct {
	dir string
	log *slog.Logger
}

func openCache(dir string, log *slog.Logger) (*cache, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find the cache: %w; name a folder for it (Cache, --cache)", err)
		}
		dir = filepath.Join(user, "ssr")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	err = os.MkdirAll(dir, 0o700) // sources may be private
	for _, name := range []string{"snapshots", "opened", "clones"} {
		if err == nil {
			err = os.MkdirAll(filepath.Join(dir, name), 0o755)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open the cache: %w; name a folder that can be written (Cache, --cache)", err)
	}
	c := &cache{dir, log}
	return c, errors.Join(c.sweep("snapshots"), c.sweep("clones"))
}

// minAge is how old a folder without a lock must be to count as left behind:
// its maker needs a moment from making it to locking it.
const minAge = time.Minute

// tempDir makes a folder to build something in, locked while the file is open.
func (c *cache) tempDir(in string) (dir string, lock *os.File, err error) {
	dir, err = os.MkdirTemp(filepath.Join(c.dir, in), "tmp-")
	if err != nil {
		return "", nil, err
	}
	lock, err = os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return "", nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return dir, lock, os.Chmod(dir, 0o755)
}

// sweep removes the folders whose makers were killed.
func (c *cache) sweep(in string) error {
	left, err := filepath.Glob(filepath.Join(c.dir, in, "tmp-*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		if !abandoned(dir) {
			continue
		}
		c.log.Info("remove what a killed process left", "folder", dir)
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove what a killed process left: %w", err)
		}
	}
	return nil
}

// abandoned says whether nobody is building in dir. The kernel drops the lock
// of a process that died, however it died.
func abandoned(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || time.Since(info.ModTime()) < minAge {
		return false
	}
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}

// publish renames dir, which is complete, to name. If another process was
// faster, its folder stays and dir is removed.
func publish(dir, name string) error {
	err := os.Rename(dir, name)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, unix.ENOTEMPTY) {
		return os.RemoveAll(dir)
	}
	return err
}

// An opened record says which snapshot a commit or a release became, so that
// opening it again hashes nothing.
type opened struct {
	Version int      `json:"version"` // of this record: 1
	Key     string   `json:"key"`
	Commit  string   `json:"commit,omitzero"`
	Notes   []string `json:"notes,omitzero"`
}

func (c *cache) openedName(id ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(id, "\x00")))
	return filepath.Join(c.dir, "opened", hex.EncodeToString(sum[:]))
}

// remember keeps what id became: an identity that never changes its meaning,
// such as a repository's place and a commit's hash.
func (c *cache) remember(s *Snapshot, id ...string) error {
	data, err := json.Marshal(opened{1, s.Key, s.Commit, s.Notes})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Join(c.dir, "opened"), "tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.openedName(id...))
}

// recall returns the snapshot that id became, nil when it is not here any more.
func (c *cache) recall(source string, id ...string) (*Snapshot, error) {
	data, err := os.ReadFile(c.openedName(id...))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var record opened
	if json.Unmarshal(data, &record) != nil || record.Version != 1 {
		return nil, nil // another version's, or cut short by a power failure
	}
	b, err := c.load(record.Key)
	if b == nil || err != nil {
		return nil, err
	}
	return c.snapshot(b, source, record.Commit, record.Notes), nil
}

func (c *cache) snapshotDir(key string) string { return filepath.Join(c.dir, "snapshots", key) }

func (c *cache) snapshot(b *base, source, commit string, notes []string) *Snapshot {
	return &Snapshot{Source: source, Key: b.key, Commit: commit, Tree: &Tree{base: b}, Dir: c.snapshotDir(b.key), Notes: notes, log: c.log}
}
