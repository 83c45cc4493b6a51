package baseline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
)

const pythonTests = `import pytest

TEXT = """
def test_one():
    no code
"""


@pytest.mark.parametrize("x", [
    1,
2])
def test_one(x):
    assert x  # why

    if x:
        assert """
text at the margin
"""


def test_two(): assert True

class TestAll:
    def test_a(self):
        assert 1

    # about b
    async def test_b(self):
        assert (1 +
1)

class TestOne:
    """Of one test."""

class TestLast:
    @pytest.mark.skipif(False,
        reason="")
    def test_a(self):
        assert 1
`

func TestWeakenPythonTakesOutAFunctionWithItsDecorators(t *testing.T) {
	weak := string(weakenPython([]byte(pythonTests), []string{"test_two"}))
	require.Contains(t, weak, "text at the margin\n\"\"\"\n\n\nclass TestAll:")
	require.NotContains(t, weak, "test_two")
	weak = string(weakenPython([]byte(pythonTests), []string{"TestAll.test_b"}))
	require.Contains(t, weak, "        assert 1\n\n    # about b\nclass TestOne:")
}

func TestWeakenPythonTakesOutAClassThatWouldBeEmpty(t *testing.T) {
	weak := string(weakenPython([]byte(pythonTests), []string{"TestLast.test_a"}))
	require.NotContains(t, weak, "TestLast")
	require.Contains(t, weak, "TestOne")
	weak = string(weakenPython([]byte(pythonTests), []string{"TestAll.test_a", "TestAll.test_b"}))
	require.NotContains(t, weak, "TestAll")
	require.Contains(t, weak, "TestLast")
}

func TestWeakenPythonLeavesWhatItCannotTakeOut(t *testing.T) {
	require.Nil(t, weakenPython([]byte(pythonTests), []string{"test_one"}), "the name is in a string, too")
	require.Nil(t, weakenPython([]byte(pythonTests), []string{"TestAll.test_c"}))
	require.Nil(t, weakenPython([]byte("if x:\n    def test(): pass\n"), []string{"test"}), "the branch would be empty")
}

func TestPythonNames(t *testing.T) {
	tests := []survey.Test{{Name: "tests/test_x.py::TestC::test_m[a::b]"}, {Name: "test_x.py::test_f"}}
	require.Equal(t, []string{"TestC.test_m", "test_f"}, pythonNames(tests, survey.Pytest))
	require.Equal(t, []string{"TestC.test_m"}, pythonNames([]survey.Test{{Name: "tests.test_x.TestC.test_m"}}, survey.Unittest))
}

func FuzzWeakenPython(f *testing.F) {
	f.Add([]byte(pythonTests), "test_one")
	f.Add([]byte("def f(\\"), "f")
	f.Fuzz(func(t *testing.T, source []byte, name string) {
		if weak := weakenPython(source, []string{name}); len(weak) > len(source) {
			t.Errorf("%q grew to %q", source, weak)
		}
	})
}
