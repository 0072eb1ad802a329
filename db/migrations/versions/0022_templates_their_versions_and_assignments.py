"""Templates of configuration, their versions and their assignments."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"

SQL = r"""
CREATE TABLE template_assignments (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    template_id uuid NOT NULL,
    number integer NOT NULL,
    device_id uuid,
    site_id uuid,
    tag text,
    variables jsonb NOT NULL,
    secrets text,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_template_assignments PRIMARY KEY (id),
    CONSTRAINT uq_template_assignments_tenant_id_template_id_device_id UNIQUE (tenant_id, template_id, device_id),
    CONSTRAINT uq_template_assignments_tenant_id_template_id_site_id UNIQUE (tenant_id, template_id, site_id),
    CONSTRAINT uq_template_assignments_tenant_id_template_id_tag UNIQUE (tenant_id, template_id, tag),
    CONSTRAINT ck_template_assignments_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_template_assignments_secrets CHECK (secrets ~~ 'vault:%'::text),
    CONSTRAINT ck_template_assignments_target CHECK (num_nonnulls(device_id, site_id, tag) = 1),
    CONSTRAINT ck_template_assignments_variables CHECK (jsonb_typeof(variables) = 'object'::text)
)
;

CREATE TABLE template_versions (
    tenant_id uuid NOT NULL,
    template_id uuid NOT NULL,
    number integer NOT NULL,
    mode text NOT NULL,
    variables jsonb NOT NULL,
    text text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_template_versions PRIMARY KEY (tenant_id, template_id, number),
    CONSTRAINT ck_template_versions_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_template_versions_mode CHECK (mode = ANY (ARRAY['merge'::text, 'whole'::text])),
    CONSTRAINT ck_template_versions_number CHECK (number >= 1),
    CONSTRAINT ck_template_versions_text CHECK (length(text) >= 1 AND length(text) <= 100000),
    CONSTRAINT ck_template_versions_variables CHECK (jsonb_typeof(variables) = 'array'::text)
)
;

CREATE TABLE templates (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    about text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_templates PRIMARY KEY (id),
    CONSTRAINT uq_templates_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT uq_templates_tenant_id_name UNIQUE (tenant_id, name),
    CONSTRAINT ck_templates_about CHECK (length(about) <= 1000),
    CONSTRAINT ck_templates_created_by CHECK (length(created_by) >= 1 AND length(created_by) <= 254),
    CONSTRAINT ck_templates_name CHECK (length(name) >= 1 AND length(name) <= 120 AND name = btrim(name))
)
;

ALTER TABLE template_assignments ADD CONSTRAINT fk_template_assignments_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE template_assignments ADD CONSTRAINT fk_template_assignments_sites FOREIGN KEY (tenant_id, site_id) REFERENCES sites(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE template_assignments ADD CONSTRAINT fk_template_assignments_template_versions FOREIGN KEY (tenant_id, template_id, number) REFERENCES template_versions(tenant_id, template_id, number) ON DELETE CASCADE;
ALTER TABLE template_assignments ADD CONSTRAINT fk_template_assignments_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE template_versions ADD CONSTRAINT fk_template_versions_templates FOREIGN KEY (tenant_id, template_id) REFERENCES templates(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE template_versions ADD CONSTRAINT fk_template_versions_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE templates ADD CONSTRAINT fk_templates_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE template_assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE template_assignments FORCE ROW LEVEL SECURITY;
ALTER TABLE template_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE template_versions FORCE ROW LEVEL SECURITY;
ALTER TABLE templates ENABLE ROW LEVEL SECURITY;
ALTER TABLE templates FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON template_assignments TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY poller ON template_assignments TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON template_assignments TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON template_versions TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY poller ON template_versions TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON template_versions TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
CREATE POLICY owner ON templates TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY poller ON templates TO flotilla_poller USING (true) WITH CHECK (true);
CREATE POLICY tenant ON templates TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT DELETE ON template_assignments TO flotilla_app;
GRANT INSERT ON template_assignments TO flotilla_app;
GRANT SELECT (id, tenant_id, template_id, number, device_id, site_id, tag, variables, created_by, created_at) ON template_assignments TO flotilla_app;
GRANT SELECT ON template_assignments TO flotilla_poller;
GRANT INSERT ON template_versions TO flotilla_app;
GRANT SELECT ON template_versions TO flotilla_app;
GRANT SELECT ON template_versions TO flotilla_poller;
GRANT DELETE ON templates TO flotilla_app;
GRANT INSERT ON templates TO flotilla_app;
GRANT SELECT ON templates TO flotilla_app;
GRANT UPDATE (name, about) ON templates TO flotilla_app;
GRANT SELECT ON templates TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
