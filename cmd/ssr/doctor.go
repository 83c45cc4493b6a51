package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine can guarantee about hostile code",
		Long: `Doctor tries, in sandboxes, every guarantee that a judgement rests on, and prints for each
whether this machine gives it and how, or what has to be done for it. It lists the
programs that tests will find inside.

Exit status: 0 every guarantee is given, 1 not, 2 used wrongly, 3 the machine failed.`,
		Example: `  ssr doctor
  ssr doctor --json | jq '.guarantees[] | select(.given | not)'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := diagnose(cmd.Context())
			if err != nil {
				return err
			}
			if err := write(cmd, asJSON, d, func(p *page) { p.diagnosis(d) }); err != nil {
				return err
			}
			return yes(d.OK)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the diagnosis as JSON, see docs/report.md")
	return cmd
}

// A diagnosis is the report of ssr doctor.
type diagnosis struct {
	Version    string      `json:"version"`
	OK         bool        `json:"ok"` // every guarantee is given
	Guarantees []guarantee `json:"guarantees"`
	Tools      []tool      `json:"tools"`
}

type guarantee struct {
	Name   string `json:"name"`
	Given  bool   `json:"given"`
	How    string `json:"how"`              // what gives it, or what happened instead
	Remedy string `json:"remedy,omitempty"` // what to do for it
}

type tool struct {
	Name string `json:"name"`
	Path string `json:"path"` // inside a sandbox; "" when it is not there
}

// wanted are the programs that scripts and parsers of artifacts are made of.
var wanted = []string{"bash", "awk", "git", "go", "python3", "node"}

func diagnose(ctx context.Context) (*diagnosis, error) {
	provider, err := local.New(local.Options{})
	if err != nil {
		return nil, err
	}
	findings, err := provider.Probe(ctx)
	if err != nil {
		return nil, err
	}
	d := &diagnosis{Version: "ssr.doctor/1", OK: true, Tools: []tool{}}
	for _, f := range findings {
		d.OK = d.OK && f.Given
		d.Guarantees = append(d.Guarantees, guarantee{f.Guarantee.String(), f.Given, f.How, f.Remedy})
	}
	if d.OK {
		d.Tools, err = findTools(ctx, provider)
	}
	return d, err
}

// findTools looks for the wanted programs from inside a sandbox.
func findTools(ctx context.Context, provider sandbox.Provider) (tools []tool, err error) {
	box, err := provider.New(ctx, sandbox.Spec{})
	if err != nil {
		return nil, fmt.Errorf("look for tools: %w", err)
	}
	defer box.Close()
	for _, name := range wanted {
		result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", "command -v " + name}})
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", name, err)
		}
		tools = append(tools, tool{name, strings.TrimSpace(string(result.Output))})
	}
	return tools, nil
}

// diagnosis is the page of ssr doctor.
func (p *page) diagnosis(d *diagnosis) {
	p.line("guarantees about what runs in a sandbox")
	for _, g := range d.Guarantees {
		word := p.green("given  ")
		if !g.Given {
			word = p.red("MISSING")
		}
		p.hangAt(fmt.Sprintf("  %-10s %s  ", g.Name, word), len("  processes  MISSING  "), g.How)
		p.hang("             remedy: ", g.Remedy)
	}
	p.line("")
	if !d.OK {
		p.line("%s", p.red("artifacts cannot be judged here until every guarantee is given"))
		return
	}
	p.line("programs inside")
	for _, t := range d.Tools {
		if t.Path == "" {
			t.Path = "not found on this machine"
		}
		p.hang(fmt.Sprintf("  %-10s ", t.Name), t.Path)
	}
}
