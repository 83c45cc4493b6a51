package local

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// cgroups is where the engine may make cgroups that bound memory and processes:
// a folder of the unified hierarchy, or one of each of the two old ones.
type cgroups struct {
	memory, pids string // the same folder in the unified hierarchy
	unified      bool
}

// A cgroup bounds one sandbox.
type cgroup struct {
	parent *cgroups
	dirs   []string // memory first
}

// findCgroups looks where this process is, and tries. Nil: none can be made.
//
// The library for this (opencontainers/cgroups) brings systemd's and D-Bus's
// clients; what is needed is five files.
func findCgroups() *cgroups {
	mounts, own := cgroupMounts(), ownCgroups()
	for _, candidate := range []*cgroups{
		{memory: mounts["memory"] + own["memory"], pids: mounts["pids"] + own["pids"]},
		{memory: mounts["memory"], pids: mounts["pids"]},
		{memory: mounts[""] + own[""], pids: mounts[""] + own[""], unified: true},
		{memory: mounts[""], pids: mounts[""], unified: true},
	} {
		if candidate.memory == "" || candidate.pids == "" {
			continue
		}
		c, err := candidate.make(sandbox.Limits{Memory: 1 << 30, PIDs: 100})
		if err == nil && c.remove() == nil {
			candidate.sweep()
			return candidate
		}
	}
	return nil
}

// cgroupMounts maps a controller to where its hierarchy is mounted; "" is the
// unified one.
func cgroupMounts() map[string]string {
	mounts := map[string]string{}
	for line := range lines("/proc/self/mounts") {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 4:
		case fields[2] == "cgroup2":
			mounts[""] = fields[1]
		case fields[2] == "cgroup":
			for option := range strings.SplitSeq(fields[3], ",") {
				mounts[option] = fields[1]
			}
		}
	}
	return mounts
}

// ownCgroups maps a controller to the cgroup of this process.
func ownCgroups() map[string]string {
	own := map[string]string{}
	for line := range lines("/proc/self/cgroup") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) < 3 {
			continue
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			own[controller] = strings.TrimSuffix(fields[2], "/")
		}
	}
	return own
}

func lines(name string) func(func(string) bool) {
	return func(yield func(string) bool) {
		file, err := os.Open(name)
		if err != nil {
			return
		}
		defer file.Close()
		for scanner := bufio.NewScanner(file); scanner.Scan(); {
			if !yield(scanner.Text()) {
				return
			}
		}
	}
}

// make makes a cgroup with the limits. Its name tells the engine's process, so
// that a later engine can remove what a killed one left.
func (c *cgroups) make(limits sandbox.Limits) (_ *cgroup, err error) {
	name := fmt.Sprintf("ssr-%d-%s", os.Getpid(), rand.Text())
	group := &cgroup{parent: c, dirs: []string{filepath.Join(c.memory, name)}}
	settings := []cgroupSetting{{0, "memory.limit_in_bytes", limits.Memory}, {1, "pids.max", int64(limits.PIDs)}}
	if c.unified {
		os.WriteFile(filepath.Join(c.memory, "cgroup.subtree_control"), []byte("+memory +pids"), 0) // or it is so already
		settings = []cgroupSetting{{0, "memory.max", limits.Memory}, {0, "memory.swap.max", 0}, {0, "pids.max", int64(limits.PIDs)}}
	} else {
		group.dirs = append(group.dirs, filepath.Join(c.pids, name))
	}
	defer func() {
		if err != nil {
			group.remove()
		}
	}()
	for _, dir := range group.dirs {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, fmt.Errorf("cgroup: %w", err)
		}
	}
	for _, s := range settings {
		err := os.WriteFile(filepath.Join(group.dirs[s.dir], s.file), strconv.AppendInt(nil, s.value, 10), 0)
		if err != nil && s.file != "memory.swap.max" { // which a kernel without swap does not have
			return nil, fmt.Errorf("cgroup: %w", err)
		}
	}
	return group, nil
}

type cgroupSetting struct {
	dir   int
	file  string
	value int64
}

// outOfMemory counts the processes that the memory limit killed.
func (c *cgroup) outOfMemory() int64 {
	if c.parent.unified {
		return counter(c.dirs[0]+"/memory.events", "oom_kill")
	}
	return counter(c.dirs[0]+"/memory.oom_control", "oom_kill")
}

// outOfPIDs counts the forks that the process limit refused.
func (c *cgroup) outOfPIDs() int64 { return counter(c.dirs[len(c.dirs)-1]+"/pids.events", "max") }

func counter(file, name string) int64 {
	for line := range lines(file) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, _ := strconv.ParseInt(value, 10, 64)
			return n
		}
	}
	return 0
}

// remove removes the cgroup, whose processes are dead but may not be gone from
// it yet.
func (c *cgroup) remove() error {
	var errs []error
	for _, dir := range c.dirs {
		err := os.Remove(dir)
		for wait := time.Millisecond; errors.Is(err, syscall.EBUSY) && wait < 2*time.Second; wait *= 2 {
			time.Sleep(wait)
			err = os.Remove(dir)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweep removes the cgroups of engines that were killed.
func (c *cgroups) sweep() {
	for _, parent := range []string{c.memory, c.pids} {
		left, _ := filepath.Glob(filepath.Join(parent, "ssr-*-*"))
		for _, dir := range left {
			pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), "ssr-"), "-")
			if !exists("/proc/" + pid) {
				os.Remove(dir)
			}
		}
	}
}
