# What an edit means for code that is loaded: which functions get other code, or
# that it takes more than that.


class Unpatchable(Exception):
    """A change outside of the bodies of functions."""


class Plan:
    """A file as top-level statements, each of which can be compiled alone."""

    def __init__(self, name, data):
        self.name, self.data = name, data
        if b"\r" in self.data or self.data.startswith(b"\xef\xbb\xbf"):
            raise Unpatchable
        tree = ast.parse(self.data)
        self.lines = [0]
        for line in self.data.splitlines(keepends=True) if b"\f" not in self.data else ():
            self.lines.append(self.lines[-1] + len(line))
        self.flags = 0
        self.parts = []
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                for alias in node.names:
                    self.flags |= FLAGS[alias.name]
            first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", ())])
            self.parts.append((first, node.end_lineno))
        self.compiled = {}

    def compile(self, text, first):
        source = b"\n" * (first - 1) + text
        return compile(source, os.path.join(WORK, self.name), "exec", self.flags, dont_inherit=True)

    def differing(self, changes):
        parts = {}
        for change in changes:
            parts.setdefault(self.part(change), []).append(change)
        for (first, last), of in parts.items():
            start, end = self.lines[first - 1], self.lines[last]
            text = self.data[start:end]
            if (first, last) not in self.compiled:
                self.compiled[first, last] = self.compile(text, first)
            yield from differing(self.compiled[first, last], self.compile(splice(text, of, start), first))

    def part(self, change):
        start, end = change["start"], change["start"] + len(change["before"].encode())
        for first, last in self.parts:
            if last < len(self.lines) and self.lines[first - 1] <= start and end <= self.lines[last]:
                return first, last
        raise Unpatchable


def place(code):
    return os.path.join(WORK, code.co_filename), code.co_name, code.co_firstlineno


def codes(code):
    return [c for c in code.co_consts if isinstance(c, types.CodeType)]


def shape(code):
    """What a code object does, lines aside, and without the functions in it."""
    consts = [(type(c), repr(c)) for c in code.co_consts if not isinstance(c, types.CodeType)]
    return (code.co_code, consts, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
            code.co_flags, code.co_argcount, code.co_kwonlyargcount, getattr(code, "co_exceptiontable", b""))


def same(old, new):
    return shape(old) == shape(new) and len(codes(old)) == len(codes(new)) and all(map(same, codes(old), codes(new)))


def differing(old, new):
    """Pairs of functions that differ, below two pieces of code that run at import."""
    if shape(old) != shape(new) or [c.co_name for c in codes(old)] != [c.co_name for c in codes(new)]:
        raise Unpatchable
    for one, other in zip(codes(old), codes(new)):
        if same(one, other):
            continue
        if one.co_flags & 3 == 3:  # CO_OPTIMIZED and CO_NEWLOCALS: a function
            if signature(one) != signature(other):
                raise Unpatchable
            yield one, other
        else:
            yield from differing(one, other)


def signature(code):
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return code.co_argcount, code.co_kwonlyargcount, getattr(code, "co_posonlyargcount", 0), code.co_flags & 12, code.co_varnames[:arguments]
