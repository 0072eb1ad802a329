"""Who may enter, from ``/user``: never a password, which the router would not tell either."""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import flag, rows_of, sheet, word
from routeros.words import Command

users = sheet(
    "users",
    "Users",
    (
        word("name", "The user."),
        word("group", "The group, which says what he may do."),
        word("address", "From where he may come; empty: from anywhere."),
        flag("disabled", "Whether he may not enter just now."),
        flag("expired", "Whether his password has to be changed."),
        word("last_login", "When he last came, by the device's own clock.", "last-logged-in", volatile=True),
        word("comment", "What somebody wrote beside it."),
    ),
    key=("name",),
    most=200,
)

command = Command("/user/print", users.properties)


def read(replies: Replies) -> Reading:
    return users.items(rows_of(replies))


collector = users.collector((command,), read)
