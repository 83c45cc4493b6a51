package local

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/selfplay-swe/ssr/sandbox/local/internal/sysprog"
)

// remedy says what to do about a machine that made no sandbox: the settings that
// forbid it on common systems, looked at in turn.
func remedy(err error) string {
	failure, _ := errors.AsType[*sysprog.Failure](err)
	switch {
	case setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && os.Geteuid() != 0:
		return "AppArmor takes the powers of user namespaces away (Ubuntu 23.10 and later): sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run ssr as root"
	case setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" && os.Geteuid() != 0:
		return "user namespaces are for root alone here: sudo sysctl -w kernel.unprivileged_userns_clone=1"
	case setting("/proc/sys/user/max_user_namespaces") == "0":
		return "user namespaces are switched off: sudo sysctl -w user.max_user_namespaces=10000"
	case setting("/proc/sys/vm/memfd_noexec") == "2":
		return "programs in memory may not be run here: sudo sysctl -w vm.memfd_noexec=1"
	case failure == nil && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS)):
		return "namespaces are forbidden, as by a container's seccomp filter: with Docker or Podman, start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined --security-opt apparmor=unconfined"
	case failure != nil && strings.HasPrefix(failure.Step, "mount proc"):
		return "this container hides parts of /proc, so that no fresh one can be mounted: start it with --security-opt systempaths=unconfined"
	case failure != nil && strings.HasPrefix(failure.Step, "mount overlay"):
		return "the kernel mounts no overlay in a user namespace on a tmpfs: Linux 6.6 or later with CONFIG_TMPFS_XATTR is needed"
	case errors.Is(err, unix.ENOSYS):
		return "Linux 6.6 or later is needed"
	default:
		return "Run ssr doctor to see what this machine gives"
	}
}

func setting(file string) string {
	data, _ := os.ReadFile(file)
	return strings.TrimSpace(string(data))
}
