// Package sandbox is the contract of an isolated machine that runs commands and
// holds files. [Provider] makes them, sandbox/local is the provider for a plain
// Linux machine, sandbox/sandboxtest holds a fake and the conformance suite that
// every provider passes.
//
// What runs inside is hostile. A sandbox gives the guarantees that its [Spec]
// asks for, or is refused; none is weakened silently. Whatever a command does to
// itself is a [Class] of its [Result]; an error means that the machine failed,
// or that ctx ended.
package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/repo"
)

// Where things are inside every sandbox. The names are neutral, and the same in
// every run, so that build caches keep their value.
const (
	WorkDir = "/work"        // the tree; writable
	HomeDir = "/home/tester" // $HOME; writable
	FileDir = "/files"       // Spec.Files; read-only
)

// A Provider makes sandboxes. It is safe for concurrent use.
type Provider interface {
	// New makes a sandbox. It returns a [*GuaranteeError] when the machine
	// cannot give what spec requires.
	New(ctx context.Context, spec Spec) (Sandbox, error)
}

// An Identifier is a Provider that can say what the results of its sandboxes
// depend on besides their Spec: its kind and the toolchains they see. What is
// kept of one provider is not used with another identity.
type Identifier interface {
	Identity() string
}

// Identity is p's identity, by its Go type when it has none to tell.
func Identity(p Provider) string {
	if p, ok := p.(Identifier); ok {
		return p.Identity()
	}
	return fmt.Sprintf("%T", p)
}

// A Spec says what a sandbox is made of. The layers are, from below: the
// snapshot under Tree, Setup, the changes of Tree, and what commands write.
type Spec struct {
	Tree    *repo.Tree           // at WorkDir; nil: an empty folder
	Setup   *Layer               // nil: none
	Git     string               // a folder of the host (see repo.OneCommit) that is at WorkDir/.git, writable; "": none. Changes does not list what happens in it
	Files   map[string]repo.File // read-only under FileDir, by name without slash
	Network bool                 // the host's network, its loopback and abstract sockets too, instead of a private loopback
	Limits  Limits
	Require Guarantee // zero: AllGuarantees (without NetworkIsolated when Network is set)
}

// A Layer is what commands wrote, frozen: a read-only folder on the host that
// later sandboxes stand on. Only [Freezer] makes one.
type Layer struct {
	Key   string // identifies the content among the layers of one snapshot, Below's included
	Dir   string // on the host
	Below *Layer // what it stands on itself; nil: the snapshot
}

// Limits bound what a sandbox may use. Zero fields take the default.
type Limits struct {
	Memory    int64 `json:"memory"`           // bytes, of all processes together; default 4 GiB
	PIDs      int   `json:"pids"`             // processes and threads; default 1024
	Disk      int64 `json:"disk"`             // bytes written to WorkDir, HomeDir, /tmp and /dev/shm together; default 2 GiB
	Inodes    int64 `json:"inodes"`           // files made there; default 500,000
	OpenFiles int   `json:"open_files"`       // descriptors of one process; default 4096
	Changes   int   `json:"changes,omitzero"` // files and folders that Changes goes through; default 200,000
	Output    int64 `json:"output"`           // bytes kept of a command's output, head and tail; default 16 MiB
}

// A Sandbox is one isolated machine. Its methods must not be called at once.
type Sandbox interface {
	// Run starts a fresh process and returns when it and everything it
	// started is dead. Files that it wrote stay for the next Run.
	Run(ctx context.Context, cmd Cmd) (Result, error)

	// Shell starts a persistent bash, for an agent's tool. Nothing that is
	// scored runs in it.
	Shell(ctx context.Context) (Shell, error)

	// Changes lists what commands changed under WorkDir, sorted by path, and
	// ends whatever still runs. The list is read from the top layer, so its
	// cost does not depend on the size of the tree. A [*TooManyError] says
	// that the commands left more than Limits.Changes.
	Changes(ctx context.Context) ([]Change, error)

	// Read returns a file that commands wrote under WorkDir: one that Changes
	// lists. More than limit bytes are an error. It follows no symlink.
	Read(ctx context.Context, path string, limit int64) (repo.File, error)

	// Reset ends whatever runs and drops everything that commands wrote.
	Reset(ctx context.Context) error

	// Close destroys the sandbox. Closing twice is not an error.
	Close() error
}

// A Freezer is a Sandbox that can freeze what its commands wrote under WorkDir
// and HomeDir into a layer at dir, an empty folder of the caller's. Whatever runs
// is ended first; what was written stays, so that it can be frozen again, in
// parts. What keep drops (nil keeps all) is left out, but for the folders above
// what it keeps.
type Freezer interface {
	Freeze(ctx context.Context, dir string, keep func(Written) bool) (*Layer, error)
}

// A Written is a file or folder that commands wrote, or deleted, before a
// [Freezer].
type Written struct {
	Path string                 // as inside, such as "/work/node_modules/x"
	Size int64                  // of a file with content; otherwise 0
	Read func() ([]byte, error) // that content; nil where Size is 0
}

// A Cmd is a command to run.
type Cmd struct {
	Args    []string      // Args[0] is looked up in the sandbox's PATH
	Dir     string        // default WorkDir
	Env     []string      // "NAME=value", added to the sandbox's own
	Stdin   []byte        // nil: /dev/null
	Timeout time.Duration // zero: none but ctx
	Combine bool          // standard error goes where standard output goes
	Live    func([]byte)  // if not nil, is given output as it comes; must not block
}

// A Result is what became of a command.
type Result struct {
	Class    Class
	ExitCode int    // when Class is Exited; otherwise -1
	Signal   int    // when Class is Signaled
	Output   []byte // standard output (and error, if combined): all, or the first and last halves of what is kept
	Errors   []byte // standard error, if not combined: all, or the same
	Dropped  int64  // bytes left out in the middle
	Wall     time.Duration
	CPU      time.Duration // user and system time of the command and its waited-for children
}

// OK says whether the command ended by itself with exit status 0.
func (r Result) OK() bool { return r.Class == Exited && r.ExitCode == 0 }

// A Change is one path under WorkDir that commands changed.
type Change struct {
	Path    string    // relative to WorkDir
	Deleted bool      // a folder that was deleted is listed as one path
	Mode    repo.Mode // zero: deleted, or not a file that a tree can hold (a socket, a fifo)
	Size    int64
}

// A Shell is a persistent bash: variables, functions and the current folder
// last from one command to the next. Run, Changes, Read and Reset end it, since
// they promise that nothing runs beside them; Do is an error then.
type Shell interface {
	// Do runs a command. When the shell ended by it (exit, exec, a timeout,
	// a crash), everything it started is dead, Restarted is set, and the next
	// command starts in a new shell in the folder of the last. A command that was
	// not run, or whose shell was ended since it no longer answered, is not Exited.
	Do(ctx context.Context, command string, timeout time.Duration) (ShellResult, error)
	Close() error
}

// A ShellResult is what became of a command in a [Shell]. Output holds standard
// output and error together.
type ShellResult struct {
	Result
	Dir       string // the shell's current folder now
	Restarted bool
}
