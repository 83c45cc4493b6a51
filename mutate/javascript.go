package mutate

import (
	"iter"
	"strings"
)

// JavaScriptEdits yields edits of a JavaScript or TypeScript file, in the order
// of its tokens. There is no parser of these languages without cgo, so they are
// edits of tokens, which chroma tells from strings, comments, templates and
// regular expressions; whether a result is still a program only Node can say.
// Func is the innermost function around that has a name.
func JavaScriptEdits(file string, src []byte) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		tokens := scriptTokens(file, string(src))
		owners := scriptOwners(scriptFunctions(file, tokens), tokens)
		line := 1
		for i, t := range tokens {
			function := owners.at(line)
			for _, op := range scriptOperators {
				for _, after := range op.after(tokens, i) {
					if after == t.text {
						continue
					}
					if !yield(Edit{op.name, file, line, function, []Change{{file, t.start, t.text, after}}}) {
						return
					}
				}
			}
			for _, e := range scriptConditions(tokens, i) {
				if !yield(Edit{e.operator, file, line, function, e.changes(file, tokens)}) {
					return
				}
			}
			line += strings.Count(t.text, "\n")
		}
		if scriptStatements(file, string(src), tokens, owners, yield) {
			scriptRemovals(file, string(src), tokens, yield)
		}
	}
}

// JavaScriptOperators lists the operators for JavaScript.
func JavaScriptOperators() []Operator {
	var list []Operator
	for _, op := range scriptOperators {
		list = append(list, Operator{op.name, op.doc, gremlins, false})
	}
	for _, c := range scriptConditionals {
		list = append(list, Operator{c.operator, c.doc, measured, false})
	}
	return append(list,
		Operator{"stmt-remove", "a statement that has its line to itself goes", measured, false},
		Operator{"body-remove", "a function with a name does nothing", measured, false})
}
