"""Users, one's own account, the audit log, the settings."""
