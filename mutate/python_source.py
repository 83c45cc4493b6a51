# The part of the script that every other part stands on: one source file with
# exact byte offsets, and the check that an edit compiles. Run in a sandbox, by
# Python 3.8 or later, with nothing but the standard library.
import ast
import base64
import bisect
import io
import json
import re
import sys
import tokenize
import warnings

LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = FUNCTIONS + (ast.ClassDef,)
BLOCKS = ("body", "orelse", "finalbody")

# How many bytes are compiled to try the edits of one statement. In a table of
# thousands of lines each edit would cost as much as the table is long.
MOST_COMPILED = 8_000_000


class Unreadable(Exception):
    """A file that is not Python as this interpreter knows it, or not UTF-8."""


class Source:
    """A file, its tree, and where the nodes of the tree stand in its bytes.

    The offsets of ast count UTF-8 bytes of a line, after a byte order mark.
    Line ends may be of any of the three kinds, as the tokenizer has them; form
    feeds are white space. Literals with f in front are one node here: before
    Python 3.12 what stands in them has no true place.
    """

    def __init__(self, path, data):
        self.path, self.data = path, data
        self.bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        try:
            coding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
            data.decode("utf-8")
            self.tree = ast.parse(data)
            compile(data, path, "exec", dont_inherit=True)  # a break without a loop parses
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as problem:
            raise Unreadable(str(problem))
        if coding.lower().replace("_", "-") not in ("utf-8", "utf-8-sig", "ascii", "us-ascii"):
            raise Unreadable("encoding " + coding)
        self.lines = [0]
        for line in LINE.finditer(data):
            self.lines.append(line.end())
        self.parents, self.nodes, self.children, self.compiled = {}, [], {}, {}
        self.visit(self.tree, None)

    def visit(self, root, parent):
        stack = [(root, parent)]
        while stack:
            node, parent = stack.pop()
            self.parents[node] = parent
            self.nodes.append(node)
            if not isinstance(node, ast.JoinedStr):
                stack += [(child, node) for child in reversed(list(ast.iter_child_nodes(node)))]

    def offset(self, line, column):
        return self.lines[line - 1] + column + (self.bom if line == 1 else 0)

    def start(self, node):
        if getattr(node, "decorator_list", None):
            first = node.decorator_list[0]
            return self.data.rindex(b"@", 0, self.offset(first.lineno, first.col_offset))
        return self.offset(node.lineno, node.col_offset)

    def end(self, node):
        return self.offset(node.end_lineno, node.end_col_offset)

    def text(self, node):
        return self.data[self.start(node):self.end(node)]

    def line_start(self, at):
        """The start of the line at, or None where other code stands before it."""
        start = max(self.data.rfind(b"\n", 0, at), self.data.rfind(b"\r", 0, at)) + 1
        start = max(start, self.bom)
        return start if not self.data[start:at].strip(b" \t\f") else None

    def line_end(self, at):
        """The end of the line at, or None where other code follows."""
        rest = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?(\r\n|\r|\n|$)").match(self.data, at)
        return rest.end() if rest else None

    def extent(self, node):
        """The bytes of a statement: whole lines, where it has them to itself."""
        start, end = self.line_start(self.start(node)), self.line_end(self.end(node))
        if start is None or end is None:
            return self.start(node), self.end(node)
        return start, end

    def indent(self, node):
        start = self.line_start(self.start(node))
        return None if start is None else self.data[start:self.start(node)]

    def newline(self):
        found = re.search(rb"\r\n|\r|\n", self.data)
        return found.group() if found else b"\n"

    def above(self, node, kinds):
        """The nearest node of some kinds around node, or None."""
        node = self.parents.get(node)
        while node is not None and not isinstance(node, kinds):
            node = self.parents.get(node)
        return node

    def statement(self, node):
        return node if isinstance(node, ast.stmt) else self.above(node, ast.stmt)

    def name(self, node):
        """The function around node: "name", "Class.name", or "" outside of any."""
        scope = node if isinstance(node, FUNCTIONS) else self.above(node, FUNCTIONS)
        if scope is None:
            return ""
        names = []
        while scope is not None:
            names.append(scope.name)
            scope = self.above(scope, SCOPES)
        return ".".join(reversed(names))

    def block(self, statement):
        """The list of statements that statement stands in."""
        parent = self.parents[statement]
        for field in BLOCKS:
            if statement in (getattr(parent, field, None) or ()):
                return getattr(parent, field)
        return [statement]

    def between(self, left, right):
        """What stands between two nodes, comments blanked, and its offset."""
        start, end = self.end(left), self.start(right)
        return start, re.sub(rb"#[^\r\n]*", lambda m: b" " * len(m.group()), self.data[start:end])

    def compiles(self, changes):
        """Whether the file still compiles with some (start, end, text) in place."""
        low, high = min(c[0] for c in changes), max(c[1] for c in changes)
        part = self.enclosing(low, high)
        if self.compiled.get(part, 0) > MOST_COMPILED:
            return False  # not even spliced: that takes as long as the table is
        text = self.changed(part, changes)
        if re.search(rb"\b(break|continue|nonlocal|global|yield|await|match)\b", text):
            part = self.outermost(part)
            text = self.changed(part, changes)
        self.compiled[part] = self.compiled.get(part, 0) + len(text)
        return self.compiled[part] <= MOST_COMPILED and compiles(self.wrapped(part, text))

    def outermost(self, statement):
        """The outermost function around a statement, or else the outermost statement."""
        while self.above(statement, FUNCTIONS) is not None:
            statement = self.above(statement, FUNCTIONS)
        while not isinstance(statement, FUNCTIONS) and self.above(statement, ast.stmt) is not None:
            statement = self.above(statement, ast.stmt)
        return statement

    def inner(self, node):
        """The statements directly below a node, those in handlers and cases included; an elif is none."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt) and not self.data.startswith(b"elif", self.start(child)):
                yield child
            elif not isinstance(child, ast.expr):
                yield from self.inner(child)

    def enclosing(self, low, high):
        """The smallest statement that holds two offsets, or the whole module."""
        part = self.tree
        while True:
            children, ends = self.below(part)
            first = bisect.bisect_left(ends, high)
            for child in children[first:first + 2]:
                start, end = self.extent(child)
                if start <= low and (start, end) != (low, high):
                    part = child
                    break
            else:
                return part

    def below(self, node):
        """What inner yields, in the order of the lines, and where each of it ends."""
        if node not in self.children:
            children = list(self.inner(node))
            self.children[node] = children, [self.extent(child)[1] for child in children]
        return self.children[node]

    def touched(self, changes):
        """From the first to the last statement of the module that changes touch."""
        low, high = min(c[0] for c in changes), max(c[1] for c in changes)
        children, ends = self.below(self.tree)
        first = [self.extent(child)[0] for child in children[bisect.bisect_left(ends, low):][:1]]
        return min(first + [low]), max(ends[bisect.bisect_left(ends, high):][:1] + [high])

    def changed(self, part, changes):
        start, end = self.touched(changes) if isinstance(part, ast.Module) else self.extent(part)
        pieces, at = [], start
        for low, high, text in sorted(changes):
            pieces += [self.data[at:low], text]
            at = high
        return b"".join(pieces) + self.data[at:end]

    def wrapped(self, part, text):
        if isinstance(part, ast.Module):
            return text
        function = self.above(part, FUNCTIONS)
        if self.indent(part) == b"" or isinstance(self.parents[part], ast.Module):
            return text
        head = b"if 1:" if function is None else b"async def _():" if isinstance(function, ast.AsyncFunctionDef) else b"def _():"
        if self.indent(part) is None:
            text = b" " + text
        return head + b"\n" + text


def compiles(text):
    try:
        compile(text, "edit", "exec", dont_inherit=True)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
