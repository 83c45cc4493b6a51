package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/verify"
)

// TestReportsAreDocumented holds docs/report.md against the types.
func TestReportsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "report.md"))
	require.NoError(t, err)
	for _, report := range []any{verify.Report{}, verify.Grade{}, diagnosis{}, selfplay.Round{}, replay{}, probed{}} {
		for _, name := range fieldNames(reflect.TypeOf(report)) {
			documented := regexp.MustCompile("`([a-z_]+\\[\\]\\.)?" + name + "(\\[\\])?`")
			require.True(t, documented.Match(text), "docs/report.md does not mention %s of %T", name, report)
		}
	}
}

// fieldNames lists the names that a type has in JSON, with those inside it.
func fieldNames(of reflect.Type) (names []string) {
	switch of.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		return fieldNames(of.Elem())
	case reflect.Struct:
		for field := range of.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" && !field.Anonymous || name == "-" {
				continue // not in JSON, or sandbox.Limits, which report.md names as a whole
			}
			if name != "" {
				names = append(names, name)
			}
			names = append(names, fieldNames(field.Type)...)
		}
	}
	return names
}
