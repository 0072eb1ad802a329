"""Names, numbers and addresses that look like a real fleet's, out of a seed and a device's place in it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from routeros.simulator.device.noise import key

SITE_SIZE = 8
"""Devices at a site: a gateway, a switch and access points."""

FIRST_ADDRESS = IPv4Address("127.64.0.1")

CITIES = (
    ("lisbon", 0), ("riga", 2), ("porto", 0), ("vienna", 1), ("athens", 2), ("malmo", 1), ("turin", 1), ("gdansk", 1),
    ("cork", 0), ("tallinn", 2), ("lyon", 1), ("utrecht", 1), ("graz", 1), ("split", 1), ("sofia", 2), ("bergen", 1),
    ("leeds", 0), ("seville", 1), ("ghent", 1), ("kosice", 1), ("kaunas", 2), ("odense", 1), ("tampere", 2),
    ("brno", 1), ("bologna", 1), ("nantes", 1), ("bremen", 1), ("cluj", 2), ("varna", 2), ("galway", 0),
    ("bilbao", 1), ("linz", 1), ("basel", 1), ("poznan", 1), ("zadar", 1), ("patras", 2), ("aarhus", 1), ("turku", 2),
    ("valencia", 1), ("leipzig", 1), ("dundee", 0), ("coimbra", 0), ("namur", 1), ("debrecen", 1), ("maribor", 1),
    ("larissa", 2), ("uppsala", 1), ("limerick", 0), ("verona", 1), ("rennes", 1), ("liepaja", 2), ("narva", 2),
    ("plovdiv", 2), ("iasi", 2), ("ostrava", 1), ("lublin", 1), ("genoa", 1), ("malaga", 1), ("delft", 1),
    ("bath", 0),
)  # fmt: skip
"""A site's city and the hours by which its clock is ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a device stands."""

    number: int
    name: str
    offset_hours: int


def site(seed: int, index: int) -> Site:
    """Tell the site of a device; the cities come in an order that the seed decides."""
    number = index // SITE_SIZE
    city, offset = CITIES[(number * 7 + key(seed, "cities")) % len(CITIES)]
    again = number // len(CITIES)
    return Site(number, f"{city}{again + 1}" if again else city, offset)


def address(index: int) -> str:
    """Tell the loopback address at which a device is reached."""
    return str(FIRST_ADDRESS + index)


def index_at(place: str) -> int:
    """Tell which device an address names; negative or too great when none."""
    return int(IPv4Address(place)) - int(FIRST_ADDRESS)


def serial(root: int, modern: bool) -> str:
    """Make a serial number: eleven characters on newer boards, twelve hexadecimal digits on older ones."""
    number = key(root, "serial")
    if not modern:
        return f"{number % 16**12:012X}"
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    return "H" + "".join(letters[(number >> (5 * place)) % len(letters)] for place in range(10))


def hardware_address(root: int, port: int) -> str:
    """Make a MAC address from one of the vendor's blocks; ports count up from the board's first."""
    block = ("48A98A", "18FD74", "6C3B6B", "D401C3")[root % 4]
    number = int(block, 16) << 24 | ((key(root, "mac") & 0xFFFF00) + port)
    return ":".join(f"{number:012X}"[place : place + 2] for place in range(0, 12, 2))


def station_address(root: int, slot: int) -> str:
    """Make the MAC address of a wireless client: random and locally administered, as phones have."""
    number = key(root, "station", slot) & 0xFCFFFFFFFFFF | 0x020000000000
    return ":".join(f"{number & 0xFFFFFFFFFFFF:012X}"[place : place + 2] for place in range(0, 12, 2))


def system_id(root: int) -> str:
    """Make a CHR's system id: eleven characters of either case."""
    letters = "ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
    number = key(root, "licence")
    return "".join(letters[(number >> (5 * place)) % len(letters)] for place in range(11))


def software_id(root: int) -> str:
    """Make a RouterBOARD's software id, such as ``L7YE-YED4``."""
    mark = system_id(root).upper()
    return f"{mark[:4]}-{mark[4:8]}"


def password(seed: int, index: int) -> str:
    """Make the password of a device's user."""
    return f"{key(seed, index, 'password'):016x}"
