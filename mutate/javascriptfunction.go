package mutate

import (
	"regexp"
	"strings"

	"github.com/alecthomas/chroma/v2"
)

// JavaScriptFunctions lists the functions of a file that have a name and a body
// in braces, in the order of their lines.
func JavaScriptFunctions(file string, src []byte) []Function {
	return scriptFunctions(file, scriptTokens(file, string(src)))
}

// A scriptSpan is a function, and its braces as indices of tokens.
type scriptSpan struct {
	Function
	open, close int
}

func scriptFunctions(file string, tokens []scriptToken) (list []Function) {
	for _, s := range scriptSpans(file, tokens) {
		list = append(list, s.Function)
	}
	return list
}

func scriptSpans(file string, tokens []scriptToken) (list []scriptSpan) {
	line := 1
	for i, t := range tokens {
		if t.kind.InCategory(chroma.Name) && t.code() {
			if open, end, ok := scriptFunction(tokens, i); ok {
				last := line
				for _, within := range tokens[i:end] {
					last += strings.Count(within.text, "\n")
				}
				list = append(list, scriptSpan{Function{file, t.text, line, last}, open, end})
			}
		}
		line += strings.Count(t.text, "\n")
	}
	return list
}

// functionAt is the name of the innermost function at a line: of those around
// it, the one that begins last.
func functionAt(functions []Function, line int) (name string) {
	for _, f := range functions {
		if f.First <= line && line <= f.Last {
			name = f.Name
		}
	}
	return name
}

// scriptFunction says whether the name at i is that of a function, and where its
// braces are: "function name(…) {", "name(…) {", "name = (…) => {" or
// "name = function (…) {".
func scriptFunction(tokens []scriptToken, i int) (open, end int, ok bool) {
	var head strings.Builder
	depth := 0
	for j := i + 1; j < len(tokens) && j < i+400; j++ {
		t := tokens[j]
		if t.text == "{" && depth == 0 {
			return j, scriptEnd(tokens, j), scriptHead.MatchString(head.String())
		}
		if depth += scriptDepth(t); depth < 0 || depth == 0 && t.text == ";" {
			return 0, 0, false
		}
		if depth == 0 && !t.kind.InCategory(chroma.Comment) {
			head.WriteString(t.text)
		}
	}
	return 0, 0, false
}

// scriptHead is what stands between a function's name and its body, without what
// is in parentheses.
var scriptHead = regexp.MustCompile(`^\s*(?:[=:]\s*(?:async\s*)?(?:function\b\s*\*?\s*\w*\s*)?)?\s*\)\s*(?::\s*[\w<>\[\]| ]+)?\s*(?:=>)?\s*$`)

// scriptEnd is the token that closes what a token opens; the last one where
// nothing does.
func scriptEnd(tokens []scriptToken, open int) int {
	depth := 0
	for i := open; i < len(tokens); i++ {
		if depth += scriptDepth(tokens[i]); depth <= 0 {
			return i
		}
	}
	return len(tokens) - 1
}

func scriptDepth(t scriptToken) int {
	if !t.kind.InCategory(chroma.Punctuation) {
		return 0
	}
	return strings.Count(t.text, "(") + strings.Count(t.text, "{") + strings.Count(t.text, "[") -
		strings.Count(t.text, ")") - strings.Count(t.text, "}") - strings.Count(t.text, "]")
}
