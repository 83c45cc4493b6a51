package sandboxtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// engineAttacks are numbers 36 to 47: a tree that attacks whoever handles it on
// the host. What the engine does with trees and patches is tested where it does
// it. Here a provider lists, reads, freezes and stacks such a tree, and a trap
// on the host shows that nothing of it was run.
var engineAttacks = []attack{
	{number: 36, name: "git: fsmonitor", elsewhere: "repo: TestNothingOfACheckoutRuns", play: gitTrap(`
		git init -q . && git config core.fsmonitor "touch $TRAP"`)},
	{number: 37, name: "git: external diff, textconv", elsewhere: "repo: TestNothingOfACheckoutRuns", play: gitTrap(`
		git init -q . && git config diff.external "touch $TRAP" && git config diff.x.textconv "touch $TRAP"
		echo '* diff=x' > .gitattributes; echo changed > readme`)},
	{number: 38, name: "git: clean and smudge filters", elsewhere: "repo: TestNothingOfACheckoutRuns", play: gitTrap(`
		git init -q . && git config filter.x.clean "touch $TRAP" && git config filter.x.smudge "touch $TRAP" && git config filter.x.required true
		echo '* filter=x' > .gitattributes; echo changed > readme`)},
	{number: 39, name: "git: hooks", elsewhere: "repo: TestNothingOfACheckoutRuns", play: gitTrap(`
		git init -q . && mkdir -p .git/hooks hooks && git config core.hooksPath hooks
		for hook in pre-commit post-checkout post-index-change pre-auto-gc reference-transaction; do
			printf '#!/bin/sh\ntouch %s\n' "$TRAP" | tee .git/hooks/$hook > hooks/$hook; chmod +x .git/hooks/$hook hooks/$hook
		done`)},
	{number: 40, name: "git: sshCommand", elsewhere: "repo: TestNothingOfACheckoutRuns", play: gitTrap(`
		git init -q . && git config core.sshCommand "touch $TRAP" && git config core.askPass "touch $TRAP" && git config credential.helper "!touch $TRAP"
		git config remote.origin.url ssh://nowhere/x && git config core.pager "touch $TRAP" && git config core.editor "touch $TRAP"`)},
	{number: 41, name: "git: core.worktree", elsewhere: "repo: TestNothingOfACheckoutRuns", play: gitTrap(`
		git init -q . && git config core.gitProxy "touch $TRAP" && git config core.worktree "$(dirname $TRAP)"`)},
	{number: 42, name: "git: .git file redirects, embedded bare repositories", elsewhere: "repo: TestRepositoriesInsideACheckout, TestNestedRepositoriesAreLeftOut", play: gitTrap(`
		mkdir bare && git init -q --bare bare && git -C bare config core.fsmonitor "touch $TRAP"
		mkdir redirected && echo "gitdir: ../bare" > redirected/.git; mkdir nested && git init -q nested; mkdir upper && git init -q upper && mv upper/.git upper/.GIT
		git -C nested config core.fsmonitor "touch $TRAP"`)},
	{number: 43, name: "patches that leave the tree", elsewhere: "bug: TestMalformedPatches, TestPatchesThatDoNotFit; verify: testdata/scope_*, bug_*symlink*", play: writeThroughLinks},
	{number: 44, name: "archives that leave the tree, bombs", elsewhere: "repo: TestHostileGitTrees, TestHostileFiles; bug: TestPatchMakesTooMuch", play: hostileNames},
	{number: 45, name: "host reads through a link or a fifo", needs: sandbox.Files, elsewhere: "bug: TestLoadOpensNothingButFiles; verify: testdata/files_*symlink*", play: hostReads},
	{number: 46, name: "answers left behind", elsewhere: "repo: TestOneCommit", play: answersLeft},
	{number: 47, name: "forged results by the next command's start", needs: sandbox.Files, elsewhere: "suite: TestTestify; verify: testdata/grade_steering, parser_steered", play: forged},
	{number: 47, name: "PATH and preload", needs: sandbox.Files, args: []string{"path"}},
}

// gitTrap runs a script that makes the tree hostile, then does on the host all
// that a provider does. The trap springs when anything of the tree is run
// outside, or the host's git is run at all.
func gitTrap(script string) func(*testing.T, *suite) {
	return func(t *testing.T, s *suite) {
		trap := filepath.Join(cacheFolder(t), "sprung")
		setGitTrap(t, trap)
		tree := sample(t)
		box := s.box(t, sandbox.Spec{Tree: tree})
		result := run(t, box, sandbox.Cmd{Args: []string{"bash", "-ec", "export TRAP=" + trap + "\n" + script}, Combine: true})
		if result.ExitCode == 127 {
			t.Skip("there is no git inside")
		}
		require.True(t, result.OK(), "%s", result.Output)
		after(t, tree, box)
		if freezer, isFreezer := box.(sandbox.Freezer); isFreezer {
			layer, err := freezer.Freeze(t.Context(), cacheFolder(t), nil)
			require.NoError(t, err)
			ok(t, s.box(t, sandbox.Spec{Tree: tree, Setup: layer}), "true")
		}
		require.NoFileExists(t, trap, "something of the tree, or git, was run on the host")
	}
}

// setGitTrap puts a git first in the host's PATH that springs the trap.
func setGitTrap(t *testing.T, trap string) {
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\necho git >> "+trap+"\n"), 0o755))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// writeThroughLinks makes links and writes through them: what changed is the
// link, and what was written is inside.
func writeThroughLinks(t *testing.T, s *suite) {
	path, _ := canary(t, cacheFolder(t))
	tree := sample(t)
	box := s.box(t, sandbox.Spec{Tree: tree})
	sh(t, box, "ln -s "+filepath.Dir(path)+" out; ln -s ../../../../../../"+path+" up; echo x > out/canary; echo x > up; mkdir -p .git/hooks; echo x > .git/hooks/x; true")
	files := after(t, tree, box)
	require.Equal(t, filepath.Dir(path), files["out"])
	require.Equal(t, "x\n", files[".git/hooks/x"], "what is under .git is listed, for the engine to refuse")
	require.NotContains(t, files, "out/canary")
}

// hostileNames gives a tree and files whose names leave their folder.
func hostileNames(t *testing.T, s *suite) {
	for _, name := range []string{"../x", "/x", "a/../../x", "x/", ".", "..", "", "a\x00b"} {
		box, err := s.provider.New(t.Context(), sandbox.Spec{Require: s.require, Files: map[string]repo.File{name: regular("x")}})
		if err == nil {
			box.Close()
		}
		require.Error(t, err, "a file called %q", name)
	}
}

func hostReads(t *testing.T, s *suite) {
	path, _ := canary(t, cacheFolder(t))
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	sh(t, box, "mkfifo fifo; ln -s "+path+" file; ln -s "+filepath.Dir(path)+" folder; ln -s /proc/self/mem mem; ln -s fifo to-fifo; rm -r src; ln -s "+filepath.Dir(path)+" src")
	for _, name := range []string{"fifo", "folder/canary", "src/canary", "folder/../x", "src/a"} {
		_, err := box.Read(t.Context(), name, 1000)
		require.Error(t, err, name)
	}
	for _, name := range []string{"file", "folder", "mem", "to-fifo", "src"} {
		file, err := box.Read(t.Context(), name, 1000)
		require.NoError(t, err, name)
		require.Equal(t, repo.Symlink, file.Mode, name)
	}
}

// answersLeft: one run's compiled leftovers are not there in the next.
func answersLeft(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	sh(t, box, "mkdir -p __pycache__ ~/.cache/go-build ~/.local; for f in __pycache__/a.pyc ~/.cache/go-build/x .coverage ~/.bash_history /tmp/x /dev/shm/x; do echo answer > $f; done")
	require.NoError(t, box.Reset(t.Context()))
	require.Empty(t, sh(t, box, "cd /; grep -rl answer /work ~ /tmp /dev/shm || true"))
}

// forged leaves files that shells and interpreters read when they start; a
// command that the engine runs next must not be steered by those outside the
// tree. (Those inside it are the suite's matter.)
func forged(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	sh(t, box, `for f in ~/.bashrc ~/.bash_profile ~/.profile ~/.bash_login ~/.zshenv; do echo 'echo forged; exit 0' > $f; done
		mkdir -p ~/bin ~/.local/bin bin; for d in ~/bin ~/.local/bin bin .; do printf '#!/bin/sh\necho forged\n' > $d/true; chmod +x $d/true; done`)
	for _, args := range [][]string{{"true"}, {"bash", "-c", "true"}, {"sh", "-c", "true"}} {
		require.Empty(t, ok(t, box, args...), "%q", args)
	}
	require.NotContains(t, sh(t, box, "env"), "LD_PRELOAD")
	require.NotContains(t, sh(t, box, "env"), "BASH_ENV")
}
