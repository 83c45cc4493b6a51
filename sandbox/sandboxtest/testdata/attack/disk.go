package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// writable are the folders that a sandbox's disk limit covers.
var writable = []string{"/work", os.Getenv("HOME"), "/tmp", "/dev/shm"}

var diskAttacks = map[string]func([]string){
	"disk-full": diskFull,
	"sparse":    sparse,
	"inodes":    inodes,
	"deep":      deep,
	"names":     names,
	"odd-names": oddNames,
	"fold":      foldNames,
}

// diskFull fills every writable folder; its argument is the limit in MiB for
// all of them together.
func diskFull(args []string) {
	total := 0
	chunk := bytes.Repeat([]byte{1}, mebi/4)
	for _, dir := range writable {
		f, err := os.Create(dir + "/full")
		must(err)
		for {
			n, err := f.Write(chunk)
			total += n
			if err != nil {
				fmt.Printf("%s after %d KiB of all: %v\n", dir, total>>10, err)
				break
			}
			if total > 2*number(args)*mebi {
				breach("%d MiB are written, %d were allowed", total/mebi, number(args))
				end()
			}
		}
	}
	if total > number(args)*mebi*5/4 {
		breach("%d MiB are written, %d were allowed", total/mebi, number(args))
		end()
	}
	limited("%d MiB", total/mebi)
}

// sparse makes a file that is large and takes no room.
func sparse([]string) {
	f, err := os.Create("/work/sparse")
	must(err)
	if err := f.Truncate(1 << 40); err != nil {
		fmt.Println("refused:", err)
	}
}

// inodes makes empty files; its argument is what is allowed.
func inodes(args []string) {
	total := 0
	for _, dir := range writable {
		for {
			fd, err := unix.Open(fmt.Sprintf("%s/inode-%d", dir, total), unix.O_CREAT|unix.O_WRONLY, 0o644)
			if err != nil {
				fmt.Printf("%s after %d files: %v\n", dir, total, err)
				break
			}
			unix.Close(fd)
			if total++; total > 2*number(args) {
				breach("%d files are made, %d were allowed", total, number(args))
				end()
			}
		}
	}
	limited("%d files", total)
}

// deep makes folders far below any path that can be named.
func deep([]string) {
	must(os.Mkdir("/work/deep", 0o755))
	must(os.Chdir("/work/deep"))
	name := strings.Repeat("d", 200)
	for range 300 { // 60,000 bytes, PATH_MAX is 4096
		must(unix.Mkdir(name, 0o755))
		must(unix.Chdir(name))
	}
	fd, err := unix.Open("bottom", unix.O_CREAT|unix.O_WRONLY, 0o644)
	must(err)
	unix.Close(fd)
}

// names makes as many files in one folder as its argument says.
func names(args []string) {
	must(os.Mkdir("/work/many", 0o755))
	must(os.Chdir("/work/many"))
	for n := range number(args) {
		fd, err := unix.Open(fmt.Sprintf("f%06d", n), unix.O_CREAT|unix.O_WRONLY, 0o644)
		must(err)
		unix.Close(fd)
	}
}

// oddNames makes what is legal in Linux and rare elsewhere.
func oddNames([]string) {
	must(os.Mkdir("/work/odd", 0o755))
	for _, name := range []string{
		strings.Repeat("n", 255), "\xff\xfe", "new\nline", "-rf", " ", "\\", "\"quoted\"", "tab\t", "\x1b[31m", "..a", "*", "$(id)",
	} {
		must(os.WriteFile("/work/odd/"+name, []byte(name), 0o644))
	}
}

// foldNames makes names that other file systems take for one.
func foldNames([]string) {
	must(os.Mkdir("/work/fold", 0o755))
	for _, name := range []string{"a", "A", "\u00e9", "e\u0301", ".GIT", ".g\u200cit", "git~1"} {
		must(os.WriteFile("/work/fold/"+name, []byte(name), 0o644))
	}
	time.Sleep(time.Millisecond)
	for _, name := range []string{"a", "A", "\u00e9", "e\u0301"} {
		if data, _ := os.ReadFile("/work/fold/" + name); string(data) != name {
			breach("%q holds %q", name, data)
		}
	}
}
