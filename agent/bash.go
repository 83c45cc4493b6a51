package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/selfplay-swe/ssr/sandbox"
)

// Bash is the tool that runs a command in a persistent shell. Unlike CWM's
// (cwm/rl/swerl/tools.py) it tells the exit status, shows what a command printed
// before it was ended, and goes on in the same folder afterwards.
func Bash() Tool {
	return Tool{
		Name:       "bash",
		Doc:        "Runs a command in a bash session that lasts: variables and the current folder stay from one command to the next. There is no terminal, no input and no network. The answer is what the command printed, and its exit status unless that is 0.",
		Parameters: []Parameter{{"command", "what to run; several lines are allowed"}},
		Example:    "go test ./...",
		Run:        runBash,
	}
}

func runBash(ctx context.Context, e *Env, args Args) (Result, error) {
	command := args["command"]
	switch {
	case strings.TrimSpace(command) == "":
		return Result{"The command is empty.", true}, nil
	case strings.ContainsRune(command, 0):
		return Result{"The command has a NUL byte, which bash cannot read.", true}, nil
	}
	result, err := e.Do(ctx, command)
	if err != nil {
		return Result{}, err
	}
	lines := ending(e, result)
	if result.Dropped > 0 {
		lines = append([]string{fmt.Sprintf("[%s bytes of the output in its middle were not kept]", grouped(int(result.Dropped)))}, lines...)
	}
	if printed := strings.Trim(text(result.Output), "\n"); printed != "" {
		lines = append([]string{printed}, lines...)
	}
	return Result{strings.Join(lines, "\n"), !result.OK()}, nil
}

// ending says how a command ended, unless well.
func ending(e *Env, r sandbox.ShellResult) (lines []string) {
	switch r.Class {
	case sandbox.Exited:
		if r.ExitCode != 0 {
			lines = append(lines, fmt.Sprintf("[exit status %d]", r.ExitCode))
		}
	case sandbox.Signaled:
		lines = append(lines, fmt.Sprintf("[ended by signal %d]", r.Signal))
	case sandbox.Timeout:
		lines = append(lines, fmt.Sprintf("[ended: it ran for more than %v]", e.Command))
	default:
		lines = append(lines, fmt.Sprintf("[ended: %s]", strings.ReplaceAll(r.Class.String(), "_", " ")))
	}
	if r.Restarted {
		lines = append(lines, fmt.Sprintf("[the shell ended with it; the next command runs in a new one, in %s]", r.Dir))
	}
	return lines
}

// text makes text of any bytes.
func text(output []byte) string { return strings.ToValidUTF8(string(output), "\uFFFD") }
