# Answers comparisons (see python_test.go) by CPython's difflib.
import difflib, json, sys, time

cases = json.load(sys.stdin)
for c in cases:
    a, b = c["A"], c["B"]
    plain = difflib.SequenceMatcher(None, a, b, autojunk=False)
    start = time.perf_counter()
    c["Ratio"] = plain.ratio()
    c["Seconds"] = time.perf_counter() - start
    if sys.argv[1] == "ratio":
        continue
    c["Blocks"] = plain.get_matching_blocks()
    junk = difflib.SequenceMatcher(None, a, b)
    c["Junk"] = junk.get_matching_blocks()
    c["Opcodes"] = junk.get_opcodes()
    c["Lines"] = a.splitlines()
    c["Close"] = difflib.get_close_matches(b[:20], a.splitlines() + a.split(" "), 4, 0.3)
    c["Diff"] = list(difflib.unified_diff(a.splitlines(), b.splitlines(), n=c["Context"], lineterm=""))[2:]
json.dump(cases, sys.stdout)
