"""Commands on versions of the deadlines: draft, approve, refuse, withdraw."""

from dataclasses import replace

from device_configs.site.model import Site
from ops_core.hotline.deadline_policies.model import (
    DeadlinePolicy,
    PolicyDraft,
    PolicyStep,
    decided,
    drafted,
)
from ops_core.hotline.deadline_policies.store import (
    DEADLINE_POLICY,
    find_policy,
    next_version,
    policy_detail,
    store_policy,
)
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.masking import mask_text
from ops_core.kernel.permissions import Permission, require


def draft_policy(uow: UnitOfWork, site: Site, draft: PolicyDraft) -> DeadlinePolicy:
    """Propose deadlines; phone numbers in the reason are masked. Raises Forbidden and Invalid."""
    require(uow.actor, Permission.SET_DEADLINES)
    version = next_version(uow.session, site.hotline)
    draft = replace(draft, reason=mask_text(draft.reason))
    policy = drafted(version, draft, uow.actor, uow.clock.now())
    return _store(uow, policy, "DeadlinePolicyDrafted")


def decide_policy(
    uow: UnitOfWork, version: int, step: PolicyStep, text: str = ""
) -> DeadlinePolicy:
    """Approve, refuse or withdraw. Raises Forbidden, NotFound, Conflict, Invalid."""
    require(uow.actor, Permission.SET_DEADLINES)  # before anything is said of the version
    policy = find_policy(uow.session, version)
    after = decided(policy, step, mask_text(text), uow.actor, uow.clock.now())
    return _store(uow, after, f"DeadlinePolicy{after.state.value.capitalize()}")


def _store(uow: UnitOfWork, policy: DeadlinePolicy, what: str) -> DeadlinePolicy:
    store_policy(uow.session, policy)
    detail = policy_detail(policy)
    uow.event(DEADLINE_POLICY, str(policy.version), what, detail)
    uow.audit(what, DEADLINE_POLICY, str(policy.version), detail)
    return policy
