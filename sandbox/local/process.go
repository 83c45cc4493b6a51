package local

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// reportFD is where every program finds the descriptor it reports to, and
// selfFD where it finds its own executable, which it closes first.
const (
	reportFD = 3
	selfFD   = 4
	firstFD  = 5 // of the descriptors that the caller adds
)

// ownSession keeps a terminal's Ctrl-C from the programs: it is the engine's to
// decide what ends.
var ownSession = &syscall.SysProcAttr{Setsid: true}

// start runs a program with stdio as descriptors 0 to 2, report as reportFD and
// extra from firstFD on. The caller keeps ownership of the files.
func start(name string, p *sysprog.Program, stdio [3]*os.File, report *os.File, extra []*os.File, attr *syscall.SysProcAttr) (*os.Process, error) {
	image, err := p.Memfd(name, reportFD)
	if err != nil {
		return nil, err
	}
	defer image.Close()
	files := append([]*os.File{stdio[0], stdio[1], stdio[2], report, image}, extra...)
	process, err := os.StartProcess(fmt.Sprintf("/proc/self/fd/%d", selfFD), []string{name}, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: files, Sys: attr,
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return process, nil
}

// errEnded says that a program was killed before it reported anything.
var errEnded = errors.New("the process ended without a report")

// decode tells a program's report of size bytes from a failure and from nothing.
// Where a child of the program failed, both come, the failure first.
func decode(p *sysprog.Program, report []byte, size int) ([]byte, error) {
	switch len(report) {
	case size:
		return report, nil
	case sysprog.FailureSize, sysprog.FailureSize + size:
		return nil, p.Failure(report[:sysprog.FailureSize])
	default:
		return nil, errEnded
	}
}

// readAll reads what a program reports until it is gone.
func readAll(p *sysprog.Program, r io.Reader, size int) ([]byte, error) {
	report, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return decode(p, report, size)
}
