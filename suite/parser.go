package suite

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// runParser fills run.Results, or run.Problem, from the whole log.
func (r *Runner) runParser(ctx context.Context, req Request, run *Run, log []byte) error {
	first, err := r.parse(ctx, req.Suite.Parser, run, log)
	if err != nil || run.Problem != nil {
		return err
	}
	run.Results = first
	if !req.Twice {
		return nil
	}
	second, err := r.parse(ctx, req.Suite.Parser, run, log)
	if err != nil || run.Problem != nil {
		return err
	}
	if !maps.Equal(first, second) {
		run.Problem = &Problem{ParserUnsteady, "the parser read one log twice and gave two answers: " + difference(first, second),
			"its answer must depend on the log alone"}
	}
	return nil
}

// parse runs the parser on a log, in a fresh sandbox that holds nothing else:
// no tree that would tell it which answer is wanted, and nothing that the tests
// left behind, such as a sitecustomize.py.
func (r *Runner) parse(ctx context.Context, parser []byte, run *Run, log []byte) (Results, error) {
	limits := r.Limits
	limits.Output = r.parserOutput()
	box, err := r.Provider.New(ctx, sandbox.Spec{
		Files:  map[string]repo.File{parserName: {Mode: repo.Executable, Data: parser}},
		Limits: limits,
	})
	if err != nil {
		return nil, fmt.Errorf("suite: sandbox for the parser: %w", err)
	}
	defer box.Close()
	if log == nil {
		log = []byte{} // an empty log is not /dev/null's business
	}
	res, err := box.Run(ctx, sandbox.Cmd{
		Args:    append(interpreter(parser), sandbox.FileDir+"/"+parserName),
		Env:     scriptEnv,
		Stdin:   log,
		Timeout: r.parserTimeout(),
	})
	if err != nil {
		return nil, fmt.Errorf("suite: run the parser: %w", err)
	}
	run.Parsing += res.Wall
	run.CPU += res.CPU
	if run.Problem = r.ended("the parser", ParserEnded, res, limits.Output); run.Problem != nil {
		return nil, nil
	}
	if res.ExitCode != 0 {
		run.Problem = &Problem{ParserEnded, fmt.Sprintf("the parser ended with exit status %d%s", res.ExitCode, lastLine(res.Errors)),
			"it must end with 0"}
		return nil, nil
	}
	var results Results
	results, run.Problem = ReadResults(res.Output)
	return results, nil
}

// interpreter returns the command that a script's "#!" line asks for, as the
// kernel would read it: a program and at most one argument. Bash starts it, so
// that a program that is not there is the parser's exit status 127. Without such
// a line it is python3.
func interpreter(script []byte) []string {
	start := []string{"bash", "-c", `exec "$@"`, "bash"}
	line, _, _ := bytes.Cut(script[:min(len(script), 512)], []byte("\n"))
	text, found := strings.CutPrefix(strings.TrimRight(string(line), " \t\r"), "#!")
	text = strings.TrimLeft(text, " \t")
	if !found || text == "" {
		return append(start, "python3")
	}
	program, argument, _ := strings.Cut(text, " ")
	if argument = strings.TrimSpace(argument); argument != "" {
		return append(start, program, argument)
	}
	return append(start, program)
}

// difference names the first id on which two results differ.
func difference(a, b Results) string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	ids := slices.DeleteFunc(all.IDs(), func(id string) bool { return a[id] == b[id] })
	return fmt.Sprintf("%s was %s, then %s", quote(ids[0]), orMissing(a[ids[0]]), orMissing(b[ids[0]]))
}

func orMissing(s Status) string {
	if s == 0 {
		return "missing"
	}
	return s.String()
}

// lastLine returns what a command said last on standard error, for a finding.
func lastLine(errors []byte) string {
	text := strings.TrimSpace(string(errors))
	if text == "" {
		return ""
	}
	return ": " + Printable(text[strings.LastIndexByte(text, '\n')+1:])
}
