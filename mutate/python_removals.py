# Whole functions removed, and what mentions them repaired: calls that stand
# alone go with the function, other mentions become None, and imports and
# __all__ lose the name. Mentions through an object of unknown type stay: Python
# says only when it runs what they mean.


def without_function(sources, source, node):
    """The changes by file, none where the name means more than the function."""
    if len(source.block(node)) == 1 or node.name.startswith("__"):
        return {}
    start, end = source.extent(node)
    blank = re.compile(rb"(?:[ \t\f]*(?:\r\n|\r|\n))*").match(source.data, end)
    changes = {source: [(start, blank.end(), b"")]}
    if isinstance(source.parents[node], ast.ClassDef):
        mentions = [n for n in source.nodes if is_method(n, node.name)]
        if defined(source, node.name) > 1:
            return {}
        return repaired(changes, source, mentions, node)
    if not isinstance(source.parents[node], ast.Module):
        return {}
    for other in sources:
        local = node.name if other is source else imported(other, source, node.name, changes)
        if local is None:
            continue
        if defined(other, local) > (other is source):
            return {}
        changes = repaired(changes, other, [n for n in other.nodes if isinstance(n, ast.Name) and n.id == local], node)
        if changes:
            changes.setdefault(other, []).extend(unlisted(other, local))
    return changes


def is_method(node, name):
    return isinstance(node, ast.Attribute) and node.attr == name and getattr(node.value, "id", "") in ("self", "cls")


def defined(source, name):
    """How often a source binds a name, other than by an import."""
    count = 0
    for node in source.nodes:
        count += isinstance(node, SCOPES) and node.name == name
        count += isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        count += isinstance(node, ast.arg) and node.arg == name
    return count


def repaired(changes, source, mentions, node):
    own = source is next(iter(changes), None)
    low, high = (source.start(node), source.end(node)) if own else (0, 0)
    at = -1
    for mention in mentions:
        parent = source.parents[mention]
        whole = parent if isinstance(parent, ast.Call) and parent.func is mention else mention
        start, end = source.start(whole), source.end(whole)
        if own and low <= start < high or start < at:
            continue  # goes with the function, or with a mention around it
        at = end
        if mention in getattr(parent, "decorator_list", ()) or whole in getattr(source.parents[whole], "decorator_list", ()):
            return {}
        statement = source.parents[whole]
        change = (start, end, b"None")
        if isinstance(statement, ast.Expr):
            change = next(removed(source, statement))[0]
        changes.setdefault(source, []).append(change)
    return changes


def imported(other, source, name, changes):
    """The name that other imports name of source by, the import being dropped; None: it does not."""
    module = re.sub(r"(/__init__)?\.py$", "", source.path).split("/")[-1]
    local = None
    for node in other.nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] == module:
            for alias in (a for a in node.names if a.name == name):
                changes.setdefault(other, []).append(without_import(other, node, name))
                local = alias.asname or name
    return local


def without_import(source, node, name):
    if len(node.names) == 1:
        return source.start(node), source.end(node), b"pass"
    word = rb"\b" + name.encode() + rb"\b(?:\s+as\s+\w+)?"
    start = source.start(node)
    names = start + re.search(rb"\bimport\b", source.text(node)).end()
    text = source.data[names:source.end(node)]
    found = re.search(rb",\s*" + word + rb"(?=\s*(?:[,)#]|\Z))", text) or re.search(word + rb"\s*,\s*", text)
    return (names + found.start(), names + found.end(), b"") if found else (start, start, b"")


def unlisted(source, name):
    """Drops a name from __all__."""
    for node in source.nodes:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if not isinstance(node, (ast.Assign, ast.AugAssign)) or getattr(targets[0], "id", "") != "__all__":
            continue
        names = getattr(node.value, "elts", [])
        for element, change in zip(names, dropped(source, names)):
            if getattr(element, "value", None) == name:
                yield change[0]
