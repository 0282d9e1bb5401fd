"""The declared hotline: units, regions, categories, the dispatch catalogue and its limits."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field

from device_configs.site.faults import Faults
from device_configs.site.texts import Cell, Key, Reference
from device_configs.site.values import Frozen, Title

FILE = "hotline.yml"


class CaseKind(StrEnum):
    """What a requester wants: 咨询, 求助, 投诉, 举报, 建议, 表扬."""

    CONSULTATION = "consultation"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Unit(Frozen):
    """A government unit that handles orders (承办单位)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")
    title: Title


class Region(Frozen):
    """Where the matter lies; ``name`` is the administrative code or any other short key."""

    name: Key
    title: Title


class Category(Frozen):
    """What the matter is about, and the unit that leads it unless a region names another."""

    name: Key
    title: Title
    unit: Reference
    units_by_region: Mapping[Key, Reference] = Field(default_factory=dict)


class Queue(Frozen):
    """A queue of human agents in the telephone system."""

    name: Key
    title: Title


class CityHotline(Frozen):
    """A city's hotline that transfers requests here (地市热线), and its program's account.

    ``unit`` is the unit whose orders it handles: what is dispatched to that is handed to the city.
    """

    name: Key
    title: Title
    account: str = Field(pattern=r"^[a-z][a-z0-9._-]{1,39}$")
    unit: Reference | None = None


class CallbackPolicy(Frozen):
    """When a callback counts without having reached anybody: so many attempts on so many days."""

    within_working_days: int = Field(ge=1)
    attempts: int = Field(ge=1)
    days: int = Field(ge=1)


class ExtensionPolicy(Frozen):
    """How often in a cycle, and by how many working days at most, a unit may ask for more time."""

    times: int = Field(default=1, ge=0)
    most_working_days: int = Field(default=5, ge=1)


class OrderPolicy(Frozen):
    """The limits of orders in working days, in force until both sides agree to a version of the
    deadlines (:mod:`ops_core.hotline.deadline_policies`); an order keeps the version under which
    its cycle was first dispatched. That of the callback is the contract's alone."""

    version: int = Field(ge=1)
    sign_within_working_days: int = Field(ge=1)
    handle_within_working_days: Mapping[CaseKind, int]
    callback: CallbackPolicy
    extension: ExtensionPolicy = ExtensionPolicy()


class AbnormalPolicy(Frozen):
    """What the wall calls abnormal: a wait, and a limit that comes soon, both in seconds."""

    waiting_above_s: int = Field(gt=0)
    due_within_s: int = Field(gt=0)


class Satisfaction(Frozen):
    """How scores of the service attitude count: the answers that are satisfied (indicator 10)."""

    scores: tuple[int, ...] = Field(min_length=2)
    satisfied: tuple[int, ...] = Field(min_length=1)


class Hotline(Frozen):
    """The declaration of hotline.yml; ``catalogue_version`` is pinned by every dispatch."""

    catalogue_version: int = Field(ge=1)
    queues: tuple[Queue, ...]
    telephone_systems: tuple[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")], ...
    ] = ()
    """Names under which telephone systems report; without any, every name is taken."""
    passed_over_events: tuple[Cell, ...] = ()
    """Names that the site itself writes to the telephone system's log, of no call's fate."""
    regions: tuple[Region, ...]
    units: tuple[Unit, ...]
    categories: tuple[Category, ...]
    city_hotlines: tuple[CityHotline, ...] = ()
    """Who transfers requests here; what one of them hands over is its own, and no other's."""
    orders: OrderPolicy
    abnormal: AbnormalPolicy
    satisfaction: Satisfaction

    @cached_property
    def unit_of(self) -> Mapping[str, Unit]:
        return {unit.name: unit for unit in self.units}

    @cached_property
    def category_of(self) -> Mapping[str, Category]:
        return {category.name: category for category in self.categories}

    @cached_property
    def region_of(self) -> Mapping[str, Region]:
        return {region.name: region for region in self.regions}

    @cached_property
    def city_hotline_of_account(self) -> Mapping[str, CityHotline]:
        return {city.account: city for city in self.city_hotlines}

    @cached_property
    def city_hotline_of_unit(self) -> Mapping[str, CityHotline]:
        return {city.unit: city for city in self.city_hotlines if city.unit is not None}

    def proposed_unit(self, category: str, region: str) -> str:
        """The unit the catalogue names for a matter; KeyError for an undeclared category."""
        entry = self.category_of[category]
        return entry.units_by_region.get(region, entry.unit)

    def handle_within(self, kind: CaseKind) -> int:
        """Working days from dispatch to reply."""
        return self.orders.handle_within_working_days[kind]


def check_hotline(hotline: Hotline | None, faults: Faults) -> None:
    """Add what is wrong with the hotline's declaration beyond its form."""
    if hotline is None:
        return
    for system, count in Counter(hotline.telephone_systems).items():
        if count > 1:
            faults.add(FILE, f"telephone_systems[{system}]", f"is declared {count} times",
                       "keep one of them")  # fmt: skip
    _check_cities(hotline, faults)
    for key, names in (
        ("queues", [queue.name for queue in hotline.queues]),
        ("regions", [region.name for region in hotline.regions]),
        ("units", [unit.name for unit in hotline.units]),
        ("categories", [category.name for category in hotline.categories]),
    ):
        _check_names(key, names, faults)
    for category in hotline.categories:
        _check_category(category, hotline, faults)
    for kind in CaseKind:
        if kind not in hotline.orders.handle_within_working_days:
            faults.add(FILE, f"orders.handle_within_working_days.{kind}", "is missing", "add it")
    unknown = set(hotline.satisfaction.satisfied) - set(hotline.satisfaction.scores)
    if unknown:
        faults.add(FILE, "satisfaction.satisfied", f"{sorted(unknown)} is no declared score",
                   "name only scores of satisfaction.scores")  # fmt: skip


def _check_cities(hotline: Hotline, faults: Faults) -> None:
    """Names, accounts and units are each one city hotline's; there need be none."""
    for key, names in (
        ("city_hotlines", [city.name for city in hotline.city_hotlines]),
        ("city_hotlines.account", [city.account for city in hotline.city_hotlines]),
        ("city_hotlines.unit", [city.unit for city in hotline.city_hotlines if city.unit]),
    ):
        if names:
            _check_names(key, names, faults)
    for unit in hotline.city_hotline_of_unit:
        if unit not in hotline.unit_of:
            faults.unknown_name(FILE, "city_hotlines.unit", unit, hotline.unit_of, "unit", FILE)


def _check_names(key: str, names: Iterable[str], faults: Faults) -> None:
    counted = Counter(names)
    if not counted:
        faults.add(FILE, key, "is empty", "declare at least one")
    for name, count in counted.items():
        if count > 1:
            faults.add(FILE, f"{key}[{name}]", f"is declared {count} times", "keep one of them")


def _check_category(category: Category, hotline: Hotline, faults: Faults) -> None:
    path = f"categories[{category.name}]"
    for at, unit in (("unit", category.unit), *category.units_by_region.items()):
        if unit not in hotline.unit_of:
            faults.unknown_name(FILE, f"{path}.{at}", unit, hotline.unit_of, "unit", FILE)
    for region in category.units_by_region:
        if region not in hotline.region_of:
            faults.unknown_name(
                FILE, f"{path}.units_by_region", region, hotline.region_of, "region", FILE
            )
