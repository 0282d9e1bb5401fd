"""Every module that declares tables, for the migrations."""

TABLE_MODULES: tuple[str, ...] = (
    "device_configs.compliance.tables",
    "incident.tables",
    "monitors.alerts.tables",
    "monitors.availability.tables",
    "seat_assets.tables",
    "ops_core.hotline.adjudications.tables",
    "ops_core.hotline.calls.tables",
    "ops_core.hotline.callbacks.tables",
    "ops_core.hotline.cases.tables",
    "ops_core.hotline.contacts.tables",
    "ops_core.hotline.day_sums.tables",
    "ops_core.hotline.deadline_policies.tables",
    "ops_core.hotline.presence.tables",
    "ops_core.hotline.saved_views.tables",
    "ops_core.hotline.orders.tables",
    "ops_core.obligations.tables",
    "ops_core.knowledge.tables",
    "ops_core.registers.tables",
    "ops_core.kpi.assessment.tables",
)
