package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// crash dies as by a fault in C: the signal's default, not Go's report of it.
func crash() {
	unix.Prctl(unix.PR_SET_NAME, 0, 0, 0, 0)
	unix.Kill(os.Getpid(), unix.SIGKILL)
}
