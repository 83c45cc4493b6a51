package agent

import (
	"fmt"
	"strings"
)

// manual tells a policy without native calls how tools are called.
func (b toolbox) manual() string {
	var text strings.Builder
	text.WriteString("You act by calling tools. Every answer holds exactly one call, in this form:\n\n" +
		"<tool: NAME>\nINPUT\n</tool>\n\nThe next message tells what came of it. The tools:\n")
	for _, t := range b {
		fmt.Fprintf(&text, "\n%s: %s\n", t.Name, t.Doc)
		for _, p := range t.Parameters {
			fmt.Fprintf(&text, "  %s: %s\n", p.Name, p.Doc)
		}
		if t.Example != "" {
			fmt.Fprintf(&text, "\n<tool: %s>\n%s\n</tool>\n", t.Name, t.Example)
		}
	}
	return text.String()
}
