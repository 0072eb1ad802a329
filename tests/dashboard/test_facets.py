"""The counts beside the fleet's list."""

from __future__ import annotations

from dashboard import facets
from dashboard.facets import Facet
from dashboard.listing import Listing
from fleet.belonging import NO_SITE
from fleet.device import State
from tests.dashboard.test_roster import of, row

FLEET = of(
    row(1, site="Graz", tags=("core", "lab"), model="RB4011"),
    row(2, site="Graz", tags=("core",), model="hAP", state=State.DOWN),
    row(3, site="Wien", tags=(), model="hAP"),
    row(4, site=None, tags=("edge",), model=None),
)


def names(listing: Listing) -> list[str]:
    return [entry.row.name for entry in facets.sift(FLEET, listing).entries]


def test_one_value_of_each_kind_is_enough() -> None:
    assert names(Listing(chosen={"tag": ("core", "edge")})) == ["router-1", "router-2", "router-4"]
    assert names(Listing(chosen={"tag": ("core", "edge"), "site": ("Graz",), "model": ("hAP",)})) == ["router-2"]
    assert names(Listing(chosen={"site": (NO_SITE,)})) == ["router-4"]
    assert names(Listing(q="hap wien")) == ["router-3"]
    assert names(Listing(chosen={"status": ("down",)})) == ["router-2"]
    assert names(Listing(chosen={"status": ("nonsense",)})) == []


def test_a_count_tells_what_one_would_see() -> None:
    wanted = Listing(chosen={"site": ("Graz",), "model": ("hAP",)})
    found = facets.sift(FLEET, wanted)
    assert found.counts["site"] == {"Graz": 1, "Wien": 1}, "the other filters hold"
    assert found.counts["model"] == {"RB4011": 1, "hAP": 1}
    assert found.counts["tag"] == {"core": 1}
    assert found.counts["status"] == {"down": 1}
    for value in ("Graz", "Wien"):
        seen = facets.sift(FLEET, wanted.only("site", value)).entries
        assert len(seen) == found.counts["site"][value]


def test_values_come_by_prominence() -> None:
    wanted = Listing(chosen={"site": ("Wien", "Atlantis")})
    assert facets.sift(FLEET, wanted).facets("site", wanted) == [
        Facet("Wien", 1, chosen=True),
        Facet("Atlantis", 0, chosen=True),
        Facet("Graz", 2),
        Facet(NO_SITE, 1),
    ]


def test_the_order_is_that_of_the_columns() -> None:
    ordered = facets.ordered(FLEET, Listing(chosen={"tag": ("core",)}, sort=("-name",)))
    assert [entry.row.name for entry in ordered] == ["router-2", "router-1"]
