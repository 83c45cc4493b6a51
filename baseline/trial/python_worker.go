package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
)

// A pythonWorker is a server in a sandbox, started when it is first asked and
// again after it died. A bash holds the two ends of its pipes.
type pythonWorker struct {
	provider sandbox.Provider
	spec     sandbox.Spec
	box      sandbox.Sandbox // nil: none yet
	shell    sandbox.Shell
}

// A pythonRequest is one trial, as the server reads it. Indices are those of
// the candidates and the tests it was started with.
type pythonRequest struct {
	Candidates []int   `json:"candidates"`
	Tests      []int   `json:"tests"`
	Early      bool    `json:"early"`
	Plain      bool    `json:"plain"`
	Limit      float64 `json:"limit"` // seconds that the tests may take; the server adds what an import takes
}

// A pythonAnswer is what the server says of a trial.
type pythonAnswer struct {
	mode    byte // h: in a fork of the tree imported; c: of the runner; p: an interpreter of its own
	ended   bool
	letters string // one for each test asked for
}

// serverStart is run by bash in the work tree. What tests print goes nowhere.
const serverStart = `export PYTHONPATH="src:.${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 TZ=UTC LC_ALL=C.UTF-8
coproc SERVER { exec python3 -B ` + sandbox.FileDir + `/server.py ` + sandbox.FileDir + ` 2>/tmp/.server; }
exec 8>&"${SERVER[1]}" 9<&"${SERVER[0]}"
IFS= read -r -u 9 line && printf '%s\n' "$line" || tail -c 500 /tmp/.server`

// ask runs a trial. A server that died over it is a trial that did not end, and
// is replaced.
func (w *pythonWorker) ask(ctx context.Context, r pythonRequest) (pythonAnswer, error) {
	if w.box == nil {
		if err := w.start(ctx); err != nil {
			return pythonAnswer{}, errors.Join(fmt.Errorf("start Python's server: %w", err), w.close())
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return pythonAnswer{}, fmt.Errorf("trial: %w", err)
	}
	command := "printf '%s\\n' '" + string(line) + "' >&8; IFS= read -r -u 9 line && printf '%s\\n' \"$line\""
	result, err := w.shell.Do(ctx, command, time.Duration(3*r.Limit*float64(time.Second))+serverLimit)
	if err != nil {
		return pythonAnswer{}, errors.Join(fmt.Errorf("ask Python's server: %w", err), w.close())
	}
	answer, ok := readAnswer(result.Output, len(r.Tests))
	if !ok || result.Restarted {
		return pythonAnswer{mode: 'h', letters: strings.Repeat(".", len(r.Tests))}, w.close()
	}
	return answer, nil
}

// readAnswer reads a line such as "h1PPF.". It comes from where tests run, so it
// may be anything.
func readAnswer(line []byte, tests int) (pythonAnswer, bool) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	if len(line) != 2+tests || strings.Trim(string(line[2:]), "PFS.") != "" {
		return pythonAnswer{}, false
	}
	return pythonAnswer{mode: line[0], ended: line[1] == '1', letters: string(line[2:])}, true
}

func (w *pythonWorker) start(ctx context.Context) (err error) {
	if w.box, err = w.provider.New(ctx, w.spec); err != nil {
		return err
	}
	if w.shell, err = w.box.Shell(ctx); err != nil {
		return err
	}
	result, err := w.shell.Do(ctx, serverStart, serverLimit)
	if err != nil {
		return err
	}
	if string(result.Output) != "ready\n" {
		return fmt.Errorf("it said %q", bytes.TrimSpace(result.Output[:min(len(result.Output), 500)]))
	}
	return nil
}

// serverLimit is for importing the tree and collecting its tests.
const serverLimit = 2 * time.Minute

// close ends the server. The next question starts another one.
func (w *pythonWorker) close() error {
	if w.box == nil {
		return nil
	}
	box := w.box
	w.box, w.shell = nil, nil
	return box.Close()
}
