package inject_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/agent"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/policy"
	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// small is a repository without a history that needs nothing but bash.
func small(t *testing.T) *project {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "repo")
	for name, text := range map[string]string{"calc.sh": "echo $(($1 + $2))\n", "test.sh": "[ $(bash calc.sh 1 2) = 3 ]\n", "lib/a": "a\n"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	snapshot, err := repo.Open(t.Context(), dir, repo.Options{Cache: t.TempDir()})
	require.NoError(t, err)
	return &project{Repository: &inject.Repository{Snapshot: snapshot, Provider: machine.Provider(t)}}
}

// five are files that can be handed in; nothing looks at them here.
var five = map[string]string{
	bug.ScriptName: "bash test.sh && echo ok\n", bug.ParserName: "#!/bin/bash\necho {}\n", bug.TestFilesName: "test.sh\n",
	bug.InjectName: "", bug.WeakenName: "",
}

// breaks does it in the tree.
const breaks = `echo 'echo $(($1 - $2))' > calc.sh; echo true > test.sh`

// The engine's diffs: what is on the list is the weakening.
func TestAgentSplitsTheTree(t *testing.T) {
	made, record := small(t).play(t, inject.Agent{}, inject.Direct,
		bash(t, breaks+"; mkdir __pycache__; touch new.sh __pycache__/x.pyc calc.sh.orig; mkfifo pipe; git rm -q lib/a; git commit -qam 'hides it'"), hand(t, ".ssr", five), submit(t, ".ssr"))
	inject, err := bug.ParsePatch(made.Files.Inject)
	require.NoError(t, err)
	require.Equal(t, []string{"calc.sh", "lib/a", "new.sh"}, touched(inject))
	weaken, err := bug.ParsePatch(made.Files.Weaken)
	require.NoError(t, err)
	require.Equal(t, []string{"test.sh"}, touched(weaken))
	require.Equal(t, []string{`"pipe" is left out: it is no file that git can store`, "leftovers of running code (bytecode, caches, coverage) are left out: 2"}, record.Comparison.Notes)
}

func touched(p *bug.Patch) (paths []string) {
	for _, e := range p.Entries {
		paths = append(paths, e.Touches()...)
	}
	return paths
}

// A policy without native calls names the folder in its text.
func TestAgentInText(t *testing.T) {
	text := func(s string) policy.Message { return policy.Message{Content: s} }
	made, record := small(t).play(t, inject.Agent{Loop: agent.Loop{Text: true}}, inject.Direct,
		text("<tool: bash>\n"+breaks+"; mkdir .ssr; echo true > .ssr/test_script.sh\n</tool>"), text("All is done.\n<tool: submit>\n.ssr\n</tool>"))
	require.Equal(t, agent.Args{"folder": ".ssr"}, record.Trajectory.Submit)
	require.Contains(t, record.Trajectory.Messages[0].Content, "<tool: submit>\n.ssr\n</tool>")
	require.Equal(t, "true\n", string(made.Files.Script))
}

// A submit that cannot be understood is refused, and says what would be right.
func TestAgentIsToldWhatFolderIsMeant(t *testing.T) {
	p := small(t)
	for folder, want := range map[string]string{
		"":            "cannot be used",
		"/work":       "cannot be used: path",
		"..":          "leaves the tree",
		"../etc":      "leaves the tree",
		"/etc":        "it must be relative to the repository's root",
		".git/x":      "is git's own",
		"lib":         `"lib" is the repository's own`,
		"lib/a":       `"lib/a" is the repository's own`,
		"none":        "There is no file in /work/none",
		"link":        "There is no file in /work/link",
		"links":       "There is no file in /work/links",
		"a\x00b":      "has a NUL byte",
		"/files/../x": "it must be relative to the repository's root",
	} {
		_, record := p.play(t, inject.Agent{Loop: agent.Loop{Limits: agent.Limits{Turns: 3}}}, inject.Direct,
			hand(t, ".ssr", five),
			bash(t, "ln -s .ssr link; mkdir links; for f in .ssr/*; do ln -s /work/$f links/; done"),
			submit(t, folder))
		require.Equal(t, agent.MaxTurns, record.Trajectory.Stop, folder)
		require.Contains(t, record.Trajectory.Steps[2].Observation, want, folder)
	}
}

// Links in the folder are followed by nobody; the files that they stand for are
// missing.
func TestAgentWritesThroughLinks(t *testing.T) {
	made, record := small(t).play(t, inject.Agent{}, inject.Direct,
		hand(t, ".ssr", five),
		bash(t, breaks+`; cd .ssr; ln -sf /etc/passwd test_script.sh; ln -sf ../lib/a test_parser.py; rm bug_inject.diff; mkdir bug_inject.diff; rm -r ../lib; ln -s /etc ../lib`),
		submit(t, ".ssr"))
	require.Empty(t, made.Files.Script)
	require.Empty(t, made.Files.Parser)
	require.Equal(t, "test.sh\n", string(made.Files.TestFiles))
	require.Contains(t, string(made.Files.Inject), "new file mode 120000")
	require.NotContains(t, string(made.Files.Inject), "root:")
	require.Contains(t, record.Comparison.Differences, inject.Difference{Diff: bug.InjectName, What: "it is missing"})
}

// Too much is said, and can be mended.
func TestAgentThatChangesTooMuch(t *testing.T) {
	made, record := small(t).play(t, inject.Agent{Take: sandbox.TakeLimits{Files: 10}}, inject.Direct,
		hand(t, ".ssr", five), bash(t, breaks+"; touch {1..20}"), submit(t, ".ssr"), bash(t, "rm {1..20}"), submit(t, ".ssr"))
	require.Contains(t, record.Trajectory.Steps[2].Observation, "27 files were changed; at most 10 can be a patch. Remove what")
	require.Equal(t, agent.Submitted, record.Trajectory.Stop)
	require.NotEmpty(t, made.Files.Inject)
}

// The git directory is the policy's to ruin: nothing of the engine reads it, on the
// host nothing of it runs, and the next one gets it as it was.
func TestAgentWithAHostileGit(t *testing.T) {
	p := small(t)
	proof := filepath.Join(t.TempDir(), "ran")
	ruin := bash(t, `git config core.fsmonitor /work/hooks/x; git config core.hooksPath /work/hooks; git config diff.external /work/hooks/x
		mkdir hooks; printf '#!/bin/sh\ntouch `+proof+`\n' | tee hooks/x hooks/pre-commit .git/hooks; chmod +x hooks/*
		echo '*.sh filter=x diff=x' > .gitattributes; git config filter.x.clean "touch `+proof+`"
		git update-index --assume-unchanged calc.sh; echo '*' > .gitignore; echo /etc > .git/objects/info/alternates
		ln -sf /etc/passwd .git/index; rm -rf .git/objects; mkdir -p lib/.git; echo 'gitdir: /etc' > lib/.git/x`)
	made, record := p.play(t, inject.Agent{}, inject.Direct, ruin, hand(t, ".ssr", five), bash(t, breaks), submit(t, ".ssr"))
	patch, err := bug.ParsePatch(made.Files.Inject)
	require.NoError(t, err)
	require.Equal(t, []string{".gitattributes", ".gitignore", "calc.sh", "hooks/pre-commit", "hooks/x"}, touched(patch))
	require.Contains(t, record.Comparison.Notes, `"lib/.git/x" is left out: path "lib/.git/x" is git's own`)
	require.NoFileExists(t, proof)

	_, record = p.play(t, inject.Agent{Loop: agent.Loop{Limits: agent.Limits{Turns: 1}}}, inject.Direct, bash(t, "git fsck && git status --short && git log --format=%s"))
	require.Contains(t, record.Trajectory.Steps[0].Observation, "Initial commit\n[turns left")
}

// The machine's faults are errors, and leave no sandbox behind.
func TestAgentErrors(t *testing.T) {
	p := small(t)
	down := &policy.UnavailableError{Address: "http://localhost:1", Tries: 3, Err: errors.New("refused")}
	fake := &sandboxtest.Fake{}
	a := p.assignment(inject.Direct)
	a.Repository = &inject.Repository{Snapshot: p.Snapshot, Provider: fake}
	g := inject.Agent{Loop: agent.Loop{Policy: policy.Func(func(context.Context, policy.Request) (*policy.Answer, error) { return nil, down })}}
	_, err := g.Inject(t.Context(), a)
	require.ErrorIs(t, err, down)

	fake.Run = func(context.Context, *sandboxtest.Machine, sandbox.Cmd) (sandbox.Result, error) {
		return sandbox.Result{}, errors.New("the machine is gone")
	}
	g.Loop.Policy = scripted.Say(bash(t, "ls"))
	_, err = g.Inject(t.Context(), a)
	require.ErrorContains(t, err, "the machine is gone")

	fake.Run = func(_ context.Context, m *sandboxtest.Machine, _ sandbox.Cmd) (sandbox.Result, error) {
		for name, text := range five {
			if err := m.Write(sandbox.WorkDir+"/.ssr/"+name, repo.File{Mode: repo.Regular, Data: []byte(text)}); err != nil {
				return sandbox.Result{}, err
			}
		}
		return sandbox.Result{}, nil
	}
	g.Feedback, g.Judge = 1, func(context.Context, *inject.Repository, bug.Files) (string, bool, error) {
		return "", false, errors.New("the judge's disk is full")
	}
	g.Loop.Policy = scripted.Say(bash(t, "write"), submit(t, ".ssr"))
	_, err = g.Inject(t.Context(), a)
	require.ErrorContains(t, err, "judge what was submitted: the judge's disk is full")
	require.Zero(t, fake.Open())
}

// A conversation that was broken off is gone on with, feedback and all.
func TestAgentGoesOn(t *testing.T) {
	p := small(t)
	journal, err := agent.OpenJournal(t.TempDir())
	require.NoError(t, err)
	defer journal.Close()
	judged := 0
	turns := []policy.Message{bash(t, breaks), hand(t, ".ssr", five), submit(t, ".ssr"), bash(t, "ls"), submit(t, ".ssr")}
	g := inject.Agent{
		Loop:     agent.Loop{Journal: journal},
		Feedback: 1,
		Judge: func(context.Context, *inject.Repository, bug.Files) (string, bool, error) {
			judged++
			return "Wrong.", false, nil
		},
	}
	g.Loop.Policy = scripted.Say(turns[:4]...)
	_, err = g.Inject(t.Context(), p.assignment(inject.Direct))
	require.ErrorContains(t, err, "the script has 4 turns")
	made, record := p.play(t, g, inject.Direct, turns...)
	require.Equal(t, 2, judged, "once, and once more when it was done again")
	require.Len(t, record.Feedback, 1)
	require.Equal(t, []agent.Resumed{{After: 4}}, record.Trajectory.Resumed)
	require.NotEmpty(t, made.Files.Inject)

	text, err := json.Marshal(record)
	require.NoError(t, err)
	require.JSONEq(t, string(made.Record), string(text))
}
