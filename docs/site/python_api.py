"""The Python package for Sphinx's autodoc: the core's methods with the signatures that its stubs give
them, and docstrings' lines `name: what it is` as lists of parameters."""

import ast
import pathlib
import re

import ecnas

from sphinx.ext.autodoc import AttributeDocumenter, MethodDocumenter
from sphinx.ext.napoleon import Config, GoogleDocstring

STUBS = pathlib.Path(__file__).resolve().parent.parent.parent / "python" / "ecnas" / "_core.pyi"


# What the stubs' short names stand for, for readers.
ALIASES = {
    "_CellLike": "Cell | str | bytes | int | tuple",
    "_Cells": "CellArray | Iterable",
    "_Floats": "NDArray[np.float64]",
}


def plainly(text):
    return re.sub(r"\b_\w+", lambda match: ALIASES.get(match[0], match[0]), text)


def signatures():
    """Lists of (arguments, what is returned), each text, one for an overload, by "Class.method", and
    of a class by its name."""
    found = {}
    for node in ast.parse(STUBS.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for function in node.body:
            if not isinstance(function, ast.FunctionDef):
                continue
            arguments = function.args
            static = any(ast.unparse(mark) == "staticmethod" for mark in function.decorator_list)
            if not static:
                (arguments.posonlyargs or arguments.args).pop(0)
            returned = ast.unparse(function.returns) if function.returns else ""
            name = node.name if function.name == "__init__" else f"{node.name}.{function.name}"
            returns = "" if function.name == "__init__" else returned
            found.setdefault(name, []).append(
                (plainly(f"({ast.unparse(arguments)})"), plainly(returns))
            )
    return found


SIGNATURES = signatures()


class CoreMethodDocumenter(MethodDocumenter):
    """Methods of nanobind's classes, which are of a type of their own."""

    objtype = "coremethod"
    directivetype = "method"
    priority = AttributeDocumenter.priority + 1

    @classmethod
    def can_document_member(cls, member, membername, isattr, parent):
        return type(member).__name__ in ("nb_method", "nb_func")

    def format_signature(self, **_):
        overloads = SIGNATURES.get(".".join(self.objpath), [])
        return "\n".join(f"{arguments} -> {returned}" for arguments, returned in overloads)

    def add_directive_header(self, signature):
        super().add_directive_header(signature)
        if type(self.object).__name__ == "nb_func":
            self.add_line("   :staticmethod:", self.get_sourcename())


def core_signatures(name):
    """Of what the core has under a name as readers know it; the package's own come from its source."""
    short = name.removeprefix("ecnas.")
    of = getattr(ecnas, short.split(".")[0], None)
    return SIGNATURES.get(short, []) if getattr(of, "__module__", "") == "ecnas._core" else []


def parameters_of(arguments):
    """Names of parameters in a signature's text."""
    while "[" in arguments:
        arguments = re.sub(r"\[[^][]*\]", "", arguments)
    return re.findall(r"(?:^\(|, )\**(\w+)", arguments)


def as_fields(lines, names):
    """`name: text` becomes a field where `name` is a parameter, wherever a line or a sentence begins."""
    alternatives = "|".join(re.escape(name) for name in names)
    name = rf"(?:{alternatives})\b"
    begins = re.compile(rf"(?:^|(?<=[.;] ))(?={name}(?:, {name})*(?: \([^)]*\))?: )")
    made, in_field, in_code = [], False, False
    for line in lines:
        text = line.strip()
        in_code = text.startswith(">>>") or (in_code and text != "")
        pieces = [line] if in_code or not names else begins.split(line)
        for i, piece in enumerate(pieces):
            is_field = bool(names) and not in_code and begins.match(piece.strip()) is not None
            if is_field:
                name, text = re.match(r"\s*([\w, ]+(?: \([^)]*\))?): (.*)", piece).groups()
                if not in_field and made and made[-1] != "":
                    made.append("")
                bold = "**, **".join(re.split(r", ", re.sub(r" \(.*", "", name)))
                unit = re.search(r" \(.*", name)
                made.append(f"* **{bold}**{unit[0] if unit else ''}: {text.rstrip()}")
                in_field = True
            elif piece.strip() == "":
                if i == 0:
                    made.append("")
                    in_field = False
            elif in_field and (line[:1] == " " or i > 0 or made[-1][-1] not in ".;:"):
                made.append(f"  {piece.strip()}")
            else:
                if in_field:
                    made.append("")
                    in_field = False
                made.append(piece)
    return made


def with_code_blocks(lines):
    """What stands further in is an example."""
    made = []
    for i, line in enumerate(lines):
        begins = line.startswith("    ") and (i == 0 or not lines[i - 1].strip())
        inside = made and any(made[j].startswith("    ") for j in (-1, -2) if len(made) >= -j)
        if begins and not inside:
            made += [".. code-block:: python", ""]
        made.append(line)
    return made


def improve_docstring(app, what, name, obj, options, lines):
    lines[:] = with_code_blocks(lines)
    if any(re.match(r"(Args|Returns|Raises):$", line) for line in lines):
        config = Config(napoleon_use_rtype=False)
        lines[:] = GoogleDocstring(lines, config, app, what, name, obj, options).lines()
    is_core = type(obj).__name__ in ("nb_method", "nb_func")
    if is_core:  # what nanobind puts first is said by the signature
        while lines and re.match(r"\w+\(.*\) -> ", lines[0]):
            lines.pop(0)
    if is_core or core_signatures(name):
        names = {n for arguments, _ in core_signatures(name) for n in parameters_of(arguments)}
    elif code := getattr(obj.__init__ if what == "class" else obj, "__code__", None):
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + 2]
    else:
        names = []
    # `Table.query` leads there, if it is anywhere; else it is code.
    lines[:] = [re.sub(r"(?<![`:])`([^`\n]+)`(?!`)", r":py:obj:`\1`", line) for line in lines]
    lines[:] = as_fields(list(lines), [n for n in names if n not in ("self", "cls")])


def signature_from_stub(app, what, name, obj, options, signature, returns):
    if what == "property" and hasattr(getattr(obj, "fget", None), "__code__"):
        return None  # of the package, not of the core
    found = core_signatures(name)
    return found[0] if found else None


def setup(app):
    app.add_autodocumenter(CoreMethodDocumenter)
    app.connect("autodoc-process-docstring", improve_docstring)
    app.connect("autodoc-process-signature", signature_from_stub)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
