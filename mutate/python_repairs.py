# Edits for who looks for a fix: the operators themselves, whose inverses they
# mostly are, then what they cannot undo: parts added back, and expressions and
# statements from elsewhere ("plastic surgery": the fix of a bug is often
# somewhere in the program already, Barr et al., FSE 2014; templates after
# TBar, Liu et al., ISSTA 2019). The most plausible stand first.
import builtins

NEAR = 8  # donors tried at one place
REPAIRS = []


def repair(name, *kinds):
    def register(find):
        REPAIRS.append((name, kinds, find))
        return find
    return register


def repairs(answer, source, place, each):
    nodes = [n for n in source.nodes if place["first"] <= getattr(n, "lineno", 0) <= place["last"]]
    part = Answer(answer.sources, min(each, answer.limit - len(answer.edits)))
    part.seen = answer.seen
    scopes = {}
    for name, kinds, find in [o for o in OPERATORS if o[0] in INVERTIBLE] + REPAIRS + [o for o in OPERATORS if o[0] not in INVERTIBLE]:
        for node in nodes:
            if isinstance(node, kinds) and not part.full():
                function = node if isinstance(node, FUNCTIONS) else source.above(node, FUNCTIONS)
                if function not in scopes:
                    scopes[function] = Scope(answer.sources, source, function)
                found = find(source, node, scopes[function]) if (name, kinds, find) in REPAIRS else find(source, node)
                for changes in found:
                    part.add(name, source, node, changes)
    answer.edits += part.edits


INVERTIBLE = {"eq-flip", "rel-boundary", "rel-change", "logic-change", "arith-change", "bit-change", "operand-swap", "unary-drop",
              "const-change", "bool-flip", "if-negate", "ternary-swap", "break-continue", "slice-bound", "arg-swap", "call-change"}


class Scope:
    """The names that a function sees, and donors from near to far."""

    def __init__(self, sources, source, function):
        self.locals, self.known = [], set(dir(builtins))
        for node in ast.walk(function) if function else ():
            name = getattr(node, "arg", None) or (node.id if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) else None)
            if isinstance(node, (ast.arg, ast.Name)) and name and name not in self.locals:
                self.locals.append(name)
        self.known.update(self.locals)
        self.known.update(bound(source))
        self.found = {"test": [], "statement": [], "value": []}
        others = [s for s in sources.values() if s is not source]
        own = [(source, n) for n in (ast.walk(function) if function else ())]
        for s, node in own + [(source, n) for n in source.nodes] + [(s, n) for s in others for n in s.nodes]:
            self.collect(s, node)
        self.found = {kind: list(dict.fromkeys(texts)) for kind, texts in self.found.items()}

    def collect(self, source, node):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            self.keep("test", source, node.test)
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self.keep("test", source, value)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.Expr)):
            self.keep("statement", source, node)
            value = getattr(node, "value", None)
            if value is not None:
                self.keep("value", source, value)
        if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and isinstance(node.body[0], (ast.Return, ast.Raise, ast.Continue, ast.Break)):
            self.keep("statement", source, node)
        if isinstance(node, ast.Call):
            for value in node.args:
                self.keep("value", source, value)

    def keep(self, kind, source, node):
        if len(self.found[kind]) > 2000 or isinstance(node, (ast.Constant, ast.Starred, ast.JoinedStr)):
            return
        if isinstance(node, ast.If):
            text = b"if " + source.text(node.test) + b": " + source.text(node.body[0])
        else:
            text = source.text(node)
        if len(text) > 120 or b"\n" in text or b"\r" in text or isinstance(getattr(node, "value", None), ast.Constant) and isinstance(node, ast.Expr):
            return
        unknown = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - self.known
        if not unknown:
            self.found[kind].append(text)
        elif len(unknown) == 1:
            word = re.compile(rb"(?<![\w.])" + unknown.pop().encode() + rb"\b")
            self.found[kind] += [word.sub(name.encode(), text) for name in self.locals[:2]]

    def near(self, kind, text=b""):
        return [t for t in self.found[kind] if t != text][:NEAR]


def bound(source):
    """The names that a module binds."""
    for node in source.tree.body:
        if isinstance(node, SCOPES):
            yield node.name
        for alias in getattr(node, "names", ()) if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
            yield alias.asname or alias.name.split(".")[0]
        for name in ast.walk(node) if isinstance(node, (ast.Assign, ast.AnnAssign)) else ():
            if isinstance(name, ast.Name):
                yield name.id


def in_place(source, node, texts):
    for text in texts:
        yield [(source.start(node), source.end(node), text)]


def is_value(source, node):
    """Whether a node is an expression that is read, and can be put another way."""
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and not isinstance(source.parents[node], (ast.Attribute, ast.Expr, ast.keyword))


@repair("offset-add", ast.Name, ast.Attribute, ast.Call, ast.BinOp)
def offset_add(source, node, scope):
    parent = source.parents[node]
    if is_value(source, node) and (isinstance(parent, (ast.Compare, ast.Slice, ast.Return, ast.BinOp)) or isinstance(parent, ast.Call) and node in parent.args):
        text = source.text(node)
        yield from in_place(source, node, (text + b" + 1", text + b" - 1"))


@repair("not-add", ast.Name, ast.Attribute, ast.Call, ast.Compare)
def not_add(source, node, scope):
    parent = source.parents[node]
    if isinstance(parent, (ast.BoolOp, ast.Return, ast.comprehension)) and is_value(source, node):
        yield from in_place(source, node, [negated(source, node)])


@repair("minus-add", ast.Name, ast.Attribute, ast.Call, ast.Constant)
def minus_add(source, node, scope):
    parent = source.parents[node]
    number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    if number or not isinstance(node, ast.Constant) and isinstance(parent, (ast.Return, ast.BinOp)) and is_value(source, node):
        yield from in_place(source, node, [b"-" + source.text(node)])


@repair("slice-add", ast.Slice)
def slice_add(source, node, scope):
    text = source.text(node)
    if node.lower is None:
        yield from in_place(source, node, [b"1" + text])
    if node.upper is None and node.step is None:
        yield from in_place(source, node, [text + b"-1", text + b":-1"])


@repair("test-replace", ast.If, ast.While, ast.IfExp)
def test_replace(source, node, scope):
    yield from in_place(source, node.test, scope.near("test", source.text(node.test)))


@repair("test-add", ast.If, ast.While, ast.IfExp)
def test_add(source, node, scope):
    text = source.text(node.test)
    whole = b"(" + text + b")" if isinstance(node.test, (ast.BoolOp, ast.IfExp)) else text
    for other in scope.near("test", text):
        yield from in_place(source, node.test, (whole + b" and (" + other + b")", whole + b" or (" + other + b")"))


@repair("name-replace", ast.Name)
def name_replace(source, node, scope):
    if isinstance(node.ctx, ast.Load):
        yield from in_place(source, node, [n.encode() for n in scope.locals if n != node.id][:NEAR])


@repair("attr-replace", ast.Attribute)
def attr_replace(source, node, scope):
    base = source.text(node.value)
    seen = (n.attr for n in source.nodes if isinstance(n, ast.Attribute) and source.text(n.value) == base)
    yield from in_place(source, node, [base + b"." + attr.encode() for attr in dict.fromkeys(seen) if attr != node.attr][:NEAR])


@repair("const-replace", ast.Constant)
def const_replace(source, node, scope):
    same = (n for n in source.nodes if isinstance(n, ast.Constant) and type(n.value) is type(node.value) and not is_docstring(source, n))
    if not is_docstring(source, node):
        yield from in_place(source, node, [t for t in dict.fromkeys(source.text(n) for n in same) if len(t) < 60][:3 * NEAR])


@repair("expr-replace", ast.Return, ast.Assign, ast.AugAssign, ast.Call)
def expr_replace(source, node, scope):
    values = node.args if isinstance(node, ast.Call) else [node.value] if node.value else []
    for value in values:
        if not isinstance(value, (ast.Starred, ast.GeneratorExp)):
            names = [n.encode() for n in scope.locals[:NEAR]]
            yield from in_place(source, value, names + scope.near("value", source.text(value)))


@repair("call-wrap", ast.Name, ast.Call, ast.Attribute, ast.Subscript)
def call_wrap(source, node, scope):
    parent = source.parents[node]
    if not is_value(source, node) or isinstance(parent, ast.Call) and parent.func is node:
        return
    calls = (n.func.id for n in source.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and len(n.args) == 1)
    for name in list(dict.fromkeys(calls))[:NEAR]:
        yield from in_place(source, node, [name.encode() + b"(" + source.text(node) + b")"])


@repair("method-add", ast.Name, ast.Call, ast.Subscript)
def method_add(source, node, scope):
    calls = (n for n in source.nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and source.text(n).count(b"\n") == 0)
    tails = (source.data[source.end(n.func.value):source.end(n)] for n in calls if all(isinstance(a, ast.Constant) for a in n.args) and not n.keywords)
    if is_value(source, node) and not (isinstance(source.parents[node], ast.Call) and source.parents[node].func is node):
        yield from in_place(source, node, [source.text(node) + tail for tail in list(dict.fromkeys(tails))[:NEAR]])


@repair("arg-add", ast.Call)
def arg_add(source, node, scope):
    callee, at = source.text(node.func), source.end(node) - 1
    lead = b", " if node.args or node.keywords else b""
    others = (k for n in source.nodes if isinstance(n, ast.Call) and source.text(n.func) == callee for k in n.keywords if k.arg)
    texts = [k.arg.encode() + b"=" + source.text(k.value) for k in others] + ([] if node.keywords else [n.encode() for n in scope.locals[:NEAR]])
    for text in list(dict.fromkeys(texts))[:NEAR]:
        yield [(at, at, lead + text)]


@repair("accumulate-add", ast.Assign)
def accumulate_add(source, node, scope):
    if len(node.targets) == 1 and isinstance(node.targets[0], (ast.Name, ast.Attribute, ast.Subscript)):
        yield from swapped_word(source, node.targets[0], node.value, "=", {"=": ["+=", "-="]})


@repair("guard-wrap", *SIMPLE + (ast.Return, ast.Raise))
def guard_wrap(source, node, scope):
    for test in scope.near("test"):
        yield from in_place(source, node, [b"if " + test + b": " + source.text(node)])


@repair("stmt-insert", ast.stmt)
def stmt_insert(source, node, scope):
    start, indent = source.line_start(source.start(node)), source.indent(node)
    if start is None or isinstance(node, SCOPES) or not source.name(node):
        return
    texts = scope.near("statement")
    for text in texts:
        yield [(start, start, indent + text + source.newline())]
    end = source.line_end(source.end(node))
    if node is source.block(node)[-1] and end is not None:
        for text in [b"return " + n.encode() for n in scope.locals[:NEAR]] + texts + [b"break", b"continue"]:
            yield [(end, end, indent + text + source.newline())]


@repair("decorator-add", *FUNCTIONS)
def decorator_add(source, node, scope):
    start, indent = source.line_start(source.start(node)), source.indent(node)
    seen = (source.text(d) for n in source.nodes if isinstance(n, SCOPES) for d in n.decorator_list)
    for text in list(dict.fromkeys([b"property", b"staticmethod", b"classmethod"] + list(seen)))[:NEAR] if start is not None else ():
        yield [(start, start, indent + b"@" + text + source.newline())]


@repair("body-replace", *FUNCTIONS)
def body_replace(source, node, scope):
    """Another function's body, its parameters named as here, where there is none."""
    body = body_of(node)
    if len(body) != 1 or not isinstance(body[0], (ast.Pass, ast.Raise, ast.Return)):
        return
    names = [a.arg for a in node.args.args]
    own = [n.encode() for n in names if n not in ("self", "cls")]
    yield from in_place(source, body[0], [b"return " + n for n in own] + [b"return " + v for v in scope.near("value")])
    likely = (n for n in source.nodes if isinstance(n, FUNCTIONS) and n is not node and len(n.args.args) == len(names) and source.indent(n) == source.indent(node))
    for other in sorted(likely, key=lambda n: (-len(set(names) & {a.arg for a in n.args.args}), source.start(n)))[:3 * NEAR]:
        text = source.data[source.start(body_of(other)[0]):source.end(other)] if body_of(other) else b"pass"
        for old, new in zip(other.args.args, names):
            text = re.sub(rb"(?<![\w.])" + old.arg.encode() + rb"\b", new.encode(), text)
        yield from in_place(source, body[0], [text])
