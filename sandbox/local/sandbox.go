package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A Sandbox is one set of namespaces.
type Sandbox struct {
	provider *Provider
	spec     sandbox.Spec
	plan     *plan
	cgroup   *cgroup  // nil: none
	control  *os.File // the engine's end of the init's socket
	init     *os.Process
	pidfd    *os.File
	shell    *shell // running, or nil
	dead     error  // why nothing works any more

	closed bool
}

// sweep kills every process but the init and waits until they are gone.
//
// An init that no longer answers was killed from outside the sandbox or by
// something that its commands did; both are told by the error.
func (s *Sandbox) sweep() error {
	if s.dead != nil {
		return s.dead
	}
	s.control.SetDeadline(time.Now().Add(sweepLimit))
	_, err := s.control.Write([]byte{0})
	if err == nil {
		_, err = s.control.Read(make([]byte, 1))
	}
	if err != nil {
		s.dead = &sandbox.LostError{Op: "end the processes", Err: err}
	}
	return s.dead
}

// sweepLimit is how long killed processes may take to be gone. They hold no
// lock that is waited for; a machine that swaps needs seconds.
const sweepLimit = 30 * time.Second

// Close kills the init, and with it everything in its PID namespace. The mounts
// go with the last process.
func (s *Sandbox) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	s.dead = &sandbox.LostError{Op: "use the sandbox", Err: errors.New("it was closed")}
	if s.shell != nil && s.shell.bash != nil {
		s.shell.bash.close()
	}
	if s.control != nil {
		s.control.Close()
	}
	if s.init != nil {
		s.init.Kill()
		s.init.Wait()
		s.pidfd.Close()
	}
	if s.cgroup == nil {
		return nil
	}
	return s.cgroup.remove()
}

// ready prepares for the next thing to do: a shell is ended, since Run, Changes
// and Reset promise that nothing runs.
func (s *Sandbox) ready() error {
	if s.dead != nil {
		return s.dead
	}
	if s.shell == nil {
		return nil
	}
	shell := s.shell
	s.shell = nil
	return shell.Close()
}

// Reset drops everything that commands wrote.
func (s *Sandbox) Reset(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.sweep(); err != nil {
		return err
	}
	program := s.resetProgram()
	if _, err := s.join(program, nil, 0); err != nil {
		s.dead = &sandbox.LostError{Op: "reset", Err: err}
		return s.dead
	}
	return ctx.Err()
}

// join runs a program beside the init with the init's pidfd as its first
// descriptor, and returns what it reports.
func (s *Sandbox) join(p builder, extra []*os.File, size int) ([]byte, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	process, err := start("ssr-join", p.Program, [3]*os.File{null, null, null}, w, append([]*os.File{s.pidfd}, extra...), ownSession)
	w.Close()
	if err != nil {
		return nil, err
	}
	record, err := readAll(p.Program, r, size)
	state, waitErr := process.Wait()
	if err == nil && !state.Success() {
		err = fmt.Errorf("exit status %d", state.ExitCode())
	}
	return record, errors.Join(err, waitErr)
}
