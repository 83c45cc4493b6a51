package mutate

import "strings"

// scriptRemovals empty the bodies of functions that have a name: callers get
// undefined.
func scriptRemovals(file, src string, tokens []scriptToken, yield func(Edit) bool) bool {
	for _, f := range scriptSpans(file, tokens) {
		start, end, ok := scriptInside(src, tokens[f.open:f.close+1])
		if !ok {
			continue
		}
		line := 1 + strings.Count(src[:start], "\n")
		if !yield(Edit{"body-remove", file, line, f.Name, []Change{{file, start, src[start:end], ""}}}) {
			return false
		}
	}
	return true
}

// scriptInside is what stands between two braces: whole lines where the braces
// are on others, so that an empty body looks like one. Ok is false when no code
// stands there, or the second brace is missing.
func scriptInside(src string, tokens []scriptToken) (start, end int, ok bool) {
	first, last := tokens[0], tokens[len(tokens)-1]
	start, end = first.start+1, last.start
	for _, t := range tokens[1 : len(tokens)-1] {
		ok = ok || t.code()
	}
	if !ok || last.text != "}" {
		return 0, 0, false
	}
	inside := src[start:end]
	if blank, _, many := strings.Cut(inside, "\n"); many && strings.TrimSpace(blank) == "" {
		start += len(blank) + 1
	}
	if n := strings.LastIndexByte(inside, '\n'); n >= 0 && first.start+2+n > start && strings.TrimSpace(inside[n:]) == "" {
		end = first.start + 2 + n
	}
	return start, end, true
}
