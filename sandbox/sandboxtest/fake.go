package sandboxtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A Fake is a [sandbox.Provider] for tests: commands are calls of Run, files are
// in memory, nothing is executed. The zero Fake is ready; its commands print
// nothing and end with status 0.
type Fake struct {
	// Run is called for every command, of Sandbox.Run and of Shell.Do alike; a
	// shell's is []string{"bash", "-c", command}. It may be called by several
	// sandboxes at once. A Result with no Class is Exited. ctx ends when
	// cmd.Timeout is over, and what Run returns then does not count. An error
	// stands for the machine's failure.
	Run func(ctx context.Context, m *Machine, cmd sandbox.Cmd) (sandbox.Result, error)

	// Missing is what New refuses with a [*sandbox.GuaranteeError] when it is
	// required.
	Missing sandbox.Guarantee

	mu         sync.Mutex
	made, open int
}

// New makes a sandbox in memory.
func (f *Fake) New(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	required := cmp.Or(spec.Require, sandbox.AllGuarantees)
	if missing := required & f.Missing; missing != 0 {
		return nil, &sandbox.GuaranteeError{Missing: missing, Cause: "the fake was told so", Remedy: "Require less."}
	}
	m, err := newMachine(spec)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	f.open++
	return &fakeSandbox{fake: f, machine: m}, nil
}

// Made is the number of sandboxes that were made.
func (f *Fake) Made() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made
}

// Open is the number of sandboxes that were made and not closed. At the end of
// a test it is 0, or something leaked.
func (f *Fake) Open() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

var (
	errClosed = errors.New("the sandbox is closed")
	errAtOnce = errors.New("two methods were called at once")
)

type fakeSandbox struct {
	fake    *Fake
	machine *Machine
	busy    sync.Mutex // held by the method that runs
	shell   *fakeShell // the one that runs, or nil
	closed  bool
}

func (s *fakeSandbox) Run(ctx context.Context, cmd sandbox.Cmd) (sandbox.Result, error) {
	done, err := s.beginAlone(ctx, "run")
	if err != nil {
		return sandbox.Result{}, err
	}
	defer done()
	s.machine.Dir = cmp.Or(cmd.Dir, sandbox.WorkDir)
	return s.run(ctx, cmd)
}

// run calls the fake's function under the command's limits.
func (s *fakeSandbox) run(ctx context.Context, cmd sandbox.Cmd) (sandbox.Result, error) {
	if len(cmd.Args) == 0 {
		return sandbox.Result{}, errors.New("sandbox: run: the command is empty")
	}
	limited := ctx
	if cmd.Timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, cmd.Timeout)
		defer cancel()
	}
	var result sandbox.Result
	var err error
	if s.fake.Run != nil {
		result, err = s.fake.Run(limited, s.machine, cmd)
	}
	switch {
	case ctx.Err() != nil:
		return sandbox.Result{}, context.Cause(ctx)
	case limited.Err() != nil:
		result = sandbox.Result{Class: sandbox.Timeout, Output: result.Output, Errors: result.Errors}
	case err != nil:
		return sandbox.Result{}, &sandbox.LostError{Op: "run", Err: err}
	}
	return s.finish(cmd, result), nil
}

// finish makes of what the function returned what a provider would.
func (s *fakeSandbox) finish(cmd sandbox.Cmd, r sandbox.Result) sandbox.Result {
	r.Class = cmp.Or(r.Class, sandbox.Exited)
	if cmd.Combine {
		r.Output, r.Errors = append(r.Output, r.Errors...), nil
	}
	if cmd.Live != nil && len(r.Output) > 0 {
		cmd.Live(r.Output)
	}
	limit := int(cmp.Or(s.machine.Spec.Limits.Output, 16<<20))
	if over := len(r.Output) - limit; over > 0 {
		head := limit / 2
		r.Output = append(r.Output[:head:head], r.Output[head+over:]...)
		r.Dropped += int64(over)
		if r.Class == sandbox.Exited {
			r.Class = sandbox.OutputLimit
		}
	}
	if r.Class != sandbox.Exited {
		r.ExitCode = -1
	}
	return r
}

func (s *fakeSandbox) Changes(ctx context.Context) ([]sandbox.Change, error) {
	done, err := s.beginAlone(ctx, "changes")
	if err != nil {
		return nil, err
	}
	defer done()
	return s.machine.changes(), nil
}

func (s *fakeSandbox) Read(ctx context.Context, path string, limit int64) (repo.File, error) {
	done, err := s.beginAlone(ctx, "read")
	if err != nil {
		return repo.File{}, err
	}
	defer done()
	file, ok := s.machine.written[sandbox.WorkDir+"/"+path]
	switch {
	case !ok || file == nil:
		return repo.File{}, fmt.Errorf("sandbox: read %q: no command wrote it", path)
	case int64(len(file.Data)) > limit:
		return repo.File{}, fmt.Errorf("sandbox: read %q: it has %d bytes, at most %d were asked for", path, len(file.Data), limit)
	}
	return *file, nil
}

func (s *fakeSandbox) Reset(ctx context.Context) error {
	done, err := s.beginAlone(ctx, "reset")
	if err != nil {
		return err
	}
	defer done()
	clear(s.machine.written)
	return nil
}

func (s *fakeSandbox) Close() error {
	s.busy.Lock()
	defer s.busy.Unlock()
	s.close()
	return nil
}

func (s *fakeSandbox) close() {
	if s.closed {
		return
	}
	s.closed = true
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	s.fake.open--
}

// beginAlone is begin for what ends a shell: whatever promises that nothing
// runs.
func (s *fakeSandbox) beginAlone(ctx context.Context, op string) (done func(), err error) {
	done, err = s.begin(ctx, op)
	if err == nil && s.shell != nil {
		s.shell.closed, s.shell = true, nil
	}
	return done, err
}

// begin refuses what the contract forbids: use after Close, and two at once.
func (s *fakeSandbox) begin(ctx context.Context, op string) (done func(), err error) {
	if !s.busy.TryLock() {
		return nil, &sandbox.LostError{Op: op, Err: errAtOnce}
	}
	if s.closed {
		s.busy.Unlock()
		return nil, &sandbox.LostError{Op: op, Err: errClosed}
	}
	if ctx.Err() != nil {
		s.busy.Unlock()
		return nil, context.Cause(ctx)
	}
	return s.busy.Unlock, nil
}
