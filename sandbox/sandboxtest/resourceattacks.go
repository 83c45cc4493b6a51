package sandboxtest

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

const mebi = 1 << 20

// What the attacks on memory and disk may use, and what they ask for.
var (
	littleMemory = sandbox.Limits{Memory: 256 * mebi, Disk: 128 * mebi}
	littleDisk   = sandbox.Limits{Disk: 16 * mebi, Inodes: 2000}

	outOfMemory = []sandbox.Class{sandbox.OutOfMemory}
	outOfDisk   = []sandbox.Class{sandbox.DiskFull}
)

// resourceAttacks are numbers 14 to 22.
var resourceAttacks = []attack{
	{number: 14, name: "anonymous memory", needs: sandbox.Memory, args: []string{"memory-anon", "1024"}, limits: littleMemory, ends: outOfMemory},
	{number: 14, name: "memory of many processes", needs: sandbox.Memory, args: []string{"memory-many", "1024"}, limits: littleMemory, ends: outOfMemory},
	{number: 14, name: "files in tmpfs", needs: sandbox.Memory | sandbox.Disk, args: []string{"memory-tmpfs", "1024"}, limits: littleMemory,
		ends: []sandbox.Class{sandbox.OutOfMemory, sandbox.DiskFull}},
	{number: 14, name: "memfd", needs: sandbox.Memory, args: []string{"memory-memfd", "1024"}, limits: littleMemory, lax: true,
		ends: []sandbox.Class{sandbox.OutOfMemory, sandbox.Exited}}, // Exited: refused
	{number: 14, name: "System V shared memory", needs: sandbox.Memory, args: []string{"memory-sysv", "1024"}, limits: littleMemory, lax: true,
		ends: []sandbox.Class{sandbox.OutOfMemory, sandbox.Exited}},
	{number: 14, name: "pipes", needs: sandbox.Memory, args: []string{"memory-pipes", "512"}, limits: littleMemory,
		ends: []sandbox.Class{sandbox.OutOfMemory, sandbox.Exited}},
	{number: 15, name: "disk full", needs: sandbox.Disk, args: []string{"disk-full", "16"}, limits: littleDisk, ends: outOfDisk},
	{number: 15, name: "disk full and ignored", needs: sandbox.Disk, script: "cat /dev/zero > full 2>/dev/null; exit 0", limits: littleDisk},
	{number: 15, name: "sparse file", needs: sandbox.Disk, play: sparse},
	{number: 16, name: "inodes", needs: sandbox.Disk, args: []string{"inodes", "2000"}, limits: littleDisk, ends: outOfDisk},
	{number: 16, name: "paths that are too deep", needs: sandbox.Disk, args: []string{"deep"}},
	{number: 16, name: "100k names", needs: sandbox.Disk, play: manyNames},
	{number: 16, name: "names of 255 bytes, and not UTF-8", play: oddNames},
	{number: 17, name: "spin on all cores", needs: sandbox.Processes, args: []string{"spin"}, timeout: 500 * time.Millisecond, ends: []sandbox.Class{sandbox.Timeout}},
	{number: 18, name: "descriptors", needs: sandbox.Processes, args: []string{"descriptors", "64"}, limits: sandbox.Limits{OpenFiles: 64}},
	{number: 18, name: "inotify", needs: sandbox.Processes, args: []string{"inotify"}},
	{number: 18, name: "terminals", needs: sandbox.Processes, args: []string{"ptys"}},
	{number: 19, name: "a flood on stdout, one line of NULs", play: flood},
	{number: 19, name: "a flood that never ends", args: []string{"print-forever"}, timeout: time.Second, ends: []sandbox.Class{sandbox.Timeout}},
	{number: 19, name: "terminal escapes", play: escapes},
	{number: 20, name: "reading stdin", args: []string{"stdin"}},
	{number: 20, name: "terminal and job control", args: []string{"terminal"}},
	{number: 21, name: "core dumps", needs: sandbox.Disk, play: coreDump},
	{number: 22, name: "sleeping past the deadline", args: []string{"sleep"}, timeout: 300 * time.Millisecond, ends: []sandbox.Class{sandbox.Timeout}},
}

// sparse: a size that is a lie costs the reader nothing.
func sparse(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t), Limits: littleDisk})
	s.held(t, box, "sparse")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 1)
	if changes[0].Size > mebi {
		_, err = box.Read(t.Context(), "sparse", mebi)
		require.Error(t, err)
	}
	s.unharmed(t, box)
}

func manyNames(t *testing.T, s *suite) {
	const n = 100_000
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	s.held(t, box, "names", strconv.Itoa(n))
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, n)
	s.unharmed(t, box)
}

func oddNames(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	s.held(t, box, "odd-names")
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	require.Len(t, changes, 12)
	for _, change := range changes {
		file, err := box.Read(t.Context(), change.Path, 1000)
		require.NoError(t, err)
		require.Equal(t, "odd/"+string(file.Data), change.Path)
	}
	s.unharmed(t, box)
}

// flood prints more than anyone keeps: 2 GiB in long mode.
func flood(t *testing.T, s *suite) {
	size := 256
	if s.options.Long {
		size = 2048
	}
	box := s.box(t, sandbox.Spec{Tree: sample(t), Limits: sandbox.Limits{Output: mebi}})
	result := run(t, box, hostile(newMark(), "print", strconv.Itoa(size)))
	require.Equal(t, sandbox.OutputLimit, result.Class)
	require.True(t, bytes.HasPrefix(result.Output, []byte("HEAD\x00")))
	require.True(t, bytes.HasSuffix(result.Output, []byte("\x00TAIL")))
	headAndTail(t, result, mebi, int64(size)*mebi+8)
	s.unharmed(t, box)
}

// escapes: output is bytes, and nobody interprets them.
func escapes(t *testing.T, s *suite) {
	result := run(t, s.box(t, sandbox.Spec{}), hostile(newMark(), "escapes"))
	require.Equal(t, "\x1b[2J\x1b]0;owned\x07\x1b[6n\x00\xff\r\nheld\n", string(result.Output))
}

// coreDump: a crash ends by its signal and leaves no core, here or on the host.
func coreDump(t *testing.T, s *suite) {
	box := s.box(t, sandbox.Spec{Tree: sample(t)})
	before := entries(".")
	result := run(t, box, sandbox.Cmd{Args: []string{"bash", "-c", "ulimit -c unlimited; kill -SEGV $$"}})
	require.Equal(t, sandbox.Signaled, result.Class)
	require.Equal(t, 11, result.Signal)
	changes, err := box.Changes(t.Context())
	require.NoError(t, err)
	for _, change := range changes {
		require.False(t, strings.HasPrefix(change.Path, "core"), "%s, %d bytes", change.Path, change.Size)
	}
	require.Equal(t, before, entries("."))
	s.unharmed(t, box)
}
