package verify_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/verify"
)

// TestRealProjects judges the artifacts of ../testdata/artifacts over the real
// projects they are made for. Each folder holds the five files, and source:
//
//	module:PATH@VERSION, pypi:NAME==VERSION or npm:NAME@VERSION
//	the setup command, or an empty line
//	consistent, or the name of the first check that refuses the artifact
//
// Snapshots and setup layers are kept in the cache of the program, where
// "ssr verify" finds them too; runs are not kept.
func TestRealProjects(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: downloads real projects and runs their tests for minutes")
	}
	provider := machine.Provider(t)
	opened := projects{provider: provider, known: map[string]*project{}}
	dirs, err := filepath.Glob("../testdata/artifacts/*")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			source, setup, want := readSource(t, dir)
			needRunner(t, provider, dir)
			project := opened.open(t, source, setup)
			artifact, err := bug.Load(dir)
			require.NoError(t, err)
			report, err := project.judge.Verify(t.Context(), project.snapshot, artifact)
			require.NoError(t, err)
			verdict, finding := first(report)
			require.Equal(t, want, verdict, finding)
			t.Logf("%d runs in %.1f s: %s %s", report.Runs, report.Seconds, verdict, finding)
		})
	}
}

// first returns the check that refused the artifact and why, or "consistent".
func first(report *verify.Report) (verdict, finding string) {
	for _, check := range report.Checks {
		if !check.Passed {
			return check.Name, check.Finding
		}
	}
	return "consistent", ""
}

func readSource(t *testing.T, dir string) (source, setup, want string) {
	t.Helper()
	lines := strings.Split(read(t, filepath.Join(dir, "source")), "\n")
	require.GreaterOrEqual(t, len(lines), 3, "source has three lines")
	return lines[0], lines[1], lines[2]
}

// A project is a snapshot and its judge, shared by the artifacts made for it.
type project struct {
	snapshot *repo.Snapshot
	judge    *verify.Judge
}

type projects struct {
	provider sandbox.Provider
	known    map[string]*project
}

func (p *projects) open(t *testing.T, source, setup string) *project {
	t.Helper()
	key := source + "\n" + setup
	if project, ok := p.known[key]; ok {
		return project
	}
	snapshot := machine.Open(t, p.provider, source)
	installed, err := sandbox.Setup{Command: setup}.Prepare(t.Context(), p.provider, snapshot)
	require.NoError(t, err)
	p.known[key] = &project{snapshot, &verify.Judge{Provider: p.provider, Setup: installed.Whole}}
	return p.known[key]
}

// probes say what must work in a sandbox before a word in an artifact's script
// or parser does.
var probes = map[string]string{
	"go test":       "go version",
	"node --test":   "node --version",
	"-m unittest":   "python3 --version",
	"-m pytest":     "python3 -m pytest --version",
	"import json":   "python3 --version",
	"/usr/bin/awk ": "echo | /usr/bin/awk 1",
}

// needRunner skips the test where sandboxes lack what the artifact's files run.
func needRunner(t *testing.T, provider sandbox.Provider, dir string) {
	t.Helper()
	text := read(t, filepath.Join(dir, "test_script.sh")) + read(t, filepath.Join(dir, "test_parser.py"))
	for word, probe := range probes {
		if strings.Contains(text, word) {
			machine.Needs(t, provider, probe)
		}
	}
}
