"""The C++ reference, for Sphinx: `.. headers:: MODULE` shows a module's public headers as they are
written, without bodies and private parts. What stands above a declaration becomes text; every type
leads to where it is declared; all names are in the index. Where what is declared, Doxygen says,
which also has checked the comments (tools/build_docs.sh)."""

import dataclasses
import functools
import html
import itertools
import pathlib
import re
import xml.etree.ElementTree as ElementTree

from docutils import nodes
from pygments.lexers import CppLexer
from pygments.formatters import HtmlFormatter
from pygments.token import Token
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = ROOT / "include" / "ecnas"
SYMBOLS = ROOT / "build" / "doxygen" / "xml"

TYPES = {"class", "struct", "union", "enum", "typedef", "concept"}


@dataclasses.dataclass(frozen=True)
class Symbol:
    """Something that a header declares at the level of a namespace, or a type within a class."""

    name: str  # qualified, without ecnas::
    kind: str
    module: str
    header: str
    line: int

    @property
    def short(self):
        return self.name.rsplit("::", 1)[-1]

    @property
    def anchor(self):
        return "cpp-" + re.sub(r"\W+", "-", self.name).lower()

    @property
    def page(self):
        return f"docs/reference/cpp/{self.module}"


def label_of(module, header):
    """Of the section of a header, for links in documents."""
    return f"header-{module}-{header}".replace("_", "-").lower()


def symbol(name, kind, location):
    file = pathlib.PurePosixPath(location.get("declfile") or location.get("file"))
    if file.suffix != ".hpp" or re.search(r"\bdetail::|@|::operator\W", name):
        return None
    line = int(location.get("declline") or location.get("line"))
    return Symbol(name.removeprefix("ecnas::"), kind, file.parent.name, file.stem, line)


@functools.cache
def symbols():
    """All of them, by file and line."""
    found = {}
    for file in sorted(SYMBOLS.glob("*.xml")):
        for compound in ElementTree.parse(file).getroot().findall("compounddef"):
            kind = compound.get("kind")
            declared = []
            if kind in TYPES and compound.get("prot") == "public":
                declared.append(
                    (compound.findtext("compoundname"), kind, compound.find("location"))
                )
            if kind == "namespace" or kind in TYPES:
                for member in compound.iter("memberdef"):
                    of_class = kind != "namespace"
                    if of_class and (
                        member.get("kind") not in TYPES or member.get("prot") != "public"
                    ):
                        continue
                    name = f"{compound.findtext('compoundname')}::{member.findtext('name')}"
                    declared.append((name, member.get("kind"), member.find("location")))
            for name, its_kind, location in declared:
                made = symbol(name, its_kind, location)
                if made:
                    found.setdefault((made.module, made.header), {})[made.line] = made
    if not found:
        raise ExtensionError(f"{SYMBOLS}: no symbols; tools/build_docs.sh has Doxygen make them")
    return found


@functools.cache
def types_by_name():
    found = {}
    for header in symbols().values():
        for one in header.values():
            if one.kind in TYPES:
                found.setdefault(one.short, []).append(one)
    return found


def type_called(name, module):
    """The type that a name means in a module: its own, or else the only one there is."""
    candidates = types_by_name().get(name, [])
    own = [one for one in candidates if one.module == module]
    chosen = own or candidates
    return chosen[0] if len({one.name for one in chosen}) == 1 else None


# What of a header's text is shown.

INITIALISERS = re.compile(r"(?<=\))\s*:\s.*$")
LISTED_INITIALISERS = re.compile(r" +: \w+\(")
ONE_LINE_BODY = re.compile(
    r"^(.*?\)(?: const| noexcept| override)*)(?: : .*)? \{(?: .* )?\}(?=$| +///<)"
)
NO_BODY = re.compile(r"\b(class|struct|union|enum|namespace|concept)\b|=\s*\{$")


def numbered(header):
    return list(enumerate(header.read_text(encoding="utf-8").split("\n"), start=1))


def within_namespace(lines):
    """From behind the last opening of the module's namespace to its end."""
    opened = [i for i, (_, line) in enumerate(lines) if re.match(r"namespace ecnas\S* \{$", line)]
    kept, skipping = [], False
    for i, (number, line) in enumerate(lines):
        if i < opened[0] or re.match(r"\}  // namespace ecnas", line) or i in opened:
            continue
        if re.match(r"namespace detail \{", line):
            skipping = True
        if not skipping and not re.search(r"// NOLINT(BEGIN|END|NEXTLINE)", line):
            kept.append((number, re.sub(r"\s*// NOLINT.*", "", line)))
        if re.match(r"\}  // namespace detail", line):
            skipping = False
    return kept


def without_bodies(lines):
    """Declarations alone: bodies, initialisers and private parts are left out."""
    kept = []
    depth = 0  # braces open in a body that is passed over
    private_indent = None  # of the label whose part is passed over
    in_initialisers = False
    for number, line in lines:
        if private_indent is not None:
            if not line.strip() or len(line) - len(line.lstrip()) >= private_indent:
                continue
            private_indent = None
        if depth or in_initialisers or LISTED_INITIALISERS.match(line):
            if LISTED_INITIALISERS.match(line):
                kept[-1] = (kept[-1][0], kept[-1][1] + ";")
                in_initialisers = True
            depth += line.count("{") - line.count("}")
            in_initialisers &= "{" not in line
            continue
        if label := re.match(r"( +)(private|protected):$", line):
            private_indent = len(label[1])
            while kept and not kept[-1][1].strip():
                kept.pop()
            continue
        line = line.replace("[[nodiscard]] ", "")
        code = line.split("//")[0].rstrip()
        if code.endswith("{") and not NO_BODY.search(code):
            depth = code.count("{") - code.count("}")
            line = INITIALISERS.sub("", code[:-1].rstrip()) + ";"
        kept.append((number, ONE_LINE_BODY.sub(r"\1;", line)))
    return kept


def chunks(lines):
    """What blank lines separate outside of braces."""
    chunk, depth = [], 0
    for number, line in [*lines, (0, "")]:
        if line == "" and depth == 0:
            if chunk:
                yield chunk
            chunk = []
        else:
            chunk.append((number, line))
            code = line.split("//")[0]
            depth += code.count("{") - code.count("}")


# How it is shown.

SAID = {"return": "Returns", "throws": "Throws", "pre": "Requires", "complexity": "Cost",
        "source": "Source", "post": "Ensures", "see": "See", "note": "Note"}  # fmt: skip


def paragraphs_of(comment):
    """Blank lines and commands begin a new one."""
    current = []
    for line in [*comment, ""]:
        if current and (not line.strip() or line.lstrip().startswith("@")):
            yield current
            current = []
        if line.strip():
            current.append(line.rstrip())


def as_text(comment):
    """A documentation comment as reStructuredText."""
    made = []
    for first, *others in paragraphs_of(comment):
        # Lines that stand further in are formulas or drawings.
        if others and not first.startswith("@") and all(o.startswith("    ") for o in others):
            drawn = "\n".join("   " + line for line in others)
            made.append(f"{paragraph_text([first])}\n\n.. code-block:: text\n\n{drawn}")
        else:
            made.append(paragraph_text([first, *others]))
    return "\n\n".join(made)


def paragraph_text(lines):
    text = " ".join(line.strip() for line in lines)
    parts = re.split(r"@(param|tparam|return|throws|pre|post|complexity|source|see|note)\s+", text)
    made = [escaped(parts[0].strip())] if parts[0].strip() else []
    for command, said in zip(parts[1::2], parts[2::2]):
        if command in ("param", "tparam"):
            name, _, rest = said.strip().partition(" ")
            made.append(f"- ``{name}``: {escaped(rest.strip())}")
        else:
            made.append(f"- *{SAID[command]}:* {escaped(said.strip())}")
    return "\n".join(made) if len(made) > 1 and not parts[0].strip() else "\n\n".join(made)


def escaped(text):
    """Prose of a comment; `code` stays code."""
    parts = re.split(r"`([^`]*)`", text)
    return (
        "".join(
            re.sub(r"([\\*_|\[\]])", r"\\\1", part) if i % 2 == 0 else f"``{part.strip()}``"
            for i, part in enumerate(parts)
        )
        .replace("`` ``", "`` \\ ``")
        .replace("````", "``")
    )


def link_to(one, text, page, get_uri):
    uri = get_uri(page, one.page) + "#" + one.anchor
    return f'<a href="{html.escape(uri)}" title="{html.escape(one.name)}">{text}</a>'


def code_html(code, module, page, get_uri):
    """Highlighted, as the theme's code blocks are, with types leading to their declarations."""
    formatter = HtmlFormatter(nowrap=True)
    css = formatter._get_css_class
    out = []
    for token, value in CppLexer(ensurenl=False).get_tokens(code):
        text = html.escape(value, quote=False)
        if token in Token.Name and (one := type_called(value, module)):
            text = link_to(one, text, page, get_uri)
        names = css(token)
        out.append(f'<span class="{names}">{text}</span>' if names else text)
    return (
        '<div class="highlight-cpp notranslate"><div class="highlight"><pre>'
        + "".join(out)
        + "</pre></div></div>"
    )


class Headers(SphinxDirective):
    """`.. headers:: MODULE`"""

    required_arguments = 1

    def run(self):
        module = self.arguments[0]
        self.anchors = set()
        headers = sorted((INCLUDE / module).glob("*.hpp"))
        if not headers:
            raise self.error(f"include/ecnas/{module} holds no headers")
        made = self.parse_text_to_nodes(as_text([introduction(module)]))
        for header in headers:
            self.env.note_dependency(str(header))
            made.append(self.section_of(module, header))
        return made

    def section_of(self, module, header):
        name = f"{module}/{header.name}"
        label = label_of(module, header.stem)
        section = nodes.section(ids=[label], names=[label])
        section += nodes.title(name, name)
        domain = self.env.get_domain("std")
        domain.labels[label] = (self.env.docname, label, name)
        domain.anonlabels[label] = (self.env.docname, label)
        declared = symbols().get((module, header.stem), {})
        for chunk in chunks(without_bodies(within_namespace(numbered(header)))):
            section += self.shown(chunk, module, declared)
        return section

    def shown(self, chunk, module, declared):
        made = []
        for one in (declared[number] for number, _ in chunk if number in declared):
            if one.anchor not in self.anchors:  # an overload is found where the first is
                self.anchors.add(one.anchor)
                entries = [("single", f"{one.name} (C++)", one.anchor, "", None)]
                made += [addnodes.index(entries=entries), nodes.target("", "", ids=[one.anchor])]
        above = list(itertools.takewhile(lambda pair: pair[1].startswith("///"), chunk))
        declared_here = chunk[len(above) :]
        # Where each of several declarations has a comment, they stay together.
        if any(line.startswith("///") for _, line in declared_here):
            above, declared_here = [], chunk
        if above:
            made += self.parse_text_to_nodes(as_text([line[4:] for _, line in above]))
        if declared_here:
            code = "\n".join(line for _, line in declared_here)
            made.append(Code("", code, module=module))
        return made


class Code(nodes.General, nodes.Element):
    """C++ with links, made into HTML once all pages are known."""

    def __init__(self, rawsource="", text="", *children, **attributes):
        super().__init__(rawsource, *children, **attributes)
        if text:
            self["text"] = text


def write_code(translator, node):
    builder = translator.builder
    page = builder.current_docname
    # Docutils gives what follows a target the target's anchors.
    translator.body += [f'<span id="{html.escape(anchor)}"></span>' for anchor in node["ids"]]
    translator.body.append(code_html(node["text"], node["module"], page, builder.get_relative_uri))
    raise nodes.SkipNode


def introduction(module):
    """What `/// module: …` in one of its headers says."""
    for header in sorted((INCLUDE / module).glob("*.hpp")):
        text = header.read_text(encoding="utf-8")
        found = re.search(rf"^/// {module}: (.*\n(?:///.*\n)*)", text, re.MULTILINE)
        if found:
            said = re.sub(r"\n?///\s?", " ", found[1]).strip()
            return said[0].upper() + said[1:]
    raise ExtensionError(f"include/ecnas/{module}: no header begins with '/// {module}: …'")


def setup(app):
    app.add_directive("headers", Headers)
    app.add_node(Code, html=(write_code, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
