"""Which telephone systems may report calls (pure)."""

from device_configs.site.model import Site
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message


def require_declared(site: Site, source: str) -> str:
    """The source, without spaces around it.

    A call's name holds that of its telephone system, so a log taken in under a second name would
    count each of its calls twice. Raises :class:`Invalid` for no name, and for one that is not
    declared where any is.
    """
    name, declared = source.strip(), site.hotline.telephone_systems
    if not name:
        raise Invalid("未注明来源", "", "请注明话务系统的名称（source）。")
    if declared and name not in declared:
        raise Invalid(
            "未声明的话务系统",
            message("{source} 不在 hotline.yml 的 telephone_systems 之列。", source=name),
            message("请用其中之一：{names}，或先声明它。", names=declared),
        )
    return name
