package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/selfplay-swe/ssr/repo"
)

// A Setup is the step that installs what the tests of a snapshot need. It has
// the network; every run after it has none.
type Setup struct {
	Command string        // bash; "": go mod download and a build of the tests, where there is a go.mod, otherwise nothing
	Timeout time.Duration // default 20 minutes
	Live    func([]byte)  // if not nil, is given the output as it comes
	Begin   func(string)  // if not nil, is told in words what each command is for, before it runs; of layers that are there already, nothing
}

// A SetupError says that the setup command failed, which is its author's fault
// or the network's, not the machine's.
type SetupError struct {
	Command string
	Result  Result
}

func (e *SetupError) Error() string {
	said := lastLines(e.Result.Output, 5)
	if said == "" {
		said = "it printed nothing"
	}
	return fmt.Sprintf("setup: the command ended with %s: %s", ending(e.Result), said)
}

func ending(r Result) string {
	if r.Class == Exited {
		return fmt.Sprintf("exit status %d", r.ExitCode)
	}
	return r.Class.String()
}

func lastLines(output []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Prepare runs the setup step in a sandbox of p, once per snapshot and command:
// what it wrote is kept beside the snapshot as layers, which every later sandbox
// of this snapshot stands on. Where there is nothing to do the layers are nil.
// Files of the snapshot stay as they are: changes of the setup to them are
// dropped, and so are bytecode and test caches.
func (s Setup) Prepare(ctx context.Context, p Provider, snapshot *repo.Snapshot) (*Installed, error) {
	if _, ok := snapshot.Tree.Mode("go.mod"); !ok && s.Command == "" {
		return &Installed{}, nil
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{layerVersion, Identity(p), goDependencies, goTests, s.Command}, "\x00")))
	dir := filepath.Join(snapshot.Dir, "setup-"+hex.EncodeToString(sum[:8]))
	if installed, err := loadInstalled(dir); err == nil {
		return installed, nil
	}
	unlock, err := lock(ctx, filepath.Join(snapshot.Dir, "setup.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if installed, err := loadInstalled(dir); err == nil {
		return installed, nil // another process made it meanwhile
	}
	made := dir + ".making"
	defer os.RemoveAll(made)
	if err := os.RemoveAll(made); err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	installed, err := s.make(ctx, p, snapshot.Tree, made)
	if err != nil {
		return nil, err
	}
	return installed, installed.publish(made, dir)
}

// lock waits for the lock that is held while a layer is made, so that it is made
// once, and whatever a killed process left half made is nobody's.
func lock(ctx context.Context, name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { file.Close() }, nil
		case ctx.Err() != nil:
			file.Close()
			return nil, context.Cause(ctx)
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			file.Close()
			return nil, fmt.Errorf("setup: lock %s: %w", name, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// layerVersion changes when the same command would make another layer.
const layerVersion = "2"

// make makes the layers in dir: Whole stands on Dependencies, so that nothing is
// there twice.
func (s Setup) make(ctx context.Context, p Provider, tree *repo.Tree, dir string) (*Installed, error) {
	for _, name := range []string{dir, filepath.Join(dir, dependenciesDir), filepath.Join(dir, wholeDir)} {
		if err := os.Mkdir(name, 0o755); err != nil {
			return nil, fmt.Errorf("setup: %w", err)
		}
	}
	if s.Command != "" {
		return s.split(ctx, p, tree, dir)
	}
	return s.stack(ctx, p, tree, dir)
}

// stack makes the layers of a Go module one after the other.
func (s Setup) stack(ctx context.Context, p Provider, tree *repo.Tree, dir string) (*Installed, error) {
	spec := Spec{Tree: tree}
	keep := func(w Written) bool { return keep(tree, w.Path) }
	for _, step := range []struct{ words, command, dir string }{
		{"download and compile what the tests import", goDependencies, dependenciesDir},
		{"compile the tests", goTests, wholeDir},
	} {
		s.begin(step.words)
		err := s.run(ctx, p, spec, step.command, func(made Freezer) (err error) {
			spec.Setup, err = made.Freeze(ctx, filepath.Join(dir, step.dir), keep)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return &Installed{Whole: spec.Setup, Dependencies: spec.Setup.Below}, nil
}

// split makes the layers of what one command wrote.
func (s Setup) split(ctx context.Context, p Provider, tree *repo.Tree, dir string) (*Installed, error) {
	installed := &Installed{}
	own := newOwnCode(tree)
	left := map[string]bool{} // for the second layer
	s.begin("run the setup command")
	err := s.run(ctx, p, Spec{Tree: tree}, s.Command, func(made Freezer) (err error) {
		installed.Dependencies, err = made.Freeze(ctx, filepath.Join(dir, dependenciesDir), func(w Written) bool {
			left[w.Path] = keep(tree, w.Path) && own.holds(w)
			return keep(tree, w.Path) && !left[w.Path]
		})
		if err != nil {
			return err
		}
		installed.Whole, err = made.Freeze(ctx, filepath.Join(dir, wholeDir), func(w Written) bool { return left[w.Path] })
		return err
	})
	if err != nil {
		return nil, err
	}
	installed.Whole.Below = installed.Dependencies
	installed.Whole.Key += installed.Dependencies.Key
	return installed, nil
}

func (s Setup) begin(words string) {
	if s.Begin != nil {
		s.Begin(words)
	}
}

// run runs a command in a sandbox with the network, and hands that on.
func (s Setup) run(ctx context.Context, p Provider, spec Spec, command string, freeze func(Freezer) error) (err error) {
	spec.Network = true
	spec.Limits = Limits{Disk: 16 << 30, Inodes: 4 << 20, Memory: 16 << 30, PIDs: 4096}
	box, err := p.New(ctx, spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	freezer, ok := box.(Freezer)
	if !ok {
		return fmt.Errorf("setup: %T keeps no layers", box)
	}
	result, err := box.Run(ctx, Cmd{
		Args:    []string{"bash", "-c", command},
		Combine: true,
		Timeout: cmp.Or(s.Timeout, 20*time.Minute),
		Live:    s.Live,
		Env:     []string{"PYTHONDONTWRITEBYTECODE=1"},
	})
	if err != nil {
		return err
	}
	if !result.OK() {
		return &SetupError{command, result}
	}
	return freeze(freezer)
}
