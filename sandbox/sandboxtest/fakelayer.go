package sandboxtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// layerFile holds a fake's layer in its folder: what was written, as JSON, by
// absolute path in bytes (a path need not be UTF-8).
const layerFile = "fake-layer.json"

type layerEntry struct {
	Path []byte
	File *repo.File // nil: deleted
}

// newMachine stacks the layers of spec: the tree's snapshot, the setup layer
// above it, the tree's own changes above both.
func newMachine(spec sandbox.Spec) (*Machine, error) {
	m := &Machine{
		Spec:    spec,
		Dir:     sandbox.WorkDir,
		lower:   spec.Tree,
		home:    map[string]*repo.File{},
		written: map[string]*repo.File{},
	}
	if m.lower == nil {
		m.lower = new(repo.Tree)
	}
	return m, errors.Join(m.standOn(spec.Setup), m.readGit())
}

// readGit reads the git directory, if there is to be one.
func (m *Machine) readGit() error {
	if m.Spec.Git == "" {
		return nil
	}
	return filepath.WalkDir(m.Spec.Git, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		m.home[sandbox.WorkDir+"/.git"+strings.TrimPrefix(path, m.Spec.Git)] = &repo.File{Mode: repo.Regular, Data: data}
		return err
	})
}

// standOn puts a layer, and those that it stands on, below the changes of the
// tree.
func (m *Machine) standOn(layer *sandbox.Layer) error {
	if layer == nil {
		return nil
	}
	if err := m.standOn(layer.Below); err != nil {
		return err
	}
	entries, err := readLayer(layer.Dir)
	if err != nil {
		return err
	}
	changes := map[string]*repo.File{}
	for _, entry := range entries {
		rel, inWork := strings.CutPrefix(string(entry.Path), sandbox.WorkDir+"/")
		if !inWork {
			m.home[string(entry.Path)] = entry.File
			continue
		}
		if entry.File != nil {
			changes[rel] = entry.File
			continue
		}
		for path := range m.lower.Paths() {
			if under(path, rel) {
				changes[path] = nil
			}
		}
	}
	for _, change := range m.lower.Changes() {
		changes[change.Path] = change.File
	}
	m.lower, err = m.lower.With(changes)
	return err
}

// Freeze writes the layer for the next sandbox.
func (s *fakeSandbox) Freeze(ctx context.Context, dir string, keep func(sandbox.Written) bool) (*sandbox.Layer, error) {
	done, err := s.beginAlone(ctx, "freeze")
	if err != nil {
		return nil, err
	}
	defer done()
	var entries []layerEntry
	for _, path := range slices.Sorted(s.machine.frozen()) {
		if keep == nil || keep(s.machine.asWritten(path)) {
			entries = append(entries, layerEntry{[]byte(path), s.machine.written[path]})
		}
	}
	return writeLayer(dir, entries, s.machine.Spec.Setup)
}

// asWritten is what keep is asked about.
func (m *Machine) asWritten(path string) sandbox.Written {
	w := sandbox.Written{Path: path}
	if file := m.written[path]; file != nil && file.Mode != repo.Symlink && len(file.Data) > 0 {
		w.Size = int64(len(file.Data))
		w.Read = func() ([]byte, error) { return file.Data, nil }
	}
	return w
}

// frozen yields what was written under WorkDir and HomeDir.
func (m *Machine) frozen() iter.Seq[string] {
	return func(yield func(string) bool) {
		for path := range m.written {
			if (under(path, sandbox.WorkDir) || under(path, sandbox.HomeDir)) && !yield(path) {
				return
			}
		}
	}
}

func writeLayer(dir string, entries []layerEntry, below *sandbox.Layer) (*sandbox.Layer, error) {
	text, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, layerFile), text, 0o444); err != nil {
		return nil, err
	}
	key := sha256.New()
	if below != nil {
		key.Write([]byte(below.Key))
	}
	key.Write(text)
	return &sandbox.Layer{Key: hex.EncodeToString(key.Sum(nil)), Dir: dir, Below: below}, nil
}

func readLayer(dir string) ([]layerEntry, error) {
	text, err := os.ReadFile(filepath.Join(dir, layerFile))
	if err != nil {
		return nil, fmt.Errorf("sandbox: layer: %w", err)
	}
	var entries []layerEntry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("sandbox: layer %s: %w", dir, err)
	}
	return entries, nil
}
