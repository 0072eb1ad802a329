"""Which properties are secrets, and an export with them masked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from routeros.export import lexer
from routeros.export.document import Command, Comment, Document, Section

MASK: Final = "*****"

_SECRET: Final = re.compile(
    r"(?:.*[.-])?(?:password|secret|passphrase|psk|pin|cak|token|community|pre-?shared-key(?:-\d)?)\Z"
    r"|(?:.*[.-])?(?:private|auth|authentication|encryption|md5|api|static|wep|session|crypt|download)-(?:key|pass)(?:-\d)?\Z"
    r"|(?:.*[.-])?(?:algo|static)-key-\d\Z|.*[.-]pass\Z|management-protection-key\Z"
    r"|(?:mtik-key|key-val|(?:send|peer)-cookie)\Z"
)
_BY_MENU: Final[Mapping[str, frozenset[str]]] = {
    "/snmp/community": frozenset({"name"}),
    "/zerotier": frozenset({"identity"}),
    "/container/envs": frozenset({"value"}),
    "/ip/ipsec/key": frozenset({"key"}),
    "/ip/ipsec/key/psk": frozenset({"key"}),
    "/iot/lora/servers": frozenset({"key"}),
    "/tool/romon": frozenset({"secrets"}),
    "/tool/romon/port": frozenset({"secrets"}),
}
"""Properties that are secrets in one menu only."""

_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_WITHIN: Final = re.compile(
    rf'(?<![A-Za-z0-9.-])(?P<name>[A-Za-z0-9.-]+)(?P<is>"?=)(?!"")'
    rf'(?:(?P<held>{_TEXT}|\((?:[^()"]|{_TEXT})*\))|[^\s;\]}})"]+)'
    rf'|(?<=:)(?P<set>(?:local|global|set)[ \t]+"?)(?P<variable>\w+)(?P<to>"?[ \t]+)(?:{_TEXT}|[^\s;\]}})"]+)'
)
_VARIABLE: Final = re.compile(r"pass|pwd|secret|token|psk|api_?key|pin\Z", re.I)
_ELSEWHERE: Final = re.compile(
    r"(?P<site>://[^\s/:@\"]{1,100}:)[^\s/@\"]{1,200}(?=@)|(?P<bot>/bot\d{1,20}:)[\w-]+"
    r"|(?P<header>Authorization:[ ]*(?:(?:Bearer|Basic|Token)[ ]+)?)[^\s\",;]+",
    re.I,
)
"""What a script or an address may carry: properties of commands, variables, and the words of web services."""


def secret(menu: str, name: str) -> bool:
    """Tell whether a property of a menu is a secret."""
    return name in _BY_MENU.get(menu, ()) or _SECRET.match(name) is not None


def masked(menu: str, name: str, value: str) -> str:
    """Tell a value as it may be shown; empty ones are no secret, and any may hold a script with some."""
    if secret(menu, name):
        return MASK if value else value
    return _sifted(value)


def _sifted(text: str) -> str:
    if not any(sign in text for sign in "=:"):
        return text
    return _ELSEWHERE.sub(_beside, _WITHIN.sub(_within, text))


def _within(found: re.Match[str]) -> str:
    if found["name"] and secret("", found["name"]):
        return f"{found['name']}{found['is']}{MASK}"
    if found["name"]:
        held = found["held"] or ""
        return found[0][: -len(held)] + held[0] + _sifted(held[1:-1]) + held[-1] if held else found[0]
    hidden = _VARIABLE.search(found["variable"])
    return f"{found['set']}{found['variable']}{found['to']}{MASK}" if hidden else found[0]


def _beside(found: re.Match[str]) -> str:
    return f"{found['site'] or found['bot'] or found['header']}{MASK}"


def redact(document: Document) -> Document:
    """Mask the secrets; every line without one stays as it is."""
    return Document(tuple(_redacted(entry) for entry in document.entries))


def _redacted(entry: Comment | Section | Command) -> Comment | Section | Command:
    if isinstance(entry, Comment):
        return Comment(_sifted_line(entry.line))
    if not isinstance(entry, Command):
        return entry
    shown = {
        name: None if value is None else masked(entry.menu, name, value) for name, value in entry.arguments.items()
    }
    line = entry.line
    if shown != entry.arguments:
        text = _leading(entry) + written(entry, shown)
        line = lexer.Line(text + _end(line), text)
    line = _sifted_line(line)
    return entry if line is entry.line else Command(line, entry.menu, entry.verb, _sifted(entry.target), shown)


def _sifted_line(line: lexer.Line) -> lexer.Line:
    """Mask what stands where no argument is: in brackets, in blocks, in commands of the console's language."""
    text = _sifted(line.text)
    return line if text == line.text else lexer.Line(text + _end(line), text, line.broken)


def _end(line: lexer.Line) -> str:
    return line.raw[len(line.raw.rstrip("\r\n")) :]


def _leading(command: Command) -> str:
    """Tell the path in front of a command that has its own."""
    if not command.line.text.lstrip().startswith("/"):
        return ""
    return command.menu.replace("/", " ").strip().join(("/", " ")) if command.menu != "/" else "/"


def written(command: Command, arguments: Mapping[str, str | None]) -> str:
    """Write a command in one line, with these arguments."""
    words = [command.verb, command.target] if command.target else [command.verb]
    for name, value in arguments.items():
        words.append(name if value is None else f"{name}={lexer.quote(value)}")
    return " ".join(words)
