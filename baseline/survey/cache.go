package survey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/selfplay-swe/ssr/sandbox"
)

// cacheVersion changes whenever the same tree may give another Survey.
const cacheVersion = 2

// A stored is one survey on disk.
type stored struct {
	Version int     `json:"version"`
	Key     string  `json:"key"`
	Survey  *Survey `json:"survey"`
}

// Cached is [Take], but what was found is kept in a folder, such as
// Snapshot.Dir, and read from there the next time. It is made again when the
// tree, the options, the setup, the limits or the toolchains are others, and
// when the file is damaged. Any number of processes may share the folder.
func Cached(ctx context.Context, dir string, s Subject, o Options) (*Survey, error) {
	key := s.key(o)
	path := filepath.Join(dir, "surveys", key+".json")
	if seen := load(path, key); seen != nil {
		return seen, nil
	}
	seen, err := Take(ctx, s, o)
	if err != nil {
		return nil, err
	}
	if err := store(path, stored{cacheVersion, key, seen}); err != nil {
		return nil, fmt.Errorf("survey: keep it: %w", err)
	}
	return seen, nil
}

// key identifies what a survey depends on.
func (s Subject) key(o Options) string {
	layer := ""
	if s.Setup != nil {
		layer = s.Setup.Key
	}
	h := sha256.New()
	for _, part := range []any{cacheVersion, sandbox.Identity(s.Provider), s.Tree.Key(), layer, s.Limits, o} {
		json.NewEncoder(h).Encode(part) // JSON in lines: no two lists of parts look alike
	}
	return hex.EncodeToString(h.Sum(nil))
}

// load returns what is kept, or nil: what cannot be read, is of another version
// or was damaged is as good as not there.
func load(path, key string) *Survey {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var kept stored
	if json.Unmarshal(data, &kept) != nil || kept.Version != cacheVersion || kept.Key != key {
		return nil
	}
	return kept.Survey
}

// store writes a file aside and renames it, so that readers see all of it or
// nothing.
func store(path string, kept stored) error {
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
