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
		text.WriteString(forms[t.Name])
	}
	return text.String()
}

// forms show how the scaffold's own tools are written.
var forms = map[string]string{
	"bash":   "\n<tool: bash>\ngo test ./...\n</tool>\n",
	"edit":   "\n<tool: edit>\npath/of/file\n<<<<<<< SEARCH\nlines as they are\n=======\nlines as they shall be\n>>>>>>> REPLACE\n</tool>\n",
	"create": "\n<tool: create>\npath/of/file\nfirst line of the content\n</tool>\n",
	"submit": "\n<tool: submit>\ndone\n</tool>\n",
}
