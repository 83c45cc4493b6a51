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
	ends, lines := scriptEnds(tokens), scriptLines(tokens)
	for i, t := range tokens {
		if t.kind.InCategory(chroma.Name) && t.code() {
			if open, ok := scriptFunction(tokens, i); ok {
				list = append(list, scriptSpan{Function{file, t.text, lines[i], lines[ends[open]]}, open, ends[open]})
			}
		}
	}
	return list
}

// scriptLines are the lines that tokens begin in, from 1.
func scriptLines(tokens []scriptToken) []int {
	lines, line := make([]int, len(tokens)), 1
	for i, t := range tokens {
		lines[i] = line
		line += strings.Count(t.text, "\n")
	}
	return lines
}

// A scriptOwner says which function each line is in: of those around it, the one
// that begins last; "" for none.
type scriptOwner []string

func scriptOwners(functions []Function, tokens []scriptToken) scriptOwner {
	owners := scriptOwner{""}
	if len(tokens) > 0 {
		last := tokens[len(tokens)-1]
		owners = make(scriptOwner, 2+scriptLines(tokens)[len(tokens)-1]+strings.Count(last.text, "\n"))
	}
	var around []Function
	for line := range owners {
		for len(around) > 0 && around[len(around)-1].Last < line {
			around = around[:len(around)-1]
		}
		for len(functions) > 0 && functions[0].First == line {
			around, functions = append(around, functions[0]), functions[1:]
		}
		if len(around) > 0 {
			owners[line] = around[len(around)-1].Name
		}
	}
	return owners
}

func (o scriptOwner) at(line int) string {
	if line < len(o) {
		return o[line]
	}
	return ""
}

// scriptFunction says whether the name at i is that of a function, and where its
// body begins: "function name(…) {", "name(…) {", "name = (…) => {" or
// "name = function (…) {".
func scriptFunction(tokens []scriptToken, i int) (open int, ok bool) {
	var head strings.Builder
	depth := 0
	for j := i + 1; j < len(tokens) && j < i+400; j++ {
		t := tokens[j]
		if t.text == "{" && depth == 0 {
			return j, scriptHead.MatchString(head.String())
		}
		if depth += scriptDepth(t); depth < 0 || depth == 0 && t.text == ";" {
			return 0, false
		}
		if depth == 0 && !t.kind.InCategory(chroma.Comment) {
			head.WriteString(t.text)
		}
	}
	return 0, false
}

// scriptHead is what stands between a function's name and its body, without what
// is in parentheses.
var scriptHead = regexp.MustCompile(`^\s*(?:[=:]\s*(?:async\s*)?(?:function\b\s*\*?\s*\w*\s*)?)?\s*\)\s*(?::\s*[\w<>\[\]| ]+)?\s*(?:=>)?\s*$`)

// scriptEnds are, for every token that opens something, the one that closes it;
// the last one where nothing does. The lexer ends the ${…} of a template at its
// first brace: what is open in it ends there.
func scriptEnds(tokens []scriptToken) map[int]int {
	ends := map[int]int{}
	var open []int
	for i, t := range tokens {
		switch depth := scriptDepth(t); {
		case t.kind == chroma.LiteralStringInterpol && t.text == "}":
			for len(open) > 0 && tokens[open[len(open)-1]].text != "${" {
				open = open[:len(open)-1]
			}
			open = open[:max(len(open)-1, 0)]
		case depth > 0 || t.kind == chroma.LiteralStringInterpol:
			open, ends[i] = append(open, i), len(tokens)-1
		case depth < 0 && len(open) > 0:
			ends[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	return ends
}

func scriptDepth(t scriptToken) int {
	if !t.kind.InCategory(chroma.Punctuation) {
		return 0
	}
	return strings.Count(t.text, "(") + strings.Count(t.text, "{") + strings.Count(t.text, "[") -
		strings.Count(t.text, ")") - strings.Count(t.text, "}") - strings.Count(t.text, "]")
}
