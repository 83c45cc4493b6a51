package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A tool is somebody else's.
type tool struct {
	name   string
	from   string // a folder with its source, or a package with a version
	pkg    string // its program, in its folder
	before string // bash, with the tool as $T and the parallelism as $N; "": nothing
	run    string // the same; its output is read by mutant
	mutant *regexp.Regexp
}

// others are the tools that are measured. What they print of each mutant that
// they ran is counted, whatever became of it.
var others = []*tool{
	{
		name: "gremlins", from: "github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0", pkg: "./cmd/gremlins",
		run:    "$T unleash --workers $N .",
		mutant: regexp.MustCompile(`(?m)^ *(?:KILLED|LIVED|TIMED OUT|NOT VIABLE) \S+ at `),
	},
	{
		name: "assay", from: "github.com/emoss08/assay@latest", pkg: ".",
		before: "$T index --root /work",
		run:    "$T mutate --whole --all --root /work --jobs $N --json",
		mutant: regexp.MustCompile(`"outcome": *"(?:killed|survived|timeout)"`),
	},
}

// measure builds the tool and runs it; what goes wrong is the row's note.
func (t *tool) measure(ctx context.Context, s survey.Subject, parallel int, limit time.Duration) row {
	r := row{tool: t.name, version: "-", command: strings.TrimPrefix(t.before+" && "+t.run, " && ")}
	if t.from == "-" {
		r.note = "left out"
		return r
	}
	dir, err := os.MkdirTemp("", "mutantbench")
	if err != nil {
		r.note = err.Error()
		return r
	}
	defer os.RemoveAll(dir)
	program, err := t.build(ctx, dir)
	if err == nil {
		r.version = version(program)
		err = t.time(ctx, s, program, parallel, limit, &r)
	}
	if err != nil {
		r.note = strings.Join(strings.Fields(err.Error()), " ")
		r.note = r.note[:min(len(r.note), 160)]
	}
	return r
}

// build builds the tool on the host: its code is compiled there and run only
// in a sandbox.
func (t *tool) build(ctx context.Context, dir string) (program string, err error) {
	build := exec.CommandContext(ctx, "go", "install", t.from)
	build.Env = append(os.Environ(), "GOBIN="+dir, "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	build.Dir = dir
	if info, err := os.Stat(t.from); err == nil && info.IsDir() {
		build.Args, build.Dir = []string{"go", "install", t.pkg}, t.from
	}
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(build.Args, " "), err, out)
	}
	programs, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(programs) != 1 {
		return "", errors.Join(err, fmt.Errorf("%d programs were built", len(programs)))
	}
	return programs[0], nil
}

// version is that of the module that a program was built from.
func version(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value[:7]
		}
	}
	return cmp.Or(info.Main.Version, "unknown")
}

// time runs the tool in a sandbox.
func (t *tool) time(ctx context.Context, s survey.Subject, program string, parallel int, limit time.Duration, r *row) (err error) {
	binary, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	git := filepath.Join(filepath.Dir(program), ".git") // assay wants a repository
	if err := repo.OneCommit(ctx, s.Tree, git); err != nil {
		return err
	}
	box, err := s.Provider.New(ctx, sandbox.Spec{
		Tree: s.Tree, Setup: s.Setup, Git: git, Files: map[string]repo.File{t.name: {Mode: repo.Executable, Data: binary}},
		Limits: sandbox.Limits{Disk: 16 << 30, Inodes: 4 << 20, Memory: 16 << 30, PIDs: 4096, Output: 256 << 20},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	command := func(text string) sandbox.Cmd {
		return sandbox.Cmd{Args: []string{"bash", "-c", text}, Combine: true, Timeout: limit,
			Env: []string{"T=" + path.Join(sandbox.FileDir, t.name), fmt.Sprint("N=", parallel)}}
	}
	if t.before != "" {
		result, err := box.Run(ctx, command(t.before))
		if err != nil || !result.OK() {
			return errors.Join(err, fmt.Errorf("%s: %s: %s", t.before, result.Class, tail(result.Output)))
		}
		r.before = result.Wall
	}
	result, err := box.Run(ctx, command(t.run))
	if err != nil {
		return err
	}
	r.took, r.mutants = result.Wall, len(t.mutant.FindAll(result.Output, -1))
	switch {
	case r.mutants == 0:
		return fmt.Errorf("no mutant was run: %s", tail(result.Output))
	case result.Class == sandbox.Timeout:
		r.note = "stopped after " + limit.String()
	}
	return nil
}

func tail(output []byte) []byte {
	output = bytes.TrimSpace(output)
	return output[max(0, len(output)-300):]
}
