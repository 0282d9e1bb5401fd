"""All lists that can be taken away, by name."""

from collections.abc import Mapping

from wallboard.lists import administration, assessment, hotline, network, seats, site
from wallboard.lists.model import AnyList

_ALL: tuple[AnyList, ...] = (
    site.INCIDENTS,
    site.DEVICES,
    site.SERVICES,
    site.UPTIMES,
    seats.SEATS,
    seats.IN_SERVICE,
    seats.CALLS,
    hotline.CALLBACKS,
    hotline.DEADLINES,
    hotline.TOPICS,
    hotline.NOTICES,
    hotline.ENQUIRIES,
    hotline.ARTICLES,
    assessment.INDICATORS,
    assessment.ASSESSMENT,
    assessment.ADJUDICATIONS,
    assessment.EXEMPTIONS,
    assessment.REPORTS,
    assessment.LIBRARY,
    network.CHANGES,
    network.DRILLS,
    network.RUNS,
    network.DRIFTS,
    network.COMPLIANCE,
    administration.USERS,
    administration.AUDIT,
    administration.SETTINGS,
)
LISTS: Mapping[str, AnyList] = {one.name: one for one in _ALL}
