package bug

import (
	"strconv"
	"strings"
)

// untab cuts the tab and what follows it: git writes one behind a name with
// spaces in --- and +++ lines, other tools a time. A quoted name ends by itself.
func untab(value string) string {
	value, _, _ = strings.Cut(value, "\t")
	return value
}

// unquote reads a name as git writes it: as it is, or in double quotes with
// the escapes of C, which are not those of Go.
func unquote(value string) (string, *FormatError) {
	if !strings.HasPrefix(value, `"`) {
		if strings.ContainsFunc(value, isControl) {
			return "", problem(0, "lines of the diff end in LF alone, and such names are quoted", "control character in the name %.200q", value)
		}
		return value, nil
	}
	path, rest, ok := cutQuoted(value)
	if !ok || rest != "" {
		return "", problem(0, `git writes "name", with \ooo for a byte`, "the quoted name %.200s cannot be read", value)
	}
	return path, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// cutQuoted reads the quoted name that value starts with.
func cutQuoted(value string) (path, rest string, ok bool) {
	var out []byte
	for i := 1; i < len(value); i++ {
		switch c := value[i]; c {
		case '"':
			return string(out), value[i+1:], true
		case '\\':
			b, n := escape(value[i+1:])
			if n == 0 {
				return "", "", false
			}
			out = append(out, b)
			i += n
		default:
			out = append(out, c)
		}
	}
	return "", "", false
}

// escape reads what follows a backslash, and how many bytes it has; 0: none of git's.
func escape(s string) (b byte, n int) {
	if s == "" {
		return 0, 0
	}
	if i := strings.IndexByte(`abtnvfr"\`, s[0]); i >= 0 {
		return "\a\b\t\n\v\f\r\"\\"[i], 1
	}
	if len(s) < 3 {
		return 0, 0
	}
	code, err := strconv.ParseUint(s[:3], 8, 8)
	if err != nil {
		return 0, 0
	}
	return byte(code), 3
}
