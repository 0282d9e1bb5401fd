"""Categories of the hotline as services, and what else a report has to say (pure)."""

from pydantic import JsonValue

from device_configs.site.hotline import Category, Hotline
from ops_core.hotline.words import KIND_WORDS
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import Language, message, translate
from wallboard.orders.words import titles

REALTIME = "realtime"
"""The identifier of a report is answered at once."""


def service_list(hotline: Hotline, language: Language) -> list[JsonValue]:
    """Every category of the declaration, under its unit."""
    return [_service(category, hotline, language) for category in hotline.categories]


def service_definition(hotline: Hotline, code: str, language: Language) -> dict[str, JsonValue]:
    """What a report about a category has to say besides. Raises :class:`NotFound`."""
    require_service(hotline, code)
    kinds: list[JsonValue] = [
        {"key": kind.value, "name": translate(word, language)} for kind, word in KIND_WORDS.items()
    ]
    title = titles(hotline.region_of, language)
    regions: list[JsonValue] = [
        {"key": region.name, "name": title(region.name)} for region in hotline.regions
    ]
    attributes: list[JsonValue] = [
        _attribute(1, "kind", message("诉求类型"), language, kinds),
        _attribute(2, "region", message("事项所在区域"), language, regions),
        _attribute(3, "title", message("标题；不填时取描述的开头"), language),
        _attribute(4, "reference", message("报送方自己的编号，重复报送时据以认出"), language),
        _attribute(
            5,
            "updated_datetime",
            message("报送方作出这次报送的时间（ISO 8601，带时区）；以时间最新的一次为准"),
            language,
        ),
    ]
    return {"service_code": code, "attributes": attributes}


def require_service(hotline: Hotline, code: str) -> Category:
    """The category of a service code. Raises :class:`NotFound`."""
    found = hotline.category_of.get(code)
    if found is None:
        raise NotFound(
            message("没有这个服务"),
            message("没有类别 {name}", name=code),
            message("请从服务列表中选择 service_code。"),
        )
    return found


def _service(category: Category, hotline: Hotline, language: Language) -> dict[str, JsonValue]:
    other = Language.ENGLISH if language is Language.CHINESE else Language.CHINESE
    title = titles(hotline.category_of, language)(category.name)
    return {
        "service_code": category.name,
        "service_name": title,
        "description": title,
        "metadata": True,
        "type": REALTIME,
        "keywords": titles(hotline.category_of, other)(category.name),
        "group": titles(hotline.unit_of, language)(category.unit),
    }


def _attribute(
    order: int,
    code: str,
    description: str,
    language: Language,
    values: list[JsonValue] | None = None,
) -> dict[str, JsonValue]:
    """One of those with ``values`` has to be given; the others are free texts."""
    listed = values is not None
    return {
        "variable": True,
        "code": code,
        "datatype": "singlevaluelist" if listed else "string",
        "required": listed,
        "datatype_description": None,
        "order": order,
        "description": translate(description, language),
        **({"values": values} if listed else {}),
    }
