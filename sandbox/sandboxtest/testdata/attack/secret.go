package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

var secretAttacks = map[string]func([]string){
	"secrets": secrets,
	"search":  search,
	"init":    readInit,
	"kernel":  kernel,
	"path":    path,
}

// secrets looks at the places where hosts keep them; its argument is the
// host's home folder.
func secrets(args []string) {
	home := args[0]
	for _, path := range []string{
		"/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock",
		"/run/dbus/system_bus_socket", "/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh", "/var/lib", "/var/log",
		"/boot", "/root/.ssh", "/root/.bash_history", "/run/secrets", "/var/run/secrets", "/mnt", "/media", "/srv",
		home + "/.ssh", home + "/.aws", home + "/.netrc", home + "/.gitconfig", home + "/.npmrc", home + "/.docker",
		home + "/.kube", home + "/.config", home + "/.bash_history", home + "/.gnupg", home + "/.cache",
	} {
		if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
			breach("%s is a folder of %d entries", path, len(entries))
		}
		if data, err := os.ReadFile(path); err == nil && len(data) > 0 {
			breach("%s is read", path)
		}
		if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
			breach("%s is a socket", path)
		}
	}
}

// search looks for a canary, its argument: in every environment, every name,
// and everything that is not the system's.
func search(args []string) {
	canary := []byte(args[0])
	needle := bytes.TrimPrefix(canary, []byte("-")) // so that our own arguments do not match
	environments(needle)
	filepath.WalkDir("/", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case path == "/proc" || path == "/sys":
			return filepath.SkipDir
		case bytes.Contains([]byte(entry.Name()), needle):
			breach("%s has the canary in its name", path)
		case entry.Type().IsRegular() && worthReading(path, entry) && contains(path, needle):
			breach("%s has the canary in it", path)
		}
		return nil
	})
}

// environments reads the environment, the arguments and the memory of others.
func environments(needle []byte) {
	for _, pid := range visible() {
		if pid == os.Getpid() {
			continue
		}
		for _, file := range []string{"environ", "cmdline"} {
			if contains(fmt.Sprintf("/proc/%d/%s", pid, file), needle) {
				breach("/proc/%d/%s has the canary in it", pid, file)
			}
		}
	}
	for _, pair := range os.Environ() {
		if bytes.Contains([]byte(pair), needle) {
			breach("the environment has the canary in it: %s", pair)
		}
	}
}

// worthReading leaves out the large and the system's own, where no test put a
// canary.
func worthReading(path string, entry fs.DirEntry) bool {
	for _, dir := range []string{"/usr/", "/lib", "/bin/", "/sbin/", "/opt/"} {
		if strings.HasPrefix(path, dir) {
			return false
		}
	}
	info, err := entry.Info() // not entry.Type: on a file in /dev a device may be mounted
	return err == nil && info.Mode().IsRegular() && info.Size() < 64<<10
}

func contains(path string, needle []byte) bool {
	data, err := os.ReadFile(path)
	return err == nil && bytes.Contains(data, needle)
}

// readInit reads what /proc shows of PID 1.
func readInit([]string) {
	for _, name := range []string{"environ", "mem", "maps", "smaps", "auxv", "stack", "syscall", "io", "pagemap", "personality", "timers"} {
		f, err := os.Open("/proc/1/" + name)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(f, 4096))
		if err == nil && len(data) > 0 {
			breach("/proc/1/%s is read: %.60q", name, data)
		}
	}
	for _, name := range []string{"exe", "root", "cwd"} {
		target, err := os.Readlink("/proc/1/" + name)
		refused(err, "/proc/1/%s is %s", name, target)
		_, err = unix.Open("/proc/1/"+name, unix.O_RDONLY, 0)
		refused(err, "/proc/1/%s opens", name)
	}
	for _, name := range []string{"fd", "fdinfo", "map_files", "task/1/fd"} {
		entries, err := os.ReadDir("/proc/1/" + name)
		if err == nil && len(entries) > 0 {
			breach("/proc/1/%s has %d entries", name, len(entries))
		}
	}
}

// kernel writes to, or reads, what belongs to the whole machine.
func kernel([]string) {
	for _, path := range []string{
		"/proc/kcore", "/proc/kmsg", "/proc/sysrq-trigger", "/proc/keys", "/proc/key-users", "/proc/timer_list",
		"/proc/latency_stats", "/proc/kpagecount", "/proc/kpageflags", "/proc/sched_debug", "/proc/scsi/scsi", "/dev/mem", "/dev/kmem", "/dev/kmsg", "/dev/port",
	} {
		if f, err := os.Open(path); err == nil {
			data, err := io.ReadAll(io.LimitReader(f, 256))
			if err == nil && len(data) > 0 {
				breach("%s is read", path)
			}
		}
	}
	for _, dir := range []string{"/proc/sys", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/sys"} {
		filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0)
				refused(err, "%s opens for writing", path)
				unix.Close(fd)
			}
			return nil
		})
	}
	for _, path := range []string{"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/modprobe", "/proc/1/oom_score_adj", "/proc/sys/vm/drop_caches"} {
		fd, err := unix.Open(path, unix.O_WRONLY, 0)
		refused(err, "%s opens for writing", path)
		unix.Close(fd)
	}
}

// path is a breach when a folder of PATH can be written: what one command
// leaves there would run instead of a program in the next.
func path([]string) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			breach("PATH has %q, which is relative", dir)
		}
		if os.MkdirAll(dir, 0o755) == nil && unix.Access(dir, unix.W_OK) == nil {
			breach("PATH has %s, which can be written", dir)
		}
	}
	refused(os.WriteFile("/etc/ld.so.preload", nil, 0o644), "/etc/ld.so.preload is written")
}
