package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// scriptEnv is what script and parser get besides the sandbox's own environment.
// A fixed zone and locale keep logs equal on every host. Python leaves no
// compiled files behind, which could stand in for a source that a test rewrites
// within the second. Hash seeds are left alone: a test that depends on them is
// flaky and should show it.
var scriptEnv = []string{"TZ=UTC", "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}

// Names of the two files, inside their sandboxes.
const (
	scriptName = "test_script.sh"
	parserName = "test_parser"
)

// keptLog is how much of a log's head, and of its tail, stays with a run.
const keptLog = 64 << 10

// runScript runs the script on a fresh copy of the tree, and returns what it
// printed. The parser is not in this sandbox: what is tested cannot read it.
func (r *Runner) runScript(ctx context.Context, req Request) (*Run, []byte, error) {
	box, err := r.Provider.New(ctx, sandbox.Spec{
		Tree:   req.Tree,
		Setup:  r.Setup,
		Files:  map[string]repo.File{scriptName: {Mode: repo.Executable, Data: req.Suite.Script}},
		Limits: r.Limits,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("suite: sandbox for the script: %w", err)
	}
	defer box.Close()
	res, err := box.Run(ctx, sandbox.Cmd{
		Args:    []string{"bash", sandbox.FileDir + "/" + scriptName},
		Env:     scriptEnv,
		Timeout: r.timeout(),
		Combine: true,
		Live:    req.Live,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("suite: run the script: %w", err)
	}
	run := &Run{Class: res.Class, ExitCode: res.ExitCode, Log: headAndTail(res.Output), Wall: res.Wall, CPU: res.CPU}
	if run.Problem = r.ended("the script", ScriptEnded, res, r.Limits.Output); run.Problem != nil {
		return run, res.Output, nil
	}
	run.Testimony = Testify(res.Output)
	edited, err := editedOracle(ctx, box, req)
	if many, ok := errors.AsType[*sandbox.TooManyError](err); ok {
		run.Problem = &Problem{OracleEdited, "what the script did to the oracle files cannot be told: " + many.Error(),
			"it must clean up what it makes in the work tree"}
		return run, res.Output, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("suite: what the script changed: %w", err)
	}
	if len(edited) > 0 {
		run.Problem = &Problem{OracleEdited, "the script changed the oracle files " + strings.Join(edited, ", "),
			"it must run the tests as they are"}
	}
	return run, res.Output, nil
}

// editedOracle lists the oracle files that are no longer what the tree holds. A
// file that was only touched, or put back, is not listed.
func editedOracle(ctx context.Context, box sandbox.Sandbox, req Request) ([]string, error) {
	changes, err := box.Changes(ctx)
	if err != nil {
		return nil, err
	}
	var edited []string
	for _, path := range req.Suite.Oracle {
		i := slices.IndexFunc(changes, func(c sandbox.Change) bool { return c.Path == path })
		if i < 0 {
			if slices.ContainsFunc(changes, func(c sandbox.Change) bool { return removes(c, path) }) {
				edited = append(edited, path)
			}
			continue
		}
		same, err := unchanged(ctx, box, req.Tree, changes[i])
		if err != nil {
			return nil, err
		}
		if !same {
			edited = append(edited, path)
		}
	}
	return edited, nil
}

// removes says whether the change of a folder took the file at path with it:
// the folder was deleted, or a file stands in its place.
func removes(change sandbox.Change, path string) bool {
	return strings.HasPrefix(path, change.Path+"/") && (change.Deleted || change.Mode != 0)
}

// unchanged says whether the changed path still holds the tree's own file.
func unchanged(ctx context.Context, box sandbox.Sandbox, tree *repo.Tree, change sandbox.Change) (bool, error) {
	before, err := tree.Read(change.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return change.Deleted, nil // the weakening deleted it; a new file there is an edit
	}
	if err != nil {
		return false, err
	}
	if change.Deleted || change.Mode != before.Mode || change.Size != int64(len(before.Data)) {
		return false, nil
	}
	after, err := box.Read(ctx, change.Path, change.Size)
	if err != nil {
		return false, err
	}
	return bytes.Equal(before.Data, after.Data), nil
}

// ended is the problem of a command that did not end by itself, or nil.
func (r *Runner) ended(what string, kind Kind, res sandbox.Result, output int64) *Problem {
	switch res.Class {
	case sandbox.Exited:
		return nil
	case sandbox.Timeout:
		limit := r.timeout()
		if kind == ParserEnded {
			limit = r.parserTimeout()
		}
		return &Problem{kind, fmt.Sprintf("%s did not end within %v", what, limit), "it must end by itself before that"}
	case sandbox.Signaled:
		return &Problem{kind, fmt.Sprintf("%s was ended by signal %d", what, res.Signal), "it must end by itself"}
	case sandbox.OutOfMemory:
		return &Problem{kind, what + " used more memory than a sandbox has", size(r.Limits.Memory, 4<<30) + " must be enough"}
	case sandbox.OutputLimit:
		return &Problem{kind, what + " printed more than is read", size(output, 16<<20) + " must be enough"}
	case sandbox.DiskFull:
		return &Problem{kind, what + " filled the sandbox's disk", size(r.Limits.Disk, 2<<30) + " must be enough"}
	case sandbox.PIDLimit:
		return &Problem{kind, what + " started more processes than a sandbox has room for", "fewer must be enough"}
	}
	return &Problem{kind, fmt.Sprintf("%s ended as %v", what, res.Class), "it must end by itself"}
}

// size prints a limit, or its default.
func size(limit, byDefault int64) string {
	if limit == 0 {
		limit = byDefault
	}
	if limit%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", limit>>20)
	}
	return fmt.Sprintf("%d bytes", limit)
}

// lasting says whether the run would end the same way on a slower or busier
// machine: neither time nor load decided how script and parser ended.
func (run *Run) lasting() bool {
	if run.Problem == nil {
		return true
	}
	switch run.Problem.Kind {
	case OracleEdited, ParserOutput, ParserUnsteady:
		return true
	}
	return false
}

func headAndTail(log []byte) []byte {
	if len(log) <= 2*keptLog {
		return log
	}
	return slices.Concat(log[:keptLog], []byte("\n…\n"), log[len(log)-keptLog:])
}
