// Ssr is the program of the engine: it plays the game (ssr play), decides whether
// a bug artifact is consistent (ssr verify), grades a patch against one (ssr
// grade), says what this machine can guarantee about hostile code (ssr doctor) and
// what a model server can do (ssr chat-probe), and does again what a model did (ssr
// replay).
//
// It holds no logic of the game. Flags become options of the packages, what they
// return becomes a report for a person or JSON for a program, and whose fault
// something was becomes the exit status:
//
//	0    yes: played, consistent, resolved, every guarantee given
//	1    no: and the report says why
//	2    used wrongly: nothing was decided
//	3    the machine failed: nothing was decided, and it may be tried again
//	130  interrupted
//
// There is no configuration file: what a run did is what its command line says.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal cancels and cleans up; a second one ends the program
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the program and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:   "ssr",
		Short: "The reference engine for self-play on real repositories",
		Long: "ssr plays the game of making bugs and repairing them on a real repository. It decides, by running it in\n" +
			"a sandbox, whether a bug artifact is a bug that its tests show, and whether a patch repairs it.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(badFlag)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(verifyCommand(), gradeCommand(), doctorCommand(), playCommand(), batchCommand(), replayCommand(), chatProbeCommand())
	return exitStatus(ctx, root.ExecuteContext(ctx), stderr)
}

const (
	statusNo          = 1
	statusUsage       = 2
	statusMachine     = 3
	statusInterrupted = 130
)

// errNo ends a command whose report has said why the answer is no.
var errNo = errors.New("no")

// errStopped ends a play that was asked to stop, and came to a good end.
var errStopped = errors.New("stopped")

// A refusal is an answer of no that nothing has said yet.
type refusal struct{ error }

func exitStatus(ctx context.Context, err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNo):
		return statusNo
	case errors.Is(err, errStopped):
		fmt.Fprintln(stderr, "ssr: stopped; the same command goes on")
		return statusInterrupted
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "ssr: interrupted")
		return statusInterrupted
	}
	for line := range strings.Lines("ssr: " + err.Error()) {
		fmt.Fprintln(stderr, printable(strings.TrimRight(line, "\r\n")))
	}
	if _, ok := errors.AsType[misuse](err); ok {
		return statusUsage
	}
	if _, ok := errors.AsType[refusal](err); ok {
		return statusNo
	}
	return statusMachine
}
