package local

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A running is a command that was launched.
type running struct {
	sandbox *Sandbox
	cmd     sandbox.Cmd
	before  usage
	watch   *watch
	started time.Time
	process *os.Process // the launcher

	ended  chan struct{} // closed when the launcher is gone; then:
	status unix.WaitStatus
	cpu    time.Duration
	wall   time.Duration
	err    error // what the launcher failed at
}

const killSignal = unix.SIGKILL

// launch starts a launcher. shell, if not nil, becomes descriptor 3 of the command.
func (s *Sandbox) launch(cmd sandbox.Cmd, stdio [3]*os.File, shell *os.File) (*running, error) {
	program, err := s.launchProgram(cmd, s.environment(cmd.Env), shell != nil)
	if err != nil {
		return nil, err
	}
	report, theirs, err := os.Pipe()
	if err != nil {
		return nil, &sandbox.LostError{Op: "run " + cmd.Args[0], Err: err}
	}
	defer theirs.Close()
	r := &running{sandbox: s, cmd: cmd, before: s.usage(), started: time.Now(), ended: make(chan struct{})}
	extra := []*os.File{s.pidfd}
	if shell != nil {
		extra = append(extra, shell)
	}
	r.process, err = start("ssr-launch", program.Program, stdio, theirs, extra, ownSession)
	if err != nil {
		report.Close()
		return nil, &sandbox.LostError{Op: "run " + cmd.Args[0], Err: err}
	}
	r.watch = s.watchUsage()
	go r.collect(program, report)
	return r, nil
}

// collect waits for the launcher.
func (r *running) collect(program builder, report *os.File) {
	defer close(r.ended)
	defer report.Close()
	record, err := readAll(program.Program, report, reportSize)
	r.process.Wait()
	r.wall, r.err = time.Since(r.started), err
	if err == nil {
		r.status = unix.WaitStatus(binary.NativeEndian.Uint32(record))
		r.cpu = cpuTime(record[statusSize:])
	}
}

// cpuTime reads user and system time from the start of a struct rusage.
func cpuTime(usage []byte) time.Duration {
	value := func(i int) time.Duration { return time.Duration(binary.NativeEndian.Uint64(usage[8*i:])) }
	return (value(0)+value(2))*time.Second + (value(1)+value(3))*time.Microsecond
}

// finish kills what is left of the command and everything else in the sandbox.
//
// The command is a child of its launcher, outside, so the init does not wait for
// it, and the launcher may not even have started it yet. Hence: kill until the
// launcher has seen the command die, then once more for what it left, which is
// the init's only now.
func (r *running) finish() error {
	r.watch.stop()
	for ended := false; !ended; {
		select {
		case <-r.ended:
			ended = true
		default:
			if err := r.sandbox.sweep(); err != nil {
				r.process.Kill()
				return err
			}
			ended = r.endsWithin(time.Millisecond)
		}
	}
	return r.sandbox.sweep()
}

func (r *running) endsWithin(d time.Duration) bool {
	select {
	case <-r.ended:
		return true
	case <-time.After(d):
		return false
	}
}

// memory makes a file that exists only in memory.
func memory(data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("stdin", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	file := os.NewFile(uintptr(fd), "stdin")
	if _, err := file.WriteAt(data, 0); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
