package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/policy/openai"
)

func chatProbeCommand() *cobra.Command {
	var asJSON bool
	var s seat
	cmd := &cobra.Command{
		Use:   "chat-probe --endpoint URL",
		Short: "Say what a model server can do",
		Long: `Chat-probe asks a server what it is, and its model for a word, for a call of a tool and for
a stream, and prints what it saw: which tokens and probabilities it tells, and whether they
add up. What was not seen is taken not to be there. The key is read from OPENAI_API_KEY.

Exit status: 0 it answers, 2 used wrongly (a refused key and an unknown model included),
3 the server is not there or fails.`,
		Example: `  ssr chat-probe --endpoint http://localhost:8000/v1
  ssr chat-probe --endpoint https://api.openai.com/v1 --model gpt-5 --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return probe(cmd, s, asJSON) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&s.endpoint, "endpoint", "", "the `URL` of a server that speaks OpenAI's chat (required)")
	flags.StringVar(&s.model, "model", "", "the `NAME` of a model (default: the one that it serves)")
	flags.BoolVar(&asJSON, "json", false, "write what was seen as JSON, see docs/report.md")
	return cmd
}

func probe(cmd *cobra.Command, s seat, asJSON bool) error {
	if s.endpoint == "" {
		return misuse{errors.New("--endpoint is missing: name a server, such as http://localhost:8000/v1")}
	}
	server, err := s.probe(cmd.Context())
	if err != nil {
		return err
	}
	return write(cmd, asJSON, probed{"ssr.probe/1", server}, func(p *page) {
		for _, line := range server.Lines() {
			p.hang("", line)
		}
	})
}

// probed is the report of ssr chat-probe.
type probed struct {
	Version string         `json:"version"`
	Server  *openai.Server `json:"server"`
}
