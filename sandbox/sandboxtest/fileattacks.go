package sandboxtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// fileAttacks are numbers 23 to 32.
var fileAttacks = []attack{
	{number: 23, name: "paths, links and hard links to the host", needs: sandbox.Files, play: escape},
	{number: 23, name: "a link swapped during read, write and delete", needs: sandbox.Files, play: swapped},
	{number: 24, name: "mount, remount, pivot_root, chroot", needs: sandbox.Files, args: []string{"mounts"}},
	{number: 24, name: "writing elsewhere", needs: sandbox.Files, args: []string{"writable"}},
	{number: 25, name: "fifo, socket and endless links for files", needs: sandbox.Files, play: special},
	{number: 25, name: "devices", needs: sandbox.Files, args: []string{"devices"}},
	{number: 26, name: "set-uid and capabilities", needs: sandbox.Files, args: []string{"setuid"}},
	{number: 26, name: "rights of a command", needs: sandbox.Files, script: attackPath + ` "$0" whoami $(id -u)`},
	{number: 26, name: "the overlay's own attributes", needs: sandbox.Files, play: overlayXattrs},
	{number: 26, name: "mode 000 at clean-up", needs: sandbox.Files, args: []string{"sealed"}},
	{number: 27, name: "case and Unicode collisions", play: collisions},
	{number: 28, name: "the host's secrets", needs: sandbox.Files | sandbox.Processes, play: secrets},
	{number: 28, name: "descriptors of the engine", needs: sandbox.Files, play: inherited},
	{number: 28, name: "another sandbox's files", needs: sandbox.Files, play: otherLayers},
	{number: 29, name: "/proc/1", needs: sandbox.Processes, args: []string{"init"}},
	{number: 29, name: "the kernel's files in /proc and /sys", needs: sandbox.Files, args: []string{"kernel"}},
	{number: 30, name: "/dev holds only what is listed", needs: sandbox.Files, args: []string{"dev"}},
	{number: 31, name: "the base after many hostile runs", needs: sandbox.Files, play: baseUnchanged},
	{number: 32, name: "what is left after a reset", play: func(t *testing.T, s *suite) { s.resetDrops(t) }},
}

// canary makes a file on the host that no command may read or change.
func canary(t *testing.T, dir string) (path, secret string) {
	t.Helper()
	secret = newMark()
	path = filepath.Join(dir, "canary")
	require.NoError(t, os.WriteFile(path, []byte(secret), 0o666))
	require.NoError(t, os.Chmod(path, 0o666)) // only the sandbox stands before it
	t.Cleanup(func() {
		data, err := os.ReadFile(path)
		require.NoError(t, err, "the host's file is gone")
		require.Equal(t, secret, string(data), "the host's file was changed")
	})
	return path, secret
}

func escape(t *testing.T, s *suite) {
	path, _ := canary(t, cacheFolder(t))
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	s.held(t, box, "escape", path)
	for _, name := range []string{"to-file", "to-up", "to-folder"} {
		file, err := box.Read(t.Context(), name, 10_000)
		require.NoError(t, err)
		require.Equal(t, repo.Symlink, file.Mode)
	}
	_, err := box.Read(t.Context(), "to-folder/canary", 100)
	require.Error(t, err, "a folder that is a link is not entered")
	s.unharmed(t, box)
}

// swapped runs a process that swaps files and links while the engine reads. The
// first call ends it, so every later one sees the same.
func swapped(t *testing.T, s *suite) {
	path, secret := canary(t, cacheFolder(t))
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	for range 20 {
		shell, err := box.Shell(t.Context())
		require.NoError(t, err)
		do(t, shell, attackPath+" "+newMark()+" swap "+path+" >/dev/null 2>&1 & sleep 0.02")
		if file, err := box.Read(t.Context(), "swap/canary", 1000); err == nil {
			require.NotContains(t, string(file.Data), secret)
		}
		changes, err := box.Changes(t.Context())
		require.NoError(t, err)
		again, err := box.Changes(t.Context())
		require.NoError(t, err)
		require.Equal(t, changes, again, "something still writes")
		for _, change := range changes {
			if change.Mode == 0 {
				continue
			}
			file, err := box.Read(t.Context(), change.Path, 10_000)
			require.NoError(t, err, change.Path)
			require.Equal(t, change.Mode, file.Mode)
			require.NotContains(t, string(file.Data), secret)
		}
		require.NoError(t, shell.Close())
		require.NoError(t, box.Reset(t.Context()))
	}
}

// special: nobody waits for a fifo, and nobody follows a link without end.
func special(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	s.held(t, box, "special")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	modes := map[string]repo.Mode{}
	for _, change := range changes {
		modes[change.Path] = change.Mode
		if change.Mode == 0 {
			_, err := box.Read(t.Context(), change.Path, 100)
			require.Error(t, err)
		}
	}
	require.Equal(t, map[string]repo.Mode{
		"fifo": 0, "socket": 0, "loop": repo.Symlink, "far": repo.Symlink, "to-fifo": repo.Symlink,
	}, modes)
	s.unharmed(t, box)
}

// overlayXattrs: the marks of an overlay cannot be forged, neither to hide
// files, nor to show others, nor to make Changes say so.
func overlayXattrs(t *testing.T, s *suite) {
	tree := sample(t)
	box := s.box(t, sandbox.Spec{Tree: tree})
	t.Log(s.held(t, box, "overlay-xattrs"))
	want := sh(t, box, "ls -RA /work")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	for _, change := range changes {
		require.False(t, change.Deleted, "%s was not deleted", change.Path)
		if change.Mode != 0 {
			_, err := box.Read(t.Context(), change.Path, 10_000)
			require.NoError(t, err, change.Path)
		}
	}
	require.Equal(t, want, sh(t, box, "ls -RA /work"), "the next command sees the same")
	require.Equal(t, "a\n", ok(t, box, "cat", "src/a"))
	if freezer, isFreezer := box.(sandbox.Freezer); isFreezer {
		layer, err := freezer.Freeze(t.Context(), cacheFolder(t), nil)
		require.NoError(t, err)
		above := s.box(t, sandbox.Spec{Tree: tree, Setup: layer})
		require.Equal(t, want, sh(t, above, "ls -RA /work"), "a frozen layer shows the same")
		return
	}
	s.unharmed(t, box)
}

func collisions(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	s.held(t, box, "fold")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 7)
	for _, change := range changes {
		file, err := box.Read(t.Context(), change.Path, 1000)
		require.NoError(t, err)
		require.Equal(t, change.Path, "fold/"+string(file.Data))
	}
}

// secrets plants canaries where a host has secrets, and searches for them.
func secrets(t *testing.T, s *suite) {
	secret := newMark()
	t.Setenv("SSR_API_KEY", secret)
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	for _, dir := range []string{home, os.TempDir(), "/dev/shm", t.TempDir()} {
		path := filepath.Join(dir, ".canary-"+secret)
		if err := os.WriteFile(path, []byte(secret), 0o644); err != nil {
			t.Log(err)
			continue
		}
		t.Cleanup(func() { os.Remove(path) })
	}
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	s.held(t, box, "search", "-"+secret)
	s.held(t, box, "secrets", home)
	require.NotContains(t, sh(t, box, "cat /proc/*/environ 2>/dev/null; cat /proc/mounts; cat /proc/self/mountinfo"), secret)
}

// inherited: a command has three descriptors, whatever the engine was started
// with, and no signal ignored or blocked.
func inherited(t *testing.T, s *suite) {
	path, _ := canary(t, cacheFolder(t))
	fd, err := unix.Open(path, unix.O_RDWR, 0) // without O_CLOEXEC, as from a careless parent
	require.NoError(t, err)
	defer unix.Close(fd)
	box := s.box(t, sandbox.Spec{})
	const own = "0\n1\n2\n3\n" // the last is the listing's
	require.Equal(t, own, ok(t, box, "ls", "-1", "/proc/self/fd"))
	shell, err := box.Shell(t.Context())
	require.NoError(t, err)
	says(t, shell, own, "ls -1 /proc/self/fd")
	require.NoError(t, shell.Close())
	for line := range strings.Lines(ok(t, box, "cat", "/proc/self/status")) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "SigIgn", "SigBlk":
			require.Empty(t, strings.Trim(value, "\t\n0"), line)
		}
	}
}

// otherLayers looks for what another sandbox on the same base has.
func otherLayers(t *testing.T, s *suite) {
	secret := newMark()
	tree := sample(t)
	other := s.box(t, sandbox.Spec{Tree: with(t, tree, map[string]*repo.File{"hidden": new(regular(secret))}), Files: map[string]repo.File{"given": regular(secret)}})
	for _, path := range []string{"written", "/tmp/written", "/dev/shm/written", sandbox.HomeDir + "/written"} {
		write(t, other, path, secret)
	}
	s.held(t, s.box(t, sandbox.Spec{Tree: tree}), "search", "-"+secret)
}

// baseUnchanged wrecks the tree again and again.
func baseUnchanged(t *testing.T, s *suite) {
	tree := sample(t)
	before := folderHash(t, tree.Dir())
	box := s.box(t, sandbox.Spec{Tree: tree})
	runs := 100
	if s.options.Long {
		runs = 1000
	}
	for n := range runs {
		result := run(t, box, hostile(newMark(), "wreck"))
		require.True(t, result.OK(), "run %d: %s %s", n, result.Class, result.Output)
		require.NoError(t, box.Reset(t.Context()))
	}
	require.Equal(t, before, folderHash(t, tree.Dir()))
}
