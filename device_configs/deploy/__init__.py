"""Deployment: playbooks run by ansible-runner from the monitoring host's network namespace."""
