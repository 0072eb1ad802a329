"""The script that a person pastes into a router so that it can be watched: a user with few rights, and api-ssl.

It is written for RouterOS 6.43 and newer and for 7. Run twice it leaves what the first run left. All stands in one
block, so that a terminal runs nothing of it before its last line, and an error ends all of it.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

POLICY: Final = ("read", "api")
"""All that a poll needs."""

NAME: Final = "flotilla"
"""What the group and the certificate are called."""

FILE: Final = "flotilla.rsc"
"""What the file is called that holds the script."""

DAYS: Final = 3650

LENGTH: Final = 32
_LETTERS: Final = string.ascii_letters + string.digits

_PLAIN: Final = re.compile(r"[A-Za-z0-9 ._:/,@-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preparation:
    """The user that is made, and the networks from which the pollers come; none: from anywhere."""

    username: str
    password: str = field(repr=False)
    sources: Sequence[str] = ()


def script(wanted: Preparation) -> str:
    """Write the script; every value in it is quoted, whatever it holds."""
    parts = (_HEAD, _group(), _user(wanted), _CERTIFICATE, _service(wanted.sources), _END)
    return "".join(parts)


def password() -> str:
    """Make a password of letters and digits, which no console, form or file reads otherwise than it is written."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def quoted(value: str) -> str:
    """Write a value so that the console reads it back and runs nothing of it: what is not plain stands as bytes.

    A ``?`` alone would ask a terminal for help, a tab complete a word.
    """
    return '"' + "".join(sign if _PLAIN.match(sign) else _coded(sign) for sign in value) + '"'


def _coded(sign: str) -> str:
    return "".join(f"\\{byte:02X}" for byte in sign.encode())


_HEAD: Final = """\
# Flotilla: lets this router be watched. Paste it into the terminal of a user with full rights, or /import it.
# It holds a password: remove the file when it is done. Running it once more changes nothing.
{
"""

_END: Final = "}\n"


def _group() -> str:
    name, policy = quoted(NAME), ",".join(POLICY)
    return f"""\
  :if ([:len [/user group find name={name}]] = 0) do={{ /user group add name={name} policy={policy} }}
  /user group set [find name={name}] policy={policy}
"""


def _user(wanted: Preparation) -> str:
    """Make the user; one of that name who is in another group is somebody, and stays who he is."""
    name, group = quoted(wanted.username), quoted(NAME)
    facts = f"group={group} password={quoted(wanted.password)}"
    if wanted.sources:
        facts += f" address={quoted(','.join(wanted.sources))}"
    return f"""\
  :if ([:len [/user find name={name}]] > 0) do={{
    :if ([/user get [find name={name}] group] != {group}) do={{
      :error {quoted(f"Nothing is changed: {wanted.username} is a user of another group already.")}
    }}
  }} else={{ /user add name={name} {facts} }}
  /user set [find name={name}] {facts} disabled=no
"""


_CERTIFICATE: Final = f"""\
  :local shown [:tostr [/ip service get api-ssl certificate]]
  :if (($shown = "") || ($shown = "none") || ($shown = "*0")) do={{
    :if ([:len [/certificate find name="{NAME}"]] = 0) do={{
      /certificate add name="{NAME}" common-name="{NAME}" days-valid={DAYS} key-size=2048
    }}
    :if ([:len [/certificate find name="{NAME}" and fingerprint~"."]] = 0) do={{
      /certificate sign [find name="{NAME}"]
    }}
    :local left 60
    :while (($left > 0) && ([:len [/certificate find name="{NAME}" and fingerprint~"."]] = 0)) do={{
      :delay 1s
      :set left ($left - 1)
    }}
    :if ($left = 0) do={{ :error "The certificate {NAME} is not signed yet: run this again in a minute." }}
    /ip service set api-ssl certificate="{NAME}"
  }}
"""
"""An api-ssl without a certificate speaks anonymous Diffie-Hellman alone. A slow board signs for half a minute."""


def _service(sources: Sequence[str]) -> str:
    """Open the door, for the pollers alone where it was shut; one that is open to some is opened to them as well.

    One that stands open to all is left so: others may use it. From 7.24 on the list has another name, and a word that
    a version does not know would keep it from reading any of this, so the command is read when it is run.
    """
    opened = "  /ip service set api-ssl disabled=no\n"
    if not sources:
        return opened
    return f"""\
  :local shut [/ip service get api-ssl disabled]
  :foreach word in={{"address";"available-from"}} do={{
    :do {{
      :local now [:toarray [/ip service get api-ssl value-name=$word]]
      :local all ""
      :foreach one in=$now do={{ :set all ($all . [:tostr $one] . ",") }}
      :foreach one in={{{";".join(map(quoted, sources))}}} do={{
        :if ([:typeof [:find ("," . $all) ("," . $one . ",")]] != "num") do={{ :set all ($all . $one . ",") }}
      }}
      :if ($shut || ([:len $now] > 0)) do={{
        :local run [:parse ("/ip service set api-ssl " . $word . "=" . [:pick $all 0 ([:len $all] - 1)])]
        $run
      }}
    }} on-error={{}}
  }}
{opened}"""
