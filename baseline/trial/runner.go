package trial

import (
	"context"
	"fmt"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/sandbox"
)

// runnerLimit is for reading and editing a whole tree.
const runnerLimit = 3 * time.Minute

// Runner runs the commands that [mutate.Python] asks for, each in an empty
// sandbox of the subject's provider: the interpreter is that of the tests, and
// nothing of the tree is there but what the command is told.
func Runner(s survey.Subject) mutate.Run {
	return func(ctx context.Context, args []string, stdin []byte) (_ []byte, err error) {
		limits := s.Limits
		limits.Output = max(limits.Output, 64<<20)
		box, err := s.Provider.New(ctx, sandbox.Spec{Limits: limits})
		if err != nil {
			return nil, err
		}
		defer func() {
			if closed := box.Close(); err == nil {
				err = closed
			}
		}()
		result, err := box.Run(ctx, sandbox.Cmd{Args: args, Stdin: stdin, Timeout: runnerLimit})
		if err != nil {
			return nil, err
		}
		if !result.OK() || result.Dropped > 0 {
			return nil, fmt.Errorf("%s ended with %s, exit status %d, %d bytes too many: %s",
				args[0], result.Class, result.ExitCode, result.Dropped, result.Errors[max(0, len(result.Errors)-500):])
		}
		return result.Output, nil
	}
}
