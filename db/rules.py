"""What a broken rule of a table means to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fleet.errors import BadInput, Conflict

TAKEN = {
    "pk_devices": "a device of that id",
    "uq_devices_tenant_id_name": "a device of that name",
    "uq_devices_tenant_id_vantage_address_port": "a device at that address and port",
    "uq_sites_tenant_id_name": "a site of that name",
    "uq_device_groups_tenant_id_name": "a group of that name",
    "uq_alert_rules_tenant_id_name_reach_reach_of": "an alert rule of that name for these devices",
    "uq_alert_channels_tenant_id_name": "a channel of that name",
    "uq_alert_routes_tenant_id_name": "a route of that name",
    "uq_credential_profiles_tenant_id_name": "a profile of that name",
    "uq_templates_tenant_id_name": "a template of that name",
    "uq_template_assignments_tenant_id_template_id_device_id": "an assignment of the template to that device",
    "uq_template_assignments_tenant_id_template_id_site_id": "an assignment of the template to that site",
    "uq_template_assignments_tenant_id_template_id_tag": "an assignment of the template to that tag",
    "pk_template_versions": "a version of that number",
    "ix_scans_live": "a search that goes on",
    "ix_config_runs_live": "a run that goes on",
    "ix_rollout_devices_live": "a rollout that has one of these devices",
}
"""What there is only one of, by the constraint that keeps it so."""

GONE = {
    "fk_devices_sites": "site",
    "fk_devices_credential_profiles": "profile",
    "fk_device_tags_devices": "device",
    "fk_config_policies_devices": "device",
    "fk_config_state_devices": "device",
    "fk_ssh_access_devices": "device",
    "fk_template_assignments_devices": "device",
    "fk_rollout_devices_devices": "device",
    "fk_template_assignments_sites": "site",
    "fk_maintenance_windows_devices": "device",
    "fk_maintenance_windows_sites": "site",
    "fk_alert_silences_devices": "device",
    "fk_alert_silences_sites": "site",
    "fk_alert_routes_sites": "site",
    "fk_alert_routes_alert_channels": "channel",
    "fk_alert_routes_escalate": "channel",
}
"""What is not there, or is another tenant's, by the constraint that looks for it."""

OVER = {
    "ck_push_campaigns_open": (
        "The campaign is over, and what it pushed is kept no longer.",
        "Begin another one for the devices that it left.",
    )
}
"""What cannot be done any more, and what can, by the constraint that keeps it so."""


@contextmanager
def refusing(session: Session) -> Iterator[None]:
    """Undo a broken rule's statements and say which rule it was; never the row, which may hold a secret.

    Raises Conflict where a tenant has one of that name or place already, or something is over, BadInput for any other
    rule.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or "?"
        if rule in TAKEN:
            raise Conflict(
                f"There is already {TAKEN[rule]}.", "Choose another, or change the one there is."
            ) from error
        if rule in OVER:
            raise Conflict(*OVER[rule]) from error
        if rule in GONE:
            raise BadInput(f"There is no such {GONE[rule]} any more.", "Look it up in the list.") from error
        raise BadInput(f"It breaks the rule {rule}.", "Compare its fields with the API's description.") from error
