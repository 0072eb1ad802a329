"""Alerts in a chat room: an incoming webhook of Slack, or of what takes the same JSON (Mattermost, Rocket.Chat)."""

from __future__ import annotations

import json
from typing import Final

from actors.channel import Channel, Note, Place, Receipt
from actors.guard import Guard
from actors.posting import post

LONGEST: Final = 3000
"""Characters of a text: Slack takes no more in a block."""

_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


async def send(place: Place, note: Note, guard: Guard) -> Receipt:
    """Post the message as text; what looks like markup in it stays text."""
    subject, text = note.subject.translate(_ESCAPED), note.text.translate(_ESCAPED)
    block = {"type": "section", "text": {"type": "mrkdwn", "text": f"*{subject}*\n{text}"[:LONGEST]}}
    return await post(guard, place.url, json.dumps({"text": subject, "blocks": [block]}).encode(), {})


channel = Channel(
    kind="slack",
    about="Text to a chat room, as Slack and Mattermost take it.",
    send=send,
    needs=frozenset({"url"}),
)
