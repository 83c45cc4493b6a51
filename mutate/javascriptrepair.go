package mutate

import (
	"iter"
	"slices"
	"strings"

	"github.com/alecthomas/chroma/v2"
)

// javaScriptRepairs yields edits of a file that may undo what was done to it:
// those of the operators that undo themselves first, then what undoes the others.
func javaScriptRepairs(file string, src []byte) iter.Seq[Edit] {
	edits := slices.Collect(JavaScriptEdits(file, src))
	return func(yield func(Edit) bool) {
		for _, wanted := range []bool{true, false} {
			for _, e := range edits {
				if undoesItself(e.Operator) == wanted && !yield(e) {
					return
				}
			}
			if wanted && !scriptInverses(file, string(src), yield) {
				return
			}
		}
	}
}

func undoesItself(operator string) bool {
	switch operator {
	case "accumulate-drop", "if-true", "if-false", "stmt-remove", "body-remove":
		return false
	}
	return true
}

// scriptInverses yields edits that undo those operators which do not undo
// themselves: a ! is put before a value, a condition loses its "true ||", an
// assignment accumulates, an operator becomes the rarer one of two that became it.
func scriptInverses(file, src string, yield func(Edit) bool) bool {
	tokens := scriptTokens(file, src)
	owners := scriptOwners(scriptFunctions(file, tokens), tokens)
	line := 1
	for i, t := range tokens {
		for _, r := range scriptRepairs {
			for _, after := range r.after(tokens, i) {
				if !yield(Edit{r.name, file, line, owners.at(line), []Change{{file, t.start, t.text, after}}}) {
					return false
				}
			}
		}
		if e, ok := scriptRestored(file, src, tokens, i); ok {
			e.Line, e.Func = line, owners.at(line)
			if !yield(e) {
				return false
			}
		}
		line += strings.Count(t.text, "\n")
	}
	return true
}

var scriptRepairs = []scriptOperator{
	{"not-add", "x becomes !x", scriptNot},
	{"arith-change", "* becomes %", replacing(map[string][]string{"*": {"%"}})},
	{"bit-change", "& becomes ^, >> becomes >>>", replacing(map[string][]string{"&": {"^"}, ">>": {">>>"}})},
	{"logic-change", "|| becomes ??", replacing(map[string][]string{"||": {"??"}})},
	{"accumulate-add", "x = y becomes x += y", replacing(map[string][]string{"=": {"+=", "-=", "*="}})},
}

// scriptNot negates what begins where a truth may be asked for.
func scriptNot(tokens []scriptToken, i int) []string {
	t, before := tokens[i], beside(tokens, i, -1).text
	begins := t.kind.InCategory(chroma.Name) || t.text == "(" || t.text == "this"
	if !begins || !slices.Contains([]string{"&&", "||", "(", "return", "=", "?", "=>"}, before) || before == "=>" && t.text == "(" {
		return nil
	}
	return []string{"!" + t.text}
}

// scriptRestored drops the literal that decides a condition: "true || (x)" becomes
// "(x)".
func scriptRestored(file, src string, tokens []scriptToken, i int) (Edit, bool) {
	operator := map[string]string{"true": "||", "false": "&&"}[tokens[i].text]
	if operator == "" || !tokens[i].kind.InCategory(chroma.Keyword) || beside(tokens, i, 1).text != operator {
		return Edit{}, false
	}
	start := tokens[i].start
	end := beside(tokens, i, 1).start + len(operator)
	return Edit{Operator: "logic-drop", File: file, Changes: []Change{{file, start, src[start:end], ""}}}, true
}
