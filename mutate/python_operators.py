# The operators: each a generator that is given a source and a node of the kinds
# it is registered for, and yields lists of (start, end, text).
OPERATORS = []


def operator(name, *kinds):
    def register(find):
        OPERATORS.append((name, kinds, find))
        return find
    return register


def edits(answer, source):
    for node in source.nodes:
        for name, kinds, find in OPERATORS:
            if isinstance(node, kinds) and not answer.full():
                for changes in find(source, node):
                    answer.add(name, source, node, changes)
        if isinstance(node, FUNCTIONS):
            answer.add_all("function-remove", source, node, without_function(answer.sources.values(), source, node))


WORDS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in", ast.And: "and", ast.Or: "or",
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}
FLIPPED = {"==": ["!="], "!=": ["=="], "is": ["is not"], "is not": ["is"], "in": ["not in"], "not in": ["in"]}
BOUNDARY = {"<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"]}
RELATION = {"<": [">", ">="], "<=": [">=", ">"], ">": ["<", "<="], ">=": ["<=", "<"]}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["//", "+"], "/": ["*", "//"], "//": ["*", "/"], "%": ["//"], "**": ["*"]}
BITS = {"&": ["|"], "|": ["&"], "^": ["&"], "<<": [">>"], ">>": ["<<"]}


def swapped_word(source, left, right, word, table):
    """Puts another operator between two operands."""
    at, gap = source.between(left, right)
    found = re.search(word.replace(" ", r"(?:\s|\\)+").encode() if word[0].isalpha() else re.escape(word).encode(), gap)
    for other in table.get(word, ()) if found else ():
        yield [(at + found.start(), at + found.end(), other.encode())]


def compared(source, node, table):
    operands = [node.left] + node.comparators
    for left, op, right in zip(operands, node.ops, operands[1:]):
        yield from swapped_word(source, left, right, WORDS[type(op)], table)


@operator("eq-flip", ast.Compare)
def eq_flip(source, node):
    yield from compared(source, node, FLIPPED)


@operator("rel-boundary", ast.Compare)
def rel_boundary(source, node):
    yield from compared(source, node, BOUNDARY)


@operator("rel-change", ast.Compare)
def rel_change(source, node):
    yield from compared(source, node, RELATION)


@operator("chain-break", ast.Compare)
def chain_break(source, node):
    if len(node.ops) > 1:
        yield [(source.end(node.comparators[-2]), source.end(node.comparators[-1]), b"")]
        yield [(source.start(node.left), source.start(node.comparators[0]), b"")]


@operator("logic-change", ast.BoolOp)
def logic_change(source, node):
    word = WORDS[type(node.op)]
    changes = []
    for left, right in zip(node.values, node.values[1:]):
        changes += next(swapped_word(source, left, right, word, {"and": ["or"], "or": ["and"]}), [])
    if len(changes) == len(node.values) - 1:
        yield changes


@operator("logic-drop", ast.BoolOp)
def logic_drop(source, node):
    """An operand goes with the word that joins it, and with its parentheses."""
    word = re.compile(rb"\b" + WORDS[type(node.op)].encode() + rb"\b")
    places = [source.between(left, right) for left, right in zip(node.values, node.values[1:])]
    words = [(at + found.start(), at + found.end()) for at, gap in places for found in [word.search(gap)] if found]
    if len(words) == len(places):
        after = re.compile(rb"\s*").match(source.data, words[0][1]).end()
        yield [(source.start(node), after, b"")]
        for (low, _), (high, _) in zip(words, words[1:]):
            yield [(low, high, b"")]
        before = source.data[:words[-1][0]].rstrip()
        yield [(len(before), source.end(node), b"")]


@operator("arith-change", ast.BinOp, ast.AugAssign)
def arith_change(source, node):
    yield from calculated(source, node, ARITHMETIC)


@operator("bit-change", ast.BinOp, ast.AugAssign)
def bit_change(source, node):
    yield from calculated(source, node, BITS)


def calculated(source, node, table):
    word = WORDS[type(node.op)]
    if isinstance(node, ast.BinOp):
        yield from swapped_word(source, node.left, node.right, word, table)
    else:
        yield from swapped_word(source, node.target, node.value, word + "=", {word + "=": [w + "=" for w in table.get(word, ())]})


@operator("accumulate-drop", ast.AugAssign)
def accumulate_drop(source, node):
    word = WORDS[type(node.op)] + "="
    yield from swapped_word(source, node.target, node.value, word, {word: ["="]})


@operator("operand-swap", ast.BinOp, ast.Compare)
def operand_swap(source, node):
    if isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)):
        yield from swapped(source, node.left, node.right)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and not isinstance(node.ops[0], (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
        yield from swapped(source, node.left, node.comparators[0])


def swapped(source, one, other):
    yield [(source.start(one), source.end(one), source.text(other)), (source.start(other), source.end(other), source.text(one))]


def dropped(source, nodes):
    """Drops one of several nodes, with what separates it from its neighbour."""
    if len(nodes) < 2:
        return
    for i, node in enumerate(nodes):
        if i + 1 < len(nodes):
            yield [(source.start(node), source.start(nodes[i + 1]), b"")]
        else:
            yield [(source.end(nodes[i - 1]), source.end(node), b"")]


@operator("unary-drop", ast.UnaryOp)
def unary_drop(source, node):
    if not isinstance(node.op, ast.UAdd):
        yield [(source.start(node), source.start(node.operand), b"")]
        if source.data[source.end(node.operand):source.end(node)].strip():
            yield [(source.start(node), source.end(node), source.text(node.operand))]


def is_docstring(source, node):
    return isinstance(source.parents[node], ast.Expr)


@operator("const-change", ast.Constant)
def const_change(source, node):
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or isinstance(value, float) and value - value != 0:
        return
    for other in dict.fromkeys((value + 1, value - 1, 0)):
        if other != value and other >= 0 and len(repr(other)) < 40:
            yield [(source.start(node), source.end(node), repr(other).encode())]


@operator("bool-flip", ast.Constant)
def bool_flip(source, node):
    if isinstance(node.value, bool):
        yield [(source.start(node), source.end(node), repr(not node.value).encode())]


STRING = re.compile(rb"(?s)(?i:[rub]{0,2})('''|\"\"\"|'|\")(.*)\1\Z")


@operator("string-typo", ast.Constant)
def string_typo(source, node):
    if not isinstance(node.value, (str, bytes)) or is_docstring(source, node):
        return
    start, found = source.start(node), STRING.match(source.text(node))
    if not found or b"\\" in found[2] or len(found[2]) > 200 or found[1] in found[2]:
        return  # escapes, and several literals in a row
    low, high = start + found.start(2), start + found.end(2)
    if low == high:
        yield [(low, high, b"x")]
        return
    text = found[2].decode()
    yield [(low, high, text[:-1].encode())]
    if len(text) > 1 and text[0] != text[1]:
        yield [(low, high, (text[1] + text[0] + text[2:]).encode())]


def negated(source, test):
    text = source.text(test)
    plain = isinstance(test, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant))
    return b"not " + (text if plain else b"(" + text + b")")


@operator("if-negate", ast.If, ast.While, ast.IfExp)
def if_negate(source, node):
    if not isinstance(node.test, ast.UnaryOp):
        yield [(source.start(node.test), source.end(node.test), negated(source, node.test))]


@operator("if-true", ast.If, ast.IfExp)
def if_true(source, node):
    yield [(source.start(node.test), source.end(node.test), b"True")]


@operator("if-false", ast.If, ast.While, ast.IfExp)
def if_false(source, node):
    yield [(source.start(node.test), source.end(node.test), b"False")]


@operator("ternary-swap", ast.IfExp)
def ternary_swap(source, node):
    yield from swapped(source, node.body, node.orelse)


@operator("filter-drop", ast.comprehension)
def filter_drop(source, node):
    before = [node.iter] + node.ifs
    for left, test in zip(before, node.ifs):
        at, gap = source.between(left, test)
        found = re.search(rb"\bif\b", gap)
        if found:
            yield [(at + found.start(), source.end(test), b"if True")]


def removed(source, node):
    """Removes a statement, or leaves a pass where the block would be empty."""
    start, end = source.extent(node)
    alone = len(source.block(node)) == 1 or (start, end) == (source.start(node), source.end(node))
    yield [(source.start(node), source.end(node), b"pass")] if alone else [(start, end, b"")]


@operator("stmt-remove", ast.Expr, ast.Delete)
def stmt_remove(source, node):
    if not isinstance(getattr(node, "value", None), ast.Constant):
        yield from removed(source, node)


@operator("assign-remove", ast.Assign, ast.AugAssign, ast.AnnAssign)
def assign_remove(source, node):
    yield from removed(source, node)


@operator("if-remove", ast.If)
def if_remove(source, node):
    if source.data.startswith(b"if", source.start(node)):  # not an elif
        yield from removed(source, node)


@operator("loop-remove", ast.For, ast.While, ast.AsyncFor)
def loop_remove(source, node):
    yield from removed(source, node)


@operator("raise-remove", ast.Raise)
def raise_remove(source, node):
    yield from removed(source, node)


@operator("assert-remove", ast.Assert)
def assert_remove(source, node):
    yield from removed(source, node)


@operator("return-remove", ast.Return)
def return_remove(source, node):
    yield from removed(source, node)


@operator("with-unwrap", ast.With)
def with_unwrap(source, node):
    if all(item.optional_vars is None for item in node.items):
        yield [(source.start(node), source.start(node.body[0]), b"if True:" + opening(source, node.body[0]))]


def opening(source, first):
    """The white space between a header's colon and the first statement."""
    line = source.line_start(source.start(first))
    return b" " if line is None else source.newline() + source.data[line:source.start(first)]


@operator("else-remove", ast.If, ast.For, ast.While, ast.Try)
def else_remove(source, node):
    for field in ("orelse", "finalbody"):
        block = getattr(node, field, None)
        if not block or field == "orelse" and is_elif(source, node):
            continue
        last = (node.handlers or node.body)[-1] if isinstance(node, ast.Try) else node.body[-1]
        if field == "finalbody" and node.orelse:
            last = node.orelse[-1]
        at = source.line_end(source.end(last))
        until = source.line_end(source.end(block[-1]))
        if at is not None and until is not None:
            yield [(at, until, b"")]


def is_elif(source, node):
    first = node.orelse[0] if node.orelse else None
    return isinstance(node, ast.If) and isinstance(first, ast.If) and source.data.startswith(b"elif", source.start(first))


@operator("elif-remove", ast.If)
def elif_remove(source, node):
    if is_elif(source, node):
        inner = node.orelse[0]
        at = source.line_end(source.end(node.body[-1]))
        until = source.line_end(source.end(inner.body[-1]))
        if at is not None and until is not None:
            yield [(at, until, b"")]


@operator("except-remove", ast.ExceptHandler)
def except_remove(source, node):
    start, end = source.line_start(source.start(node)), source.line_end(source.end(node))
    if start is not None and end is not None:
        yield [(start, end, b"")]


@operator("except-pass", ast.ExceptHandler)
def except_pass(source, node):
    yield [(source.start(node.body[0]), source.end(node.body[-1]), b"pass")]


@operator("except-narrow", ast.ExceptHandler)
def except_narrow(source, node):
    if isinstance(node.type, ast.Tuple):
        yield from dropped(source, node.type.elts)


@operator("case-remove", getattr(ast, "Match", ()))
def case_remove(source, node):
    lines = [source.lines[case.pattern.lineno - 1] for case in node.cases]
    ends = [source.line_end(source.end(case.body[-1])) for case in node.cases]
    for start, end in zip(lines, ends) if len(lines) > 1 else ():
        if end is not None:
            yield [(start, end, b"")]


@operator("break-continue", ast.Break, ast.Continue)
def break_continue(source, node):
    yield [(source.start(node), source.end(node), b"continue" if isinstance(node, ast.Break) else b"break")]


@operator("decorator-remove", *SCOPES)
def decorator_remove(source, node):
    for decorator in node.decorator_list:
        at = source.data.rindex(b"@", 0, source.start(decorator))
        start, end = source.line_start(at), source.line_end(source.end(decorator))
        if start is not None and end is not None:
            yield [(start, end, b"")]


@operator("slice-bound", ast.Slice)
def slice_bound(source, node):
    for bound in (node.lower, node.upper, node.step):
        if bound is None:
            continue
        yield [(source.start(bound), source.end(bound), b"")]
        if not isinstance(bound, ast.Constant):
            yield [(source.end(bound), source.end(bound), b" + 1")]
            yield [(source.end(bound), source.end(bound), b" - 1")]


def arguments(node):
    return [a for a in node.args if not isinstance(a, ast.Starred)]


@operator("arg-swap", ast.Call)
def arg_swap(source, node):
    for one, other in zip(arguments(node), arguments(node)[1:]):
        yield from swapped(source, one, other)


@operator("arg-drop", ast.Call)
def arg_drop(source, node):
    if not node.keywords:
        yield from dropped(source, node.args)


@operator("keyword-drop", ast.Call)
def keyword_drop(source, node):
    before = list(node.args) + [k.value for k in node.keywords]
    for keyword in node.keywords:
        i = before.index(keyword.value)
        at = source.end(before[i - 1]) if i else None
        if at is not None and keyword.arg:
            yield [(at, source.end(keyword.value), b"")]


@operator("call-unwrap", ast.Call)
def call_unwrap(source, node):
    statement = source.parents[node]
    if len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)) and not isinstance(statement, ast.Expr):
        yield [(source.start(node), source.end(node), source.text(node.args[0]))]


@operator("method-drop", ast.Call)
def method_drop(source, node):
    if isinstance(node.func, ast.Attribute) and not isinstance(source.parents[node], ast.Expr):
        yield [(source.end(node.func.value), source.end(node), b"")]


TWINS = """min max, any all, startswith endswith, lower upper, lstrip rstrip, find rfind, index rindex,
split rsplit, partition rpartition, ljust rjust, append extend, appendleft append, popleft pop, add discard,
keys values, floor ceil, union intersection, isalpha isdigit, zip zip_longest, islice takewhile, iter list"""
TWIN = {}
for one, other in (pair.split() for pair in TWINS.split(",")):
    TWIN.setdefault(one, other)
    TWIN.setdefault(other, one)


@operator("call-change", ast.Call)
def call_change(source, node):
    func = node.func
    name = getattr(func, "id", getattr(func, "attr", None))
    if name in TWIN:
        yield [(source.end(func) - len(name.encode()), source.end(func), TWIN[name].encode())]


@operator("element-drop", ast.List, ast.Tuple, ast.Set)
def element_drop(source, node):
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and len(node.elts) <= 20:
        yield from dropped(source, node.elts)


@operator("return-none", ast.Return)
def return_none(source, node):
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield [(source.start(node.value), source.end(node.value), b"None")]


@operator("return-zero", ast.Return)
def return_zero(source, node):
    if node.value is not None and zero(node.value):
        yield [(source.start(node.value), source.end(node.value), zero(node.value))]


def zero(value):
    """The empty value of the kind that an expression shows."""
    if isinstance(value, (ast.List, ast.ListComp)):
        return b"[]"
    if isinstance(value, (ast.Dict, ast.DictComp)):
        return b"{}"
    if isinstance(value, ast.Tuple):
        return b"()"
    if isinstance(value, ast.JoinedStr) or isinstance(value, ast.Constant) and isinstance(value.value, str):
        return b'""'
    if isinstance(value, (ast.Compare, ast.BoolOp)):
        return b"False"
    if isinstance(value, ast.BinOp):
        return b"0"
    return b""


@operator("default-change", ast.arguments)
def default_change(source, node):
    for value in node.defaults + [d for d in node.kw_defaults if d is not None]:
        if isinstance(value, ast.Constant) and value.value is None:
            yield [(source.start(value), source.end(value), b"0")]
        elif not (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
            yield [(source.start(value), source.end(value), b"None")]


SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign)


@operator("stmt-swap", *SIMPLE)
def stmt_swap(source, node):
    block = source.block(node)
    i = block.index(node)
    following = block[i + 1] if i + 1 < len(block) else None
    if isinstance(following, SIMPLE) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield from swapped(source, node, following)


@operator("variable-swap", ast.Name)
def variable_swap(source, node):
    """Another parameter of the same function in place of one."""
    function = source.above(node, FUNCTIONS)
    if function is None or not isinstance(node.ctx, ast.Load):
        return
    names = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
    if node.id in names and len(names) > 1:
        other = names[(names.index(node.id) + 1) % len(names)]
        yield [(source.start(node), source.end(node), other.encode())]


@operator("type-check", ast.Call)
def type_check(source, node):
    if getattr(node.func, "id", "") in ("isinstance", "issubclass", "hasattr", "callable"):
        for text in (b"True", b"False"):
            yield [(source.start(node), source.end(node), text)]


def body_of(node):
    """The statements of a function after its docstring."""
    first = node.body[0]
    doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return node.body[1:] if doc else node.body


@operator("body-remove", *FUNCTIONS)
def body_remove(source, node):
    body = body_of(node)
    if body and not (len(body) == 1 and isinstance(body[0], (ast.Pass, ast.Raise))):
        for text in (b"raise NotImplementedError", b"return None"):
            yield [(source.start(body[0]), source.end(body[-1]), text)]
