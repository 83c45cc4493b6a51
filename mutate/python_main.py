# What is asked, and the answer: one JSON object each, on standard input and output.


class Answer:
    """The edits of one request, each tried before it is kept."""

    def __init__(self, sources, limit):
        self.sources, self.limit, self.edits, self.seen = sources, limit, [], set()

    def full(self):
        return len(self.edits) >= self.limit

    def add(self, operator, source, node, changes):
        """Keeps an edit of one file; changes are (start, end, text)."""
        self.add_all(operator, source, node, {source: changes})

    def add_all(self, operator, source, node, changes):
        changes = {s: sorted(c for c in of if s.data[c[0]:c[1]] != c[2]) for s, of in changes.items()}
        changes = {s: of for s, of in changes.items() if of}
        key = tuple((s.path, tuple(of)) for s, of in changes.items())
        if self.full() or not changes or key in self.seen:
            return
        self.seen.add(key)
        if not all(apart(of) and s.compiles(of) for s, of in changes.items()):
            return
        self.edits.append({
            "operator": operator, "file": source.path, "line": line_of(source, node), "func": source.name(node),
            "changes": [{"file": s.path, "start": low, "before": s.data[low:high].decode(), "after": text.decode()}
                        for s, of in sorted(changes.items(), key=lambda item: item[0].path) for low, high, text in of],
        })


def line_of(source, node):
    """The line of a node, or of the first around it that has one."""
    while not hasattr(node, "lineno"):
        node = source.parents[node]
    return node.lineno


def apart(changes):
    return all(a[1] <= b[0] for a, b in zip(changes, changes[1:]))


def functions(source):
    for node in source.nodes:
        if isinstance(node, FUNCTIONS):
            first = min([node.lineno] + [d.lineno for d in node.decorator_list])
            yield {"file": source.path, "name": source.name(node), "first": first, "last": node.end_lineno}


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(3000)
    request = json.load(sys.stdin)
    sources, unreadable = {}, {}
    for path, data in sorted(request["files"].items()):
        try:
            sources[path] = Source(path, base64.b64decode(data))
        except Unreadable as problem:
            unreadable[path] = str(problem)
    answer = Answer(sources, request["limit"])
    asked = [sources[path] for path in request["asked"] if path in sources]
    listed = []
    if request["what"] == "edits":
        for source in asked:
            edits(answer, source)
    elif request["what"] == "repairs":
        for place in request["places"]:
            if place["file"] in sources:
                repairs(answer, sources[place["file"]], place, request["each"])
    else:
        listed = [f for source in asked for f in functions(source)]
    json.dump({"edits": answer.edits, "functions": listed, "unreadable": unreadable}, sys.stdout)


main()
