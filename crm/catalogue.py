"""The Vietnamese catalogue: which texts the code asks for, and which the .po file answers."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

# What each function of gettext's family takes: c(ontext), s(ingular), p(lural).
SIGNATURES = {
    "_": "s",
    "gettext": "s",
    "gettext_lazy": "s",
    "gettext_noop": "s",
    "ngettext": "sp",
    "ngettext_lazy": "sp",
    "pgettext": "cs",
    "pgettext_lazy": "cs",
    "npgettext": "csp",
    "npgettext_lazy": "csp",
}
CALL = re.compile(rf"\b(?:{'|'.join(SIGNATURES)})\(")
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[a-zA-Z]|%[\d.]*[sdif]|\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """One text that the code asks gettext for."""

    singular: str
    plural: str = ""
    context: str = ""

    @property
    def babel_id(self) -> str | tuple[str, str]:
        return (self.singular, self.plural) if self.plural else self.singular

    @property
    def key(self) -> tuple[str, str]:
        return (self.context, self.singular)


@dataclass(slots=True)
class Findings:
    """What is wrong with a catalogue; empty means that every text is translated and none is left over."""

    missing: list[str] = field(default_factory=list)
    fuzzy: list[str] = field(default_factory=list)
    placeholders: list[str] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.fuzzy or self.placeholders or self.obsolete)

    def lines(self) -> Iterator[str]:
        for name in ("missing", "fuzzy", "placeholders", "obsolete"):
            for msgid in getattr(self, name):
                yield f"{name}: {msgid!r}"


def text_of_call(call: ast.Call) -> Text | None:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    parts: dict[str, str] = {}
    for letter, argument in zip(SIGNATURES.get(name, ""), call.args, strict=False):
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            return None
        parts[letter] = argument.value
    return Text(parts["s"], parts.get("p", ""), parts.get("c", "")) if parts.get("s") else None


def texts_in_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (text := text_of_call(node)):
            yield text


def call_at(source: str, start: int) -> str | None:
    """The shortest stretch from `start` that reads as one Python expression."""
    end = source.find(")", start)
    while end >= 0:
        candidate = source[start : end + 1]
        try:
            ast.parse(candidate, mode="eval")
        except SyntaxError:
            end = source.find(")", end + 1)
        else:
            return candidate
    return None


def texts_in_template(source: str) -> Iterator[Text]:
    """Django turns a template into gettext calls between letters X; only the calls are read."""
    calls = templatize(source)
    for match in CALL.finditer(calls):
        if candidate := call_at(calls, match.start()):
            yield from texts_in_python(candidate)


def texts_in(folders: Iterable[Path]) -> list[Text]:
    """Every text in the Python files and templates of the folders, once each."""
    found: dict[tuple[str, str], Text] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if "migrations" in path.parts:
                continue
            if path.suffix == ".py":
                texts = texts_in_python(path.read_text("utf-8"))
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                texts = texts_in_template(path.read_text("utf-8"))
            else:
                continue
            for text in texts:
                # A plural form knows more than the same text asked for without one.
                if text.key not in found or text.plural:
                    found[text.key] = text
    return list(found.values())


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="vi")


def write_catalogue(catalogue: Catalog, path: Path) -> None:
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, no_location=True, ignore_obsolete=True, width=0)


def compile_catalogue(path: Path) -> int:
    """Writes the .mo beside the .po, and returns how many texts it holds."""
    catalogue = read_catalogue(path)
    compiled = path.with_suffix(".mo")
    temporary = compiled.with_suffix(".writing")
    with temporary.open("wb") as file:
        write_mo(file, catalogue)
    temporary.replace(compiled)
    return len(catalogue)


def key_of(message: Message) -> tuple[str, str]:
    singular = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or "", singular)


def strings_of(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def update(catalogue: Catalog, texts: Iterable[Text]) -> tuple[int, int]:
    """Adds what the code asks for and drops what it no longer does; translations stay. (added, dropped)"""
    wanted = {text.key: text for text in texts}
    dropped = [message for message in catalogue if message.id and key_of(message) not in wanted]
    for message in dropped:
        catalogue.delete(message.id, message.context)
    added = 0
    for text in wanted.values():
        known = catalogue.get(text.singular, text.context or None)
        if known is not None and bool(text.plural) == isinstance(known.id, list | tuple):
            continue
        if known is not None:
            catalogue.delete(known.id, known.context)
        catalogue.add(text.babel_id, context=text.context or None)
        added += 1
    return added, len(dropped)


def placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text)}


def problems(catalogue: Catalog, texts: Iterable[Text]) -> Findings:
    findings = Findings()
    wanted = {text.key: text for text in texts}
    answered = {key_of(message): message for message in catalogue if message.id}
    for key, text in wanted.items():
        message = answered.get(key)
        strings = [] if message is None else strings_of(message)
        if message is None or not strings or not all(strings):
            findings.missing.append(text.singular)
            continue
        if message.fuzzy:
            findings.fuzzy.append(text.singular)
        allowed = [placeholders(text.singular), placeholders(text.plural or text.singular)]
        if any(placeholders(string) not in allowed for string in strings):
            findings.placeholders.append(text.singular)
    findings.obsolete = [key[1] for key in answered if key not in wanted]
    findings.obsolete += [str(message.id) for message in catalogue.obsolete.values()]
    return findings
