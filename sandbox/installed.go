package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Installed is what a setup made, as the layers that sandboxes stand on. Nil
// layers hold nothing.
type Installed struct {
	Whole        *Layer // everything, the snapshot's own code compiled included: for the judge, and for who may see the original
	Dependencies *Layer // nothing that was made from the snapshot's own code: for a solver, who may not
}

// An installation is a folder beside the snapshot, with a folder for each layer
// and a file with their keys.
const (
	dependenciesDir = "dependencies"
	wholeDir        = "whole"
	keysFile        = "keys"
)

type keys struct{ Dependencies, Whole string }

// publish moves finished layers to their place.
func (i *Installed) publish(made, dir string) error {
	text, err := json.Marshal(keys{i.Dependencies.Key, i.Whole.Key})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, keysFile), text, 0o644); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	i.Dependencies.Dir, i.Whole.Dir = filepath.Join(dir, dependenciesDir), filepath.Join(dir, wholeDir)
	return nil
}

func loadInstalled(dir string) (*Installed, error) {
	text, err := os.ReadFile(filepath.Join(dir, keysFile))
	if err != nil {
		return nil, err
	}
	var k keys
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, err
	}
	dependencies := &Layer{Key: k.Dependencies, Dir: filepath.Join(dir, dependenciesDir)}
	return &Installed{
		Whole:        &Layer{Key: k.Whole, Dir: filepath.Join(dir, wholeDir), Below: dependencies},
		Dependencies: dependencies,
	}, nil
}
