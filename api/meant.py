"""Which devices are meant: as the query of a list says it, and as a group keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from api.fields import TEXT, Site, Tag
from api.resource import Given
from db import groups, sites
from db.filters import Filter
from fleet import belonging
from fleet.belonging import NO_SITE, TAG
from fleet.device import State
from fleet.endpoints import BadField
from fleet.identity import SiteId

MANY: Final = 50
"""Values of one kind."""

_WORD: Final = r"[^\x00,]{1,200}"


def _each(check: Callable[[str], object]) -> AfterValidator:
    """Check the words of a text with commas between them."""

    def checked(text: str) -> str:
        words = text.split(",")
        if len(words) > MANY:
            raise ValueError(f"At most {MANY} can be named.")
        try:
            for word in words:
                check(word)
        except BadField as error:
            raise ValueError(error.next_step) from error
        return text

    return AfterValidator(checked)


def _state(word: str) -> None:
    if word not in list(State):
        raise ValueError(f"A state is one of {', '.join(State)}; with commas between them.")


def _listed(pattern: str) -> dict[str, Any]:
    return {"pattern": f"^({pattern})(,({pattern}))*$"}


States: TypeAlias = Annotated[str, Field(json_schema_extra=_listed("|".join(State))), _each(_state)]
TagWords: TypeAlias = Annotated[str, Field(max_length=3300, json_schema_extra=_listed(TAG)), _each(belonging.tag)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=100, pattern=TEXT)]
Words: TypeAlias = Annotated[str, Field(max_length=2000, pattern=f"^{_WORD}(,{_WORD})*$"), _each(lambda _: None)]
Several = Annotated[list[Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)]], Field(max_length=MANY)]


class Meant(Given):
    """The filter of a group of devices. What is left out, or empty, leaves all in."""

    model_config = ConfigDict(strict=True)

    state: list[State] = Field([], max_length=MANY, description="Devices in one of these states.")
    q: Text | None = Field(None, description="Part of a name, identity, address, model, version or serial.")
    site: list[Site] = Field(
        [], max_length=MANY, description=f"Devices at one of these sites, by name or id; `{NO_SITE}`: at none."
    )
    tag: list[Tag] = Field([], max_length=MANY, description="Devices with one of these tags.")
    tags_all: list[Tag] = Field([], max_length=MANY, description="Devices with all of these tags.")
    model: Several = Field([], description="Devices of one of these models; `hAP*` is a beginning.")
    version: Several = Field([], description="Devices with one of these versions; `7.18*` is a beginning.")

    def filter(self, now: datetime, places: Sequence[SiteId | None]) -> Filter:
        """Tell the filter, at an instant, with its sites found."""
        return Filter(
            now=now,
            states=self.state,
            text=self.q,
            sites=places,
            any_tag=self.tag,
            all_tags=self.tags_all,
            models=self.model,
            versions=self.version,
        )


class MeantQuery(Given):
    """Which devices are meant. Words of a list have commas between them."""

    state: States | None = Field(None, examples=["down,stale"], description="Only devices in one of these states.")
    q: Text | None = Field(None, description="Part of a name, identity, address, model, version or serial.")
    site: Annotated[str, Field(max_length=2000, pattern=TEXT)] | None = Field(
        None,
        description="Only devices at one of these sites, by name or id (a name with a comma by its id); "
        f"`{NO_SITE}`: at none.",
    )
    tag: TagWords | None = Field(None, examples=["core,edge"], description="Only devices with one of these tags.")
    tags_all: TagWords | None = Field(None, description="Only devices with all of these tags.")
    model: Words | None = Field(None, description="Only devices of one of these models; `hAP*` is a beginning.")
    version: Words | None = Field(None, description="Only those with one of these versions; `7.18*` is a beginning.")
    group: Annotated[str, Field(min_length=1, max_length=120, pattern=TEXT)] | None = Field(
        None, description="Only devices of this group, by its name or id."
    )

    def meant(self) -> Meant:
        """Tell the same as a group would keep it."""
        lists: dict[str, Any] = {
            name: _words(getattr(self, name)) for name in ("site", "tag", "tags_all", "model", "version")
        }
        return Meant.model_construct(state=[State(word) for word in _words(self.state)], q=self.q, **lists)


def filters(session: Session, query: MeantQuery, now: datetime) -> list[Filter]:
    """Tell what a query asks for, and what the group that it names; raises BadInput for an unknown site or group."""
    asked = query.meant()
    found = [asked.filter(now, places(session, asked.site))]
    if query.group is not None:
        group = kept(groups.find(session, query.group).filter)
        found.append(group.filter(now, [None if site == NO_SITE else SiteId(UUID(site)) for site in group.site]))
    return found


def places(session: Session, named: Sequence[str]) -> list[SiteId | None]:
    """Find sites by their names or ids; raises BadInput that names those there are."""
    return [None if name == NO_SITE else sites.find(session, name).id for name in named if name]


def stored(meant: Meant, found: Sequence[SiteId | None]) -> dict[str, Any]:
    """Lay a filter out as it is kept: sites by their ids, for a name may change."""
    written = meant.model_dump(mode="json", exclude_defaults=True)
    return {**written, "site": [NO_SITE if site is None else str(site) for site in found]} if found else written


def kept(written: Mapping[str, Any]) -> Meant:
    """Read a filter that was kept."""
    return Meant.model_validate(written, strict=False)


def _words(text: str | None) -> list[str]:
    return text.split(",") if text else []
