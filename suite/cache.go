package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/sandbox"
)

// cacheVersion changes whenever the same request may give another Run.
const cacheVersion = 2

// A stored is one run in the cache.
type stored struct {
	Version int    `json:"version"`
	Key     string `json:"key"`
	Run     *Run   `json:"run"`
}

// key identifies what a run depends on, as a SHA-256 in hexadecimal. Every part
// is preceded by its length, so that no two requests share a key.
func (r *Runner) key(req Request) string {
	h := sha256.New()
	part := func(name string, value []byte) {
		fmt.Fprintf(h, "%s %d\n", name, len(value))
		h.Write(value)
	}
	part("version", fmt.Append(nil, cacheVersion))
	part("provider", []byte(sandbox.Identity(r.Provider)))
	part("tree", []byte(req.Tree.Key()))
	if r.Setup != nil {
		part("setup", []byte(r.Setup.Key))
	}
	part("script", req.Suite.Script)
	part("parser", req.Suite.Parser)
	part("oracle", []byte(strings.Join(slices.Sorted(slices.Values(req.Suite.Oracle)), "\x00")))
	part("env", []byte(strings.Join(scriptEnv, "\x00")))
	part("limits", fmt.Appendf(nil, "%+v %v %v %d", r.Limits, r.timeout(), r.parserTimeout(), r.parserOutput()))
	part("repetition", fmt.Appendf(nil, "%d %t", req.Repetition, req.Twice))
	return hex.EncodeToString(h.Sum(nil))
}

// load returns the run kept under key, or nil. What cannot be read, is of
// another version or was damaged is as good as not there.
func (r *Runner) load(key string) *Run {
	if r.Dir == "" {
		return nil
	}
	data, err := os.ReadFile(r.entry(key))
	if err != nil {
		return nil
	}
	var entry stored
	if json.Unmarshal(data, &entry) != nil || entry.Version != cacheVersion || entry.Key != key || entry.Run == nil {
		return nil
	}
	entry.Run.Saved = true
	return entry.Run
}

// store keeps a run for the next time, if time and load had no part in it. It
// is written aside and renamed, so that readers in other processes see all of
// it or nothing.
func (r *Runner) store(key string, run *Run) error {
	if r.Dir == "" || !run.lasting() {
		return nil
	}
	data, err := json.Marshal(stored{cacheVersion, key, run})
	if err != nil {
		return fmt.Errorf("suite: keep a run: %w", err)
	}
	path := r.entry(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("suite: keep a run: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("suite: keep a run: %w", err)
	}
	_, err = file.Write(data)
	if err := closed(file, err); err != nil {
		return fmt.Errorf("suite: keep a run: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		os.Remove(file.Name())
		return fmt.Errorf("suite: keep a run: %w", err)
	}
	return nil
}

// closed closes a new file, and removes it when writing or closing failed.
func closed(file interface {
	io.Closer
	Name() string
}, err error) error {
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}

// entry is the file that keeps the run of a key, in folders of at most 256.
func (r *Runner) entry(key string) string {
	return filepath.Join(r.Dir, key[:2], key+".json")
}
