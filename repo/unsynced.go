package repo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// unsynced is a file in a snapshot that nobody has brought to the disk. It holds
// the id of the machine's boot at that time.
//
// Ten thousand calls of fsync(2) take minutes, and syncfs(2) waits for whatever
// else the machine writes. Neither is needed while the kernel that took the
// files runs, even if every process of ours is killed. So a snapshot from an
// earlier boot is compared with its manifest once, and dropped if a power
// failure has damaged it: it can be made again.
const unsynced = "unsynced"

// bootID names this boot of the machine; "" where that is not known, which is
// never equal to what it was.
func bootID() []byte {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil
	}
	return bytes.TrimSpace(id)
}

func markUnsynced(dir string) error {
	return os.WriteFile(filepath.Join(dir, unsynced), bootID(), 0o644)
}

// load returns the snapshot of that key, nil when there is none, or none whole.
func (c *cache) load(key string) (*base, error) {
	dir := c.snapshotDir(key)
	made, err := os.ReadFile(filepath.Join(dir, unsynced))
	if err == nil && (len(made) == 0 || !bytes.Equal(made, bootID())) {
		if err := c.verify(dir, key); err != nil {
			return nil, err
		}
	}
	b, err := loadBase(dir, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// verify reads a snapshot from an earlier boot and drops it if it is damaged.
func (c *cache) verify(dir, key string) error {
	b, err := loadBase(dir, key)
	if err == nil {
		err = b.verify()
		b.root.Close()
	}
	if err == nil {
		err = os.Remove(filepath.Join(dir, unsynced))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process was faster
		}
		return err
	}
	c.log.Warn("a snapshot was damaged when the machine went down; it is made again", "folder", dir, "cause", err)
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove a damaged snapshot: %w", err)
	}
	return nil
}

// verify reads everything.
func (b *base) verify() error {
	for i := range b.entries {
		if _, err := b.read(b.entries[i].path); err != nil {
			return err
		}
		info, err := b.root.Lstat(b.entries[i].path)
		if err != nil {
			return err
		}
		if mode, err := modeOf(info.Mode()); err != nil || mode != b.entries[i].mode {
			return b.tampered(b.entries[i].path)
		}
	}
	return nil
}
