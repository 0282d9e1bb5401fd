"""Every module that declares tables, for the migrations."""

TABLE_MODULES: tuple[str, ...] = ("monitors.availability.tables",)
