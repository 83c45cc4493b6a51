package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/selfplay-swe/ssr/repo"
)

// goSetup downloads a Go module's dependencies and builds its tests without
// running them, so that every later build starts warm. Tests that do not build
// are no reason to fail here: the judge will say so. The last line keeps later
// go commands from trimming the cache, which is meant to last.
const goSetup = `go mod download &&
{ go test -count=1 -exec /bin/true ./... >/dev/null 2>&1 || true; } &&
echo 4102444800 >"$(go env GOCACHE)/trim.txt"`

// A Setup is the step that installs what the tests of a snapshot need. It has
// the network; every run after it has none.
type Setup struct {
	Command string        // bash; "": go mod download and a build of the tests, where there is a go.mod, otherwise nothing
	Timeout time.Duration // default 20 minutes
	Live    func([]byte)  // if not nil, is given the output as it comes
}

// Installed is what a setup made, as the layers that sandboxes stand on. Nil
// layers hold nothing.
type Installed struct {
	Whole        *Layer // everything, the snapshot's own code compiled included: for the judge, and for who may see the original
	Dependencies *Layer // nothing that was made from the snapshot's own code: for a solver, who may not
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
// what it wrote is kept beside the snapshot as a layer, which every later sandbox
// of this snapshot stands on. Nil means that there was nothing to do. Files of
// the snapshot stay as they are: changes of the setup to them are dropped, and
// so are bytecode and test caches.
func (s Setup) Prepare(ctx context.Context, p Provider, snapshot *repo.Snapshot) (*Layer, error) {
	if s.Command == "" {
		if _, ok := snapshot.Tree.Mode("go.mod"); !ok {
			return nil, nil
		}
		s.Command = goSetup
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{layerVersion, Identity(p), s.Command}, "\x00")))
	dir := filepath.Join(snapshot.Dir, "setup-"+hex.EncodeToString(sum[:8]))
	if layer, err := loadLayer(dir); err == nil {
		return layer, nil
	}
	unlock, err := lock(ctx, filepath.Join(snapshot.Dir, "setup.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if layer, err := loadLayer(dir); err == nil {
		return layer, nil // another process made it meanwhile
	}
	made := dir + ".making"
	defer os.RemoveAll(made)
	if err := errors.Join(os.RemoveAll(made), os.Mkdir(made, 0o755)); err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	layer, err := s.make(ctx, p, snapshot.Tree, made)
	if err != nil {
		return nil, err
	}
	return layer, layer.publish(made, dir)
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
const layerVersion = "1"

// make runs the command and freezes what it wrote.
func (s Setup) make(ctx context.Context, p Provider, tree *repo.Tree, dir string) (_ *Layer, err error) {
	box, err := p.New(ctx, Spec{Tree: tree, Network: true, Limits: Limits{Disk: 16 << 30, Inodes: 4 << 20, Memory: 16 << 30, PIDs: 4096}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	freezer, ok := box.(Freezer)
	if !ok {
		return nil, fmt.Errorf("setup: %T keeps no layers", box)
	}
	timeout := s.Timeout
	if timeout == 0 {
		timeout = 20 * time.Minute
	}
	result, err := box.Run(ctx, Cmd{Args: []string{"bash", "-c", s.Command}, Combine: true, Timeout: timeout, Live: s.Live,
		Env: []string{"PYTHONDONTWRITEBYTECODE=1"}})
	if err != nil {
		return nil, err
	}
	if !result.OK() {
		return nil, &SetupError{s.Command, result}
	}
	return freezer.Freeze(ctx, dir, func(path string) bool { return keep(tree, path) })
}

// keep leaves out files of the snapshot and leftovers of test runs.
func keep(tree *repo.Tree, path string) bool {
	file, ok := strings.CutPrefix(path, WorkDir+"/")
	if !ok {
		return true
	}
	if _, tracked := tree.Mode(file); tracked || tree.HasFolder(file) {
		return false // a folder is made for what is in it; deleting one of the snapshot's is dropped
	}
	for part := range strings.SplitSeq(file, "/") {
		switch part {
		case "__pycache__", ".pytest_cache", ".coverage", ".git":
			return false
		}
	}
	return true
}

// publish moves a finished layer to its place.
func (l *Layer) publish(made, dir string) error {
	text, err := json.Marshal(l.Key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(made, "key"), text, 0o644); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	l.Dir = dir
	return nil
}

func loadLayer(dir string) (*Layer, error) {
	text, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		return nil, err
	}
	layer := &Layer{Dir: dir}
	return layer, json.Unmarshal(text, &layer.Key)
}
