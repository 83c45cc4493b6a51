package local

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A Finding says whether this machine gives one guarantee.
type Finding struct {
	Guarantee sandbox.Guarantee
	Given     bool
	How       string // what gives it, or what happened instead
	Remedy    string // what to do; "" when it is given
}

// A trial is a command that shows whether a guarantee is given.
type trial struct {
	guarantee sandbox.Guarantee
	command   string
	limits    sandbox.Limits
	want      sandbox.Class
	how       func(*Provider) string
}

func always(how string) func(*Provider) string { return func(*Provider) string { return how } }

var trials = []trial{
	{sandbox.Files, // what breaks first where overlays in user namespaces are not right
		`set -e; mkdir d; echo x >d/a; mv d e; rm e/a; mkdir e/a; mv e/a b; rmdir e b; ln -s x l; rm l
		for path in /home/*; do [ "$path" = "$HOME" ]; done; ! touch /usr/x /files/x 2>/dev/null`,
		sandbox.Limits{}, sandbox.Exited, always("mount and user namespaces, overlay on tmpfs")},
	{sandbox.Processes, `for process in /proc/[0-9]*; do echo "${process#/proc/}"; done | { read a; read b; ! read c || [ "$c" -lt 20 ]; }`,
		sandbox.Limits{}, sandbox.Exited, always("PID namespace")},
	{sandbox.NetworkIsolated, `while read -r name _; do case $name in lo:*|Inter-*|face) ;; *) exit 1; esac; done </proc/net/dev`,
		sandbox.Limits{}, sandbox.Exited, always("network namespace with a loopback alone")},
	{sandbox.Memory, `x=$(head -c 200M /dev/zero | tr '\0' x) && sleep 5`,
		sandbox.Limits{Memory: 64 << 20}, sandbox.OutOfMemory, memoryHow},
	{sandbox.PIDs, `exec sh -c 'for i in $(seq 60); do sleep 5 & done; wait'`,
		sandbox.Limits{PIDs: 30}, sandbox.PIDLimit, pidsHow},
	{sandbox.Disk, `exec head -c 9M /dev/zero >file`,
		sandbox.Limits{Disk: 8 << 20}, sandbox.DiskFull, always("tmpfs with size and inode limit")},
	{sandbox.Channels, `while read -r name value; do case $name$value in Seccomp:2) exit 0; esac; done </proc/self/status; exit 1`,
		sandbox.Limits{}, sandbox.Exited, always("IPC namespace and seccomp")},
}

func memoryHow(p *Provider) string {
	switch {
	case p.cgroups == nil:
		return fmt.Sprintf("processes watched every %v, memory files refused; kernel buffers are not counted", watchInterval)
	case p.cgroups.unified:
		return "cgroup v2"
	default:
		return "cgroup v1"
	}
}

func pidsHow(p *Provider) string {
	if p.cgroups == nil {
		return "RLIMIT_NPROC in a user namespace"
	}
	return memoryHow(p)
}

// Probe tries every guarantee in a sandbox of its own, in the order of
// [sandbox.Guarantee]. The error is that of ctx.
func (p *Provider) Probe(ctx context.Context) ([]Finding, error) {
	var findings []Finding
	for _, t := range trials {
		f := Finding{Guarantee: t.guarantee, How: t.how(p)}
		err := p.try(ctx, t)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		f.Given = err == nil
		if refused, ok := errors.AsType[*sandbox.GuaranteeError](err); ok {
			f.How, f.Remedy = refused.Cause, refused.Remedy
		} else if err != nil {
			f.How, f.Remedy = err.Error(), "This is not a known setting of a machine: please report it, with the output of uname -a"
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (p *Provider) try(ctx context.Context, t trial) error {
	s, err := p.New(ctx, sandbox.Spec{Limits: t.limits})
	if err != nil {
		return err
	}
	result, err := s.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", t.command}, Combine: true, Timeout: 20 * time.Second})
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	if result.Class != t.want || t.want == sandbox.Exited && result.ExitCode != 0 {
		return fmt.Errorf("a trial ended with %v (exit status %d) instead of %v: %s", result.Class, result.ExitCode, t.want,
			strings.TrimSpace(string(result.Output[:min(200, len(result.Output))])))
	}
	return nil
}

// Toolchains lists the host's folders that sandboxes see besides the system's.
func (p *Provider) Toolchains() []string {
	var list []string
	for _, b := range p.binds {
		if !b.file && !inside(b.host, systemFolders) && !strings.HasPrefix(b.host, "/etc/") {
			list = append(list, b.host)
		}
	}
	return list
}
