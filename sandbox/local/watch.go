package local

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox"
)

// usage is what a cgroup has counted.
type usage struct{ outOfMemory, outOfPIDs int64 }

func (s *Sandbox) usage() usage {
	if s.cgroup == nil {
		return usage{}
	}
	return usage{s.cgroup.outOfMemory(), s.cgroup.outOfPIDs()}
}

// limit says which limit a command that failed had used up, otherwise class.
func (r *running) limit(class sandbox.Class) sandbox.Class {
	after := r.sandbox.usage()
	var disk unix.Statfs_t
	full := unix.Statfs(r.sandbox.upper(), &disk) == nil && (disk.Bavail*uint64(disk.Bsize) < 64<<10 || disk.Ffree == 0)
	switch {
	case after.outOfMemory > r.before.outOfMemory:
		return sandbox.OutOfMemory
	case full:
		return sandbox.DiskFull
	case after.outOfPIDs > r.before.outOfPIDs || r.watch.crowded():
		return sandbox.PIDLimit
	default:
		return class
	}
}

// upper is the tmpfs of what commands write, seen from the host.
func (s *Sandbox) upper() string { return fmt.Sprintf("/proc/%d/root/u", s.init.Pid) }

// A watch does for an ordinary user what a cgroup does for root: it looks at all
// processes twenty times a second, and when the command ends. Nil: a cgroup does
// it.
type watch struct {
	sandbox *Sandbox
	over    chan struct{} // closed when there was too much memory
	quit    chan struct{}
	done    chan struct{}
	full    bool // the process limit was reached; read after stop
}

const watchInterval = 50 * time.Millisecond

// unseen processes count for the limit but not for the watch: the launcher, and
// the one that was refused a fork and is gone when the watch looks.
const unseen = 2

func (s *Sandbox) watchUsage() *watch {
	if s.cgroup != nil {
		return nil
	}
	w := &watch{sandbox: s, over: make(chan struct{}), quit: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *watch) run() {
	defer close(w.done)
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-w.quit:
			w.look()
			return
		case <-ticker.C:
			if w.look() {
				close(w.over)
				return
			}
		}
	}
}

// look notes whether the process limit is reached, and says whether there is too
// much memory.
func (w *watch) look() bool {
	s := w.sandbox
	pages, threads := s.sum("statm", residentPages), s.sum("stat", threadCount)
	w.full = w.full || threads >= int64(s.spec.Limits.PIDs)-unseen
	return pages*int64(os.Getpagesize()) > s.spec.Limits.Memory && s.proportional() > s.spec.Limits.Memory
}

// exceeded is closed when the memory limit was exceeded; nil never is.
func (w *watch) exceeded() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.over
}

// stop looks a last time.
func (w *watch) stop() {
	if w != nil {
		close(w.quit)
		<-w.done
	}
}

func (w *watch) crowded() bool { return w != nil && w.full }

// sum adds up what value reads from a file of each process of the sandbox.
func (s *Sandbox) sum(file string, value func(string) int64) (total int64) {
	proc := fmt.Sprintf("/proc/%d/root/r/proc/", s.init.Pid)
	dir, err := os.Open(proc)
	if err != nil {
		return 0
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		if data, err := os.ReadFile(proc + name + "/" + file); err == nil {
			total += value(string(data))
		}
	}
	return total
}

// residentPages is the second field of /proc/PID/statm.
func residentPages(statm string) int64 { return field(statm, 1) }

// threadCount is the twentieth field of /proc/PID/stat; the second, the name,
// may hold anything but is closed by the last parenthesis. A zombie says 0 and
// counts as one.
func threadCount(stat string) int64 {
	return max(1, field(stat[strings.LastIndexByte(stat, ')')+1:], 17))
}

func field(line string, i int) int64 {
	fields := strings.Fields(line)
	if i >= len(fields) {
		return 0
	}
	n, _ := strconv.ParseInt(fields[i], 10, 64)
	return n
}

// proportional is the memory of all processes with shared pages counted once.
// It is slow, so it is asked only when the fast sum is too large.
func (s *Sandbox) proportional() int64 {
	return 1024 * s.sum("smaps_rollup", func(rollup string) int64 {
		for line := range strings.Lines(rollup) {
			if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
				return field(rest, 0)
			}
		}
		return 0
	})
}
